"""CDISC's Dataset-JSON 1.1: the records of a data set, with what its variables are."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from gadless import __version__
from gadless.export.cdisc.dataset import NOBODY, Dataset, Variable, as_ascii, iso_date
from gadless.export.cdisc.transport import DATE
from gadless.files import write_text

VERSION = "1.1.0"
MADE = f"{NOBODY.date().isoformat()}T00:00:00"
"""What every file states as the time of its making, so that the same tables give the same bytes."""
_TYPES = {"text": "string", "integer": "integer", "float": "float", "date": "date"}


def study_oid(study: str) -> str:
    """Return the identifier of the study in the files that describe data sets."""
    return f"ST.{as_ascii(study)}"


def version_oid(study: str) -> str:
    """Return the identifier of the description's version."""
    return f"MDV.{as_ascii(study)}"


def width(dataset: Dataset, variable: Variable) -> int:
    """Return a variable's length: of text the longest, of a number 8 bytes."""
    if variable.kind != "text":
        return 8
    lengths = dataset.frame[variable.name].str.len()
    return max(1, int(lengths.max()) if len(lengths) else 1)


def write_dataset_json(dataset: Dataset, study: str, path: Path) -> None:
    """Write one data set.

    Parameters
    ----------
    dataset : Dataset
    study : str
        The trial's name.
    path : Path
    """
    about = {
        "datasetJSONCreationDateTime": MADE,
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study_oid(study)}.{dataset.name}",
        "originator": "Gadless",
        "sourceSystem": {"name": "Gadless", "version": __version__},
        "studyOID": study_oid(study),
        "metaDataVersionOID": version_oid(study),
        "metaDataRef": "define.xml" if dataset.is_analysis else "define-sdtm.xml",
        "itemGroupOID": f"IG.{dataset.name}",
        "records": len(dataset.frame),
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, one) for one in dataset.variables],
    }
    head = json.dumps(about, indent=1)
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in _rows(dataset))
    write_text(f'{head[:-2]},\n "rows": [\n{rows}\n]}}\n', path)


def _column(dataset: Dataset, variable: Variable) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES[variable.kind],
    }
    if variable.kind == "date":
        column |= {"targetDataType": "integer", "displayFormat": DATE}
    elif variable.kind == "text":
        column["length"] = width(dataset, variable)
    if variable.name in dataset.keys:
        column["keySequence"] = dataset.keys.index(variable.name) + 1
    return column


def _rows(dataset: Dataset) -> list[list[Any]]:
    columns = [_cells(dataset.frame[one.name], one) for one in dataset.variables]
    return [list(row) for row in zip(*columns, strict=True)]


def _cells(column: pd.Series, variable: Variable) -> list[Any]:
    if variable.kind == "text":
        return column.tolist()
    if variable.kind == "date":
        return [day or None for day in iso_date(column)]
    whole = variable.kind == "integer"
    return [None if pd.isna(x) else int(x) if whole else x for x in column]
