"""What was measured of one patient, as the report that goes back to the site needs it."""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import DataFault

TABLES = ("measurements.tsv", "lesions.tsv")
"""The patient's tables that are read."""

_FIRST = ("visit", "day", "volume_cm3", "product_mm2")
_FIRST_WHOLE = ("visit", "day", "enhancing_cm3", "abnormality_cm3")
_MISSING = frozenset({"", "NA"})

Row = Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """A lesion at one visit, or a piece of one.

    Attributes
    ----------
    name : str
        As in the table; of a lesion's second piece and further ones with ``.2``, ``.3``.
    compartment : str
        ``enhancing`` or ``nonenhancing``.
    row : mapping of str to str
        Of ``lesions.tsv``.
    first : tuple of str
        When and how it was first seen: what makes it another than one of the same name elsewhere,
        and is the same at every later visit.
    """

    name: str
    compartment: str
    row: Row
    first: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """One visit on one contrast.

    Attributes
    ----------
    row : mapping of str to str
        Of ``measurements.tsv``.
    lesions : tuple of Seen
    first : tuple of str
        As of `Seen`, of the tumour as a whole.
    """

    row: Row
    lesions: tuple[Seen, ...]
    first: tuple[str, ...]

    def told(self) -> list[list[list[str]]]:
        """Return every cell, to tell two readings apart."""
        rows = (self.row, *(one.row for one in self.lesions))
        return [sorted([key, cell] for key, cell in row.items()) for row in rows]


@dataclass(frozen=True)
class Measured:
    """The tables of one patient, and what they do not say.

    Attributes
    ----------
    trial : str
        Its name.
    acquired : collection of str
        Contrasts that were acquired; others are synthetic.
    rejected : mapping of str to str
        Contrast to why a reader rejected it, at the visit that is asked for.
    measurements, lesions : tuple of mapping
        Rows of the patient's tables, all visits.
    """

    trial: str
    acquired: Collection[str]
    rejected: Mapping[str, str]
    measurements: tuple[Row, ...]
    lesions: tuple[Row, ...]

    def of(self, visit: str, contrast: str) -> Reading:
        """Return what was measured of a mask.

        Raises
        ------
        DataFault
            If it cannot be evaluated, was rejected by a reader, or was not measured.
        """
        if contrast in self.rejected:
            raise DataFault(self.rejected[contrast])
        found = [row for row in self.measurements if _is(row, visit, contrast)]
        if not found:
            raise DataFault("was not measured")
        if found[0]["evaluable"] != "1":
            raise DataFault(found[0]["reason"])
        usable = (row for row in self.measurements if row["evaluable"] == "1")
        first = next(row for row in usable if row["contrast"] == contrast)
        known = tuple(first[key] for key in _FIRST_WHOLE)
        return Reading(found[0], tuple(self._lesions(visit, contrast)), known)

    def _lesions(self, visit: str, contrast: str) -> Iterator[Seen]:
        """Yield the lesions of a visit; rows are in the order of days, as they were measured."""
        first: dict[str, Row] = {}
        pieces: dict[str, int] = {}
        for row in self.lesions:
            if row["contrast"] != contrast:
                continue
            lesion = row["lesion"]
            known = first.setdefault(lesion, row)
            if row["visit"] != visit:
                continue
            pieces[lesion] = pieces.get(lesion, 0) + 1
            name = lesion if pieces[lesion] == 1 else f"{lesion}.{pieces[lesion]}"
            yield Seen(name, row["compartment"], row, tuple(known[key] for key in _FIRST))


def read_measured(
    folder: Path, trial: str, acquired: Collection[str], rejected: Mapping[str, str]
) -> Measured:
    """Read a patient's tables.

    Parameters
    ----------
    folder : Path
        Holds `TABLES`. Where it does not, nothing was measured.
    trial, acquired, rejected
        See `Measured`.
    """
    measurements, lesions = (_rows(folder / name) for name in TABLES)
    return Measured(trial, acquired, rejected, measurements, lesions)


def number(row: Row, column: str) -> float | None:
    """Return a cell as a number; None where it is missing."""
    cell = row.get(column, "")
    return None if cell in _MISSING else float(cell)


def _is(row: Row, visit: str, contrast: str) -> bool:
    return (row["visit"], row["contrast"]) == (visit, contrast)


def _rows(path: Path) -> tuple[Row, ...]:
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t"))
