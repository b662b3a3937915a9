"""Which DICOM series a visit's scans were made of.

`gadless sheets --dicom` writes it into two tables: ``series.tsv`` of the trial, without identity,
and ``series_key.tsv`` in the private folder beside it, which leads to the archive. One table by
hand, with the folders in it, does as well. It is read where masks go back to the site, and nothing
of it reaches a result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gadless.errors import InputError
from gadless.trial.faults import Fault, raise_any
from gadless.trial.lines import ROW, read_cells

KEY = "series_key.tsv"
_SCAN = ("patient", "visit", "sequence")
_UNUSED = frozenset({"0", "no"})

Place = tuple[Path, str | None]
"""Folder of a series, and its UID where the folder holds others."""


@dataclass(frozen=True)
class SeriesTable:
    """Folder and UID of the series by patient, visit and sequence."""

    places: Mapping[tuple[str, str, str], Place]

    def of(self, patient: str, visit: str, sequence: str) -> Place | None:
        """Return where the series of a scan lies; None where the table does not say."""
        return self.places.get((patient, visit, sequence))


def read_series_table(path: Path, private: Path | None = None) -> SeriesTable:
    """Read which series scans were made of.

    Parameters
    ----------
    path : Path
        Columns ``patient``, ``visit``, ``sequence``, and ``folder`` (which counts from the table;
        ``series_uid`` where a folder holds others too) or ``series``, a name in the key. Rows of
        which ``use`` is 0 are passed over.
    private : Path, optional
        Folder with the key; by default that beside the table's: ``TRIAL-PRIVATE``.

    Raises
    ------
    InputError
        If it is no table, lacks a column, or names a scan twice; if there is no key.
    """
    rows = _rows(path, _SCAN)
    whole = path.parent.absolute()
    private = private or whole.with_name(f"{whole.name}-PRIVATE")
    known: dict[Any, dict[str, Any]] = {}
    if rows and "folder" not in rows[0]:
        key = private / KEY
        known = {row["series"]: row for row in _rows(key, ("series", "folder", "series_uid"))}
        _has(path, rows[0], ("series",))
    faults: list[Fault] = []
    places: dict[tuple[str, str, str], Place] = {}
    for row in rows:
        scan = tuple(row[name] for name in _SCAN)
        found = known.get(row.get("series"), {}) if known else row
        if None in scan or row.get("use") in _UNUSED or found.get("folder") is None:
            continue
        patient, visit, sequence = scan
        if (patient, visit, sequence) in places:
            advice = "this scan stands twice; remove one, or set its `use` to 0"
            faults.append(Fault(path, int(row[ROW]), "sequence", " ".join(scan), advice))
        folder = Path(found["folder"])
        place = folder if known else path.parent / folder
        places[patient, visit, sequence] = (place, found.get("series_uid"))
    raise_any(faults)
    return SeriesTable(places)


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    faults: list[Fault] = []
    frame = read_cells(path, faults)
    raise_any(faults)
    rows = [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]
    if rows:
        _has(path, rows[0], needed)
    return rows


def _has(path: Path, row: Mapping[str, Any], needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if name not in row]
    if missing:
        raise InputError(
            f"{path}: column(s) {', '.join(missing)} missing; it says of each scan which DICOM"
            f" series it was made of: {', '.join(_SCAN)}, and `folder` (with `series_uid` where"
            " a folder holds several), or `series`, a name in the private key"
        )
