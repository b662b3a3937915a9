"""`docs/cdisc.md` holds what the data sets are made by."""

from pathlib import Path

import pyreadstat
from cdisc_trial import NAMES

from gadless.export.cdisc.documentation import MANUAL, rewritten

TEXT = (Path(__file__).parents[2] / MANUAL).read_text()


def test_the_manual_is_as_it_would_be_written():
    assert rewritten(TEXT) == TEXT, "run `python -m gadless.export.cdisc`"


def test_the_manual_names_every_variable(exported):
    """Of each data set, in its own table; what a sheet adds to ADSL aside."""
    for name in NAMES:
        _, meta = pyreadstat.read_xport(exported.folder / f"{name}.xpt")
        table = TEXT.split(f"<!-- cdisc: {name} -->")[1].split("<!-- /cdisc -->")[0]
        unsaid = [each for each in meta.column_names if f"| `{each}` |" not in table]
        assert unsaid == (["RACESP", "EVAL2FL"] if name == "adsl" else [])
