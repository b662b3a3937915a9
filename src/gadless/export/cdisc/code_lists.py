"""The code list of a variable: fixed terms, or what its data set pairs values with."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gadless.export.cdisc.dataset import Dataset, Variable
from gadless.export.cdisc.terms import CODE_LISTS

_DECODED_BY = {"PARAMCD": "PARAM", "PARAMN": "PARAM", "AVISIT": ""}


@dataclass(frozen=True)
class CodeList:
    """Values and what they mean; all empty where they say it themselves."""

    oid: str
    name: str
    kind: str
    values: Mapping[str, str]


def code_list(dataset: Dataset, variable: Variable) -> CodeList | None:
    """Return a variable's code list; None where it has none, or the data set no record."""
    if not variable.codes:
        return None
    kind = "text" if variable.kind == "text" else "integer"
    if variable.codes in CODE_LISTS:
        name = variable.codes
        return CodeList(f"CL.{name}", name, kind, CODE_LISTS[name])
    values = _found(dataset.frame, variable)
    name = f"{dataset.name}.{variable.codes}"
    return CodeList(f"CL.{name}", name, kind, values) if values else None


def _found(frame: pd.DataFrame, variable: Variable) -> dict[str, str]:
    """Every value of a data set, and what another variable says for it."""
    decoded = _DECODED_BY[variable.codes]
    columns = [variable.name, *([decoded] if decoded else [])]
    known = frame[columns].drop_duplicates().sort_values(variable.name, kind="stable")
    rows = known.itertuples(index=False, name=None)
    pairs = ((_text(row[0]), str(row[1]) if decoded else "") for row in rows)
    return {value: said for value, said in pairs if value}


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.0f}"
    return str(value)
