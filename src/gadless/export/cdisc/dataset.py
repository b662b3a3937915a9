"""A data set with what is known of its variables: what every writer is given."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

log = logging.getLogger(__name__)

Kind = Literal["text", "integer", "float", "date"]
"""What a variable holds; a date is days since 1 January 1960, as SAS counts."""
Origin = Literal["Collected", "Derived", "Assigned", "Predecessor"]

LABEL = 40
"""Characters that a variable's label may have."""
_TEXT = 200
NOBODY = pd.Timestamp("1960-01-01")
"""SAS' day 0."""


@dataclass(frozen=True)
class Variable:
    """One variable.

    Attributes
    ----------
    name, label : str
        At most 8 and 40 characters.
    kind : str
    said : str
        How it was derived, or what it means; a sentence.
    origin : str
    codes : str
        Name of its code list (:mod:`gadless.export.cdisc.terms`); empty where it has none.
    """

    name: str
    label: str
    kind: Kind
    said: str = ""
    origin: Origin = "Derived"
    codes: str = ""


@dataclass(frozen=True)
class Dataset:
    """One data set, ready to be written: text in ASCII, numbers as doubles.

    Attributes
    ----------
    name, label : str
    structure : str
        What a record is.
    keys : tuple of str
        Variables that tell records apart.
    standing : str
        Its class in define.xml; the subclass follows a slash.
    variables : tuple of Variable
    frame : DataFrame
    """

    name: str
    label: str
    structure: str
    keys: tuple[str, ...]
    standing: str
    variables: tuple[Variable, ...]
    frame: pd.DataFrame

    @classmethod
    def of(
        cls,
        heading: tuple[str, str, str, str],
        keys: Sequence[str],
        variables: Iterable[Variable],
        frame: pd.DataFrame,
    ) -> "Dataset":
        """Take the variables out of a frame, and make them ready.

        Parameters
        ----------
        heading : tuple of str
            Name, label, structure and class.
        keys : sequence of str
        variables : iterable of Variable
            In order.
        frame : DataFrame
            Texts, numbers and SAS days; missing in any way.
        """
        name, label, structure, standing = heading
        known = tuple(variables)
        columns = {one.name: _ready(frame[one.name], one, name) for one in known}
        ready = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
        return cls(name, label, structure, tuple(keys), standing, known, ready)

    @property
    def is_analysis(self) -> bool:
        """Whether it is ADaM; else SDTM."""
        return self.name.startswith("AD")

    @property
    def labels(self) -> dict[str, str]:
        """Labels by variable, in order."""
        return {one.name: one.label for one in self.variables}


def numbered(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Add a sequence number within each subject."""
    return frame.assign(**{name: frame.groupby("USUBJID").cumcount() + 1.0})


def as_ascii(text: str) -> str:
    """Write a text in the characters that version 5 of transport files knows."""
    return text.encode("ascii", errors="backslashreplace").decode("ascii")


def sas_date(dates: pd.Series) -> pd.Series:
    """Days since 1 January 1960, as SAS counts."""
    return (pd.to_datetime(dates) - NOBODY).dt.days.astype("float64")


def iso_date(days: pd.Series) -> pd.Series:
    """SAS' days as YYYY-MM-DD; empty where missing."""
    known = {day: (NOBODY + pd.Timedelta(days=day)).date().isoformat() for day in _distinct(days)}
    return days.map(known).fillna("")


def _distinct(days: pd.Series) -> list[float]:
    return [float(day) for day in days.dropna().unique()]


def _ready(column: pd.Series, variable: Variable, table: str) -> pd.Series:
    """Text or double: version 5 knows nothing else. Missing text is an empty string."""
    column = column.reset_index(drop=True)
    if variable.kind != "text":
        return column.astype("float64")
    text = column.astype(object).where(column.notna(), "").astype(str)
    # Few texts on many rows: each is looked at once.
    coded = {each: as_ascii(each) for each in text.unique()}
    short = {each: shortened(code) for each, code in coded.items()}
    long = text.isin([each for each in coded if short[each] != coded[each]])
    if long.any():
        log.warning("%s: %d texts of %s shortened to %d", table, long.sum(), variable.name, _TEXT)
    return text.map(short).astype(object)


def shortened(text: str) -> str:
    """Cut a text to what version 5 of transport files holds."""
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 3]}..."
