"""SAS transport files of version 5, the same bytes for the same data."""

import re
from pathlib import Path

import pyreadstat

from gadless.errors import GadlessError
from gadless.export.cdisc.dataset import Dataset
from gadless.files import written_whole

DATE = "DATE9."
"""Format of dates that are numbers."""

# Where the headers of file and data set say when they were made and changed, and what stands there
# instead: SAS' day 0, so that the same tables give the same bytes on any day.
_RECORD = 80
_MADE = (_RECORD + 64, 2 * _RECORD, 5 * _RECORD + 64, 6 * _RECORD)
_NEVER = b"01JAN60:00:00:00"
_STAMP = re.compile(rb"[0-9]{2}[A-Z]{3}[0-9]{2}(:[0-9]{2}){3}")


def write_transport(dataset: Dataset, path: Path) -> None:
    """Write one data set.

    Parameters
    ----------
    dataset : Dataset
    path : Path

    Notes
    -----
    The headers state 1 January 1960 as the time at which file and data set were made.
    """
    with written_whole(path) as scratch:
        pyreadstat.write_xport(
            dataset.frame,
            scratch,
            file_label=dataset.label,
            column_labels=dict(dataset.labels),
            table_name=dataset.name,
            file_format_version=5,
            variable_format={one.name: DATE for one in dataset.variables if one.kind == "date"},
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
