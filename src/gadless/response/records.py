"""Rows of the trial's sheets as records, read by the sheets' own definitions of their columns.

A further optional column is a line in :mod:`gadless.trial.columns`, and for a visit the field of
that name: readers, checks and casts follow.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.assessment import Visit
from gadless.trial.columns import CLINICAL, MEASUREMENTS, Column

Key = tuple[str, str, str]
"""Patient, contrast, visit."""

_CASTS: Mapping[str, Callable[[Any], Any]] = {"number": float, "integer": int, "flag": bool}
_KEY = ("patient", "visit", "day", "contrast")
MEASURED = tuple(
    column for column in MEASUREMENTS if column.name not in _KEY and column not in CLINICAL
)
"""What a row of measurements says of one visit on one contrast."""

_FIELDS = {field.name for field in fields(Visit)}
SEEN_AT_A_VISIT = tuple(column for column in CLINICAL if column.name in _FIELDS)
"""What a sheet says of a visit, whatever the contrast."""


def optional(frame: pd.DataFrame, column: str, cast: Callable[[Any], Any]) -> list[Any]:
    """Values of a column, None where the cell or the whole column is missing."""
    if column not in frame:
        return [None] * len(frame)
    return [None if pd.isna(value) else cast(value) for value in frame[column]]


def read_records(frame: pd.DataFrame, columns: Iterable[Column]) -> Iterator[dict[str, Any]]:
    """Give each row as a mapping of column to value, None where it is missing."""
    names = [column.name for column in columns]
    cells = [optional(frame, each.name, _CASTS.get(each.kind, str)) for each in columns]
    for row in zip(*cells, strict=True):
        yield dict(zip(names, row, strict=True))


def check_record(row: Mapping[str, Any], columns: Iterable[Column], place: str) -> None:
    """Refuse a value that a column cannot hold.

    Raises
    ------
    InputError
        For a size or count below 0 or without end, and for a word that is none of the choices; the
        message begins with `place`.
    """
    for column in columns:
        value, least = row[column.name], column.minimum
        if value is None:
            continue
        if least is not None and not least <= value < float("inf"):
            raise InputError(
                f"{place}: {column.name} is {value}; give a number of at least {least:g}"
            )
        if column.choices and value not in column.choices:
            choices = ", ".join(column.choices)
            raise InputError(f"{place}: {column.name} is {value!r}; give one of {choices}")
