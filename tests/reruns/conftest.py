"""Two small trials, done once; each test changes a copy."""

import here
import pytest
import stand_in
from folder import Folder


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Folder]:
    """Trials all of whose jobs left their records and, for results, a line each."""
    path = tmp_path_factory.mktemp("stand-ins")
    trials = {
        "scanned": stand_in.scanned(path / "scanned"),
        "measured": stand_in.measured(path / "measured"),
    }
    here.run(trials["measured"].path, job=stand_in.written)
    return trials
