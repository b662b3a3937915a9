"""Which exams are shown as pictures."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import GadlessError

_BUDGET = 5_000_000
"""Bytes of pictures that the page holds at most, so that it can be sent by mail."""

_BUDGET_OF_FLAGGED = 2_000_000
"""And of those in the section on quality."""


@dataclass(frozen=True)
class Shown:
    """Pictures chosen for the page, of how many."""

    pictures: tuple[tuple[str, str, str], ...]
    available: int

    @property
    def words(self) -> str:
        """How the pictures were chosen."""
        if not self.available:
            return "No picture of an exam was made."
        if not self.pictures:
            return f"{self.available:,} exams have a picture; none was asked for."
        if len(self.pictures) == self.available:
            return "All exams."
        return (
            f"{len(self.pictures)} of {self.available:,} exams, evenly spaced in the order of the"
            " sheet and not chosen for their looks."
        )


def choose(panels: Sequence[tuple[str, str, Path]], most: int) -> Shown:
    """Choose pictures evenly over the trial.

    Parameters
    ----------
    panels : sequence of (patient, visit, path)
        Of every exam of the trial; those that are chosen are read.
    most : int
        How many at most; fewer where the pictures are large.

    Raises
    ------
    GadlessError
        If one that is chosen is not there.
    """
    count = min(most, len(panels))
    if count == 0:
        return Shown((), len(panels))
    places = [int((place + 0.5) * len(panels) / count) for place in range(count)]
    return Shown(_read([panels[place] for place in places], _BUDGET), len(panels))


def of_flagged(
    panels: Sequence[tuple[str, str, Path]], flagged: Sequence[tuple[str, str]], most: int
) -> Shown:
    """Choose the pictures of the visits that are to be looked at, in the order given.

    Parameters
    ----------
    panels : sequence of (patient, visit, path)
    flagged : sequence of (patient, visit)
    most : int
    """
    paths = {(patient, visit): path for patient, visit, path in panels}
    chosen = [(*who, paths[who]) for who in flagged if who in paths]
    return Shown(_read(chosen[:most], _BUDGET_OF_FLAGGED), len(chosen))


def _read(panels: Sequence[tuple[str, str, Path]], budget: int) -> tuple[tuple[str, str, str], ...]:
    """Read pictures as data addresses, as many as fit.

    Raises
    ------
    GadlessError
        If one is not there.
    """
    pictures: list[tuple[str, str, str]] = []
    spent = 0
    for patient, visit, path in panels:
        if not Path(path).exists():
            raise GadlessError(
                f"patient {patient}, visit {visit}: its picture {path} is gone; run again, and it"
                " is drawn anew"
            )
        content = Path(path).read_bytes()
        spent += len(content)
        if spent > budget:
            break
        address = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        pictures.append((patient, visit, address))
    return tuple(pictures)
