"""SAS transport files of version 5, the same bytes for the same data."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyreadstat

from gadless.errors import GadlessError
from gadless.files import written_whole

log = logging.getLogger(__name__)

LABEL = 40
"""Characters that a variable's label may have."""
_TEXT = 200

# Where the headers of file and data set say when they were made and changed, and what stands there
# instead: SAS' day 0, so that the same tables give the same bytes on any day.
_RECORD = 80
_MADE = (_RECORD + 64, 2 * _RECORD, 5 * _RECORD + 64, 6 * _RECORD)
_NEVER = b"01JAN60:00:00:00"
_STAMP = re.compile(rb"[0-9]{2}[A-Z]{3}[0-9]{2}(:[0-9]{2}){3}")


def write_transport(
    frame: pd.DataFrame, labels: Mapping[str, str], path: Path, table: str, title: str
) -> None:
    """Write one data set.

    Parameters
    ----------
    frame : DataFrame
    labels : mapping
        From the variables to write, in order, to their labels.
    path : Path
    table, title : str
        Name and label of the data set.

    Notes
    -----
    The headers state 1 January 1960 as the time at which file and data set were made.
    """
    ready = pd.DataFrame({name: _plain(frame[name], table) for name in labels})
    formats = {name: "DATE9." for name in ("ADT", "STARTDT", "RANDDT") if name in ready}
    with written_whole(path) as scratch:
        pyreadstat.write_xport(
            ready,
            scratch,
            file_label=title,
            column_labels=dict(labels),
            table_name=table,
            file_format_version=5,
            variable_format=formats,
        )
        _undate(scratch)


def _undate(path: Path) -> None:
    """Take the clock's time out of a transport file's headers."""
    with path.open("r+b") as file:
        for place in _MADE:
            file.seek(place)
            if not _STAMP.fullmatch(file.read(len(_NEVER))):
                raise GadlessError(
                    f"pyreadstat {pyreadstat.__version__} lays SAS files out in another way than"
                    " this version of Gadless knows; install what requirements.lock says"
                )
            file.seek(place)
            file.write(_NEVER)


def sas_date(dates: pd.Series) -> pd.Series:
    """Days since 1 January 1960, as SAS counts."""
    return (pd.to_datetime(dates) - pd.Timestamp("1960-01-01")).dt.days.astype("float64")


def as_ascii(text: str) -> str:
    """Write a text in the characters that version 5 knows."""
    return text.encode("ascii", errors="backslashreplace").decode("ascii")


def _plain(column: pd.Series, table: str) -> pd.Series:
    """Text or double: version 5 knows nothing else. Missing text is an empty string."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.astype("float64")
    if pd.api.types.is_datetime64_any_dtype(column):
        return sas_date(column)
    text = column.astype(object).where(column.notna(), "").astype(str)
    # Few texts on many rows: each is looked at once.
    coded = {each: as_ascii(each) for each in text.unique()}
    short = {each: _shortened(code) for each, code in coded.items()}
    long = text.isin([each for each in coded if short[each] != coded[each]])
    if long.any():
        log.warning("%s: %d texts of %s shortened to %d", table, long.sum(), column.name, _TEXT)
    return text.map(short)


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 3]}..."
