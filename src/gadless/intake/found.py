"""What was found in a delivery: patients, visits with their files, and what is to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Cell = str | int | float | None

PATIENTS, VISITS, TRIAL, PROTOCOL = "patients.tsv", "visits.tsv", "trial.yaml", "protocol.tsv"
"""What a trial's folder holds."""

Kind = Literal["fault", "left out", "warning", "note", "taken"]
KINDS: tuple[Kind, ...] = ("fault", "left out", "warning", "note", "taken")
"""Kinds of what is said, what matters most first."""


@dataclass(frozen=True)
class Said:
    """One row of the protocol.

    Nothing here may identify a person: `patient` is the sheets' identifier, and `what` holds no
    name, date, path or free text of a header.

    Attributes
    ----------
    kind : str
        ``fault``: something that should be there cannot be had; ``left out``; ``warning``: a person
        should look; ``note``; ``taken``: which file a cell came from, and why.
    what : str
        One sentence, with what to do where there is something to do.
    patient, visit, series, sequence : str
        Where; empty where it does not apply. `series` is the name in ``series.tsv``.
    """

    kind: Kind
    what: str
    patient: str = ""
    visit: str = ""
    series: str = ""
    sequence: str = ""


@dataclass(frozen=True)
class FoundPatient:
    """A patient.

    Attributes
    ----------
    patient : str
        Identifier as it will stand in the sheets (`gadless.trial.reading.IDENTIFIER`).
    cells : mapping of str to cell
        Further columns of the patients sheet, such as age.
    """

    patient: str
    cells: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class FoundVisit:
    """A visit.

    Attributes
    ----------
    patient, visit : str
        Identifiers as they will stand in the sheets.
    day : int or None
        Study day; None where `cells` has a ``date`` instead, or where nothing says when it was.
    files : mapping of str to Path
        Files by column of the visits sheet: a sequence, or ``mask_NAME``.
    cells : mapping of str to cell
        Further columns of the visits sheet, such as ``date`` or ``site``.
    chosen : frozenset of str
        Columns of `files` that a person chose by hand; these fill a cell that is empty.
    """

    patient: str
    visit: str
    day: int | None
    files: Mapping[str, Path]
    cells: Mapping[str, Cell] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """All that was found in one delivery.

    Attributes
    ----------
    patients : tuple of FoundPatient
    visits : tuple of FoundVisit
    said : tuple of Said
        What was left out and why, and what a person should know.
    settings : mapping
        Keys of the configuration beyond the sheets, such as ``labels_of``.
    """

    patients: tuple[FoundPatient, ...]
    visits: tuple[FoundVisit, ...]
    said: tuple[Said, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What came of it.

    Attributes
    ----------
    folder : Path
    patients, visits : int
        Rows that were added.
    known : int
        Visits that stood in the sheet already.
    said : tuple of Said
        The protocol, what matters most first.
    """

    folder: Path
    patients: int
    visits: int
    known: int
    said: tuple[Said, ...] = field(default=())
