"""A trial measured elsewhere, read from whatever its sheets hold; and a scanner."""

from collections.abc import Callable
from pathlib import Path

import pytest
from known_head import scan
from spoilt import SHEETS, measured, people, text_of

from gadless.trial.config import read_config
from gadless.trial.sheets import read_trial


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """Write two sheets and read them: the trial, or every line of what is wrong."""
    monkeypatch.chdir(tmp_path)

    def read(patients=None, table=None, **keys):
        for name, sheet in (
            ("patients", patients or people()),
            ("measurements", table or measured()),
        ):
            content = sheet if isinstance(sheet, bytes) else text_of(sheet).encode()
            Path(f"{name}.tsv").write_bytes(content)
        return read_trial(read_config({**SHEETS, "candidates": ["cgan"], **keys}))

    return read


@pytest.fixture(scope="session")
def scanned() -> Callable[..., dict[str, Path]]:
    """Return a scanner: folder and options to the paths of a stripped exam's four sequences."""
    return scan
