"""The tables of `docs/cdisc.md`, written from what the data sets are made by.

``python -m gadless.export.cdisc`` rewrites them between their marks; a test fails when they drift.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from gadless.export.cdisc import readings, responses, times, tumour_analyses, tumours
from gadless.export.cdisc.dataset import Variable
from gadless.export.cdisc.days import Calendar
from gadless.export.cdisc.parameters import BASES, Scheme
from gadless.export.cdisc.subjects import adsl
from gadless.export.cdisc.terms import CATEGORIES, CNSR
from gadless.trial.columns import PATIENTS

MANUAL = "docs/cdisc.md"
_MARKED = re.compile(r"(<!-- cdisc: (.+?) -->\n).*?(<!-- /cdisc -->)", re.DOTALL)
_NOT_ITS_OWN = ("fold", "phantom")


def rewritten(text: str) -> str:
    """Fill every marked place of the manual anew.

    Raises
    ------
    KeyError
        If a mark names nothing that is known.
    """
    blocks = {
        "codes": _table(
            ("code", "data set", "`PARAMN` begins", "meaning"),
            ((f"`{code}`", one.dataset, one.number, one.name) for code, one in BASES.items()),
        ),
        "censoring": _table(("`CNSR`", "meaning"), CNSR.items()),
        "criteria": _table(
            ("sets that begin with", "`RSCAT`"),
            ((f"`{start}`", said) for start, said in CATEGORIES.items()),
        ),
        **{name: _variables(found) for name, found in _every().items()},
    }
    return _MARKED.sub(lambda mark: f"{mark[1]}{blocks[mark[2]]}\n{mark[3]}", text)


def _every() -> dict[str, Sequence[Variable]]:
    return {
        "adsl": _subjects(),
        "adtte": times.VARIABLES,
        "adrs": responses.VARIABLES,
        "adtr": tumour_analyses.VARIABLES,
        "tu": tumours.TU_VARIABLES,
        "tr": tumours.TR_VARIABLES,
        "rs": readings.VARIABLES,
    }


def _subjects() -> Sequence[Variable]:
    """Variables of ADSL where the sheet has every column that is read, and sex, race and age."""
    names = [one.name for one in PATIENTS if one.name not in _NOT_ITS_OWN]
    sheet = pd.DataFrame([dict.fromkeys(names)]).assign(patient="P1", sex="F", race="white", age=1)
    days = [name for name in names if name.endswith(("_day", "_days"))]
    sheet = sheet.astype(dict.fromkeys([*days, "os_event"], "float64"))
    calendar = Calendar.of(sheet, date(2000, 1, 1))
    scheme = Scheme(("the reference", "the first candidate"), ("primary",))
    return adsl("", sheet, calendar, {}, {}, scheme).variables


def _variables(variables: Sequence[Variable]) -> str:
    return _table(
        ("variable", "label", "holds", "origin", "how"),
        ((f"`{one.name}`", one.label, one.kind, one.origin, one.said) for one in variables),
    )


def _table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [[_cell(cell) for cell in row] for row in (heading, ["---"] * len(heading), *rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(cell: object) -> str:
    return str(cell).replace("|", "\\|")
