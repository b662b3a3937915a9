"""Which DICOM series a visit's scans were made of: a private table beside the trial.

Written by `gadless sheets --dicom`, or by hand. It leads back to a person, so it is read where
masks go back to the site, and nothing of it reaches a result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import InputError
from gadless.trial.faults import Fault, raise_any
from gadless.trial.lines import ROW, read_cells

NEEDED = ("patient", "visit", "sequence", "folder")
UID = "series"
"""Column with the series' UID, where a folder holds others too."""

Place = tuple[Path, str | None]
"""Folder of a series, and its UID where the folder holds others."""


@dataclass(frozen=True)
class SeriesTable:
    """Folder and UID of the series by patient, visit and sequence."""

    places: Mapping[tuple[str, str, str], Place]

    def of(self, patient: str, visit: str, sequence: str) -> Place | None:
        """Return where the series of a scan lies; None where the table does not say."""
        return self.places.get((patient, visit, sequence))


def read_series_table(path: Path) -> SeriesTable:
    """Read the table; folders count from its own.

    Raises
    ------
    InputError
        If it is no table, lacks a column, or names a scan twice.
    """
    faults: list[Fault] = []
    frame = read_cells(path, faults)
    missing = [name for name in NEEDED if name not in frame]
    if missing:
        raise InputError(
            f"{path}: column(s) {', '.join(missing)} missing; it says of each scan which DICOM"
            f" series it was made of: {', '.join(NEEDED)}, and `{UID}` (its UID) where a folder"
            " holds several"
        )
    places: dict[tuple[str, str, str], Place] = {}
    for row in frame.to_dict("records"):
        key = (row["patient"], row["visit"], row["sequence"])
        # A row of a series that was left out names no scan.
        if None in key or row["folder"] is None:
            continue
        if key in places:
            advice = "this scan stands twice; remove one"
            faults.append(Fault(path, int(row[ROW]), "sequence", " ".join(key), advice))
        places[key] = (path.parent / row["folder"], row.get(UID))
    raise_any(faults)
    return SeriesTable(places)
