"""One trial, exported once."""

from functools import partial

import measured_trial
import pandas as pd
import pytest
from cdisc_trial import CANDIDATES, CRITERIA, NAMES, Exported, spoilt_sheets, two_lesions

from gadless.export.cdisc import Tables
from gadless.statistics.analyse import analyse
from gadless.tables import read_table
from gadless.trial.config import read_config


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    keys = {
        "name": "a trial",
        "candidates": list(CANDIDATES),
        "response": {"criteria": list(CRITERIA)},
        "keep_columns": ["sex", "race"],
        "statistics": {"bootstrap": 5, "landmarks": [90], "covariates": ["age"]},
    }
    with pytest.MonkeyPatch.context() as patch:
        # By the resampling's kernel alone, which takes a fraction of the time.
        patch.setattr(measured_trial, "analyse", partial(analyse, kernel_only=True))
        measured_trial.run(folder, *spoilt_sheets(), report=False, **keys)
    names = Tables.__dataclass_fields__
    tables = {name: read_table(folder / "trial" / f"{name}.tsv") for name in names}
    tables["lesions"] = two_lesions(tables["measurements"])
    config = read_config({**keys, "patients": "p", "measurements": "m"})
    made = Exported(config, Tables(**tables), folder / "trial", folder / "made")
    made.folder.mkdir()
    made.again(made.folder)
    return made


@pytest.fixture(scope="session")
def frames(exported: Exported) -> dict[str, pd.DataFrame]:
    return {name: exported.read(name) for name in NAMES}
