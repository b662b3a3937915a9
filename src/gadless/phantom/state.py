"""What the cohort model says about one exam, and all that the imaging needs to know."""

from dataclasses import dataclass

from gadless.phantom.variety import USUAL, Variety

SITES = ("north", "centre", "south")
SEQUENCES = ("t1", "t1c", "t2", "flair")


@dataclass(frozen=True)
class LesionState:
    """One lesion on one visit; the volumes are disjoint compartments.

    Attributes
    ----------
    lesion : int
        Number of the lesion within the patient; fixes its place and shape over visits.
    enhancing_cm3 : float
        Enhancing tumour; 0 where it has vanished, or not yet appeared.
    necrosis_cm3 : float
        Necrotic core inside the enhancing rim.
    nonenhancing_cm3 : float
        Oedema and non-enhancing tumour around both.
    """

    lesion: int
    enhancing_cm3: float
    necrosis_cm3: float
    nonenhancing_cm3: float


@dataclass(frozen=True)
class ExamState:
    """One exam: who, when, where, and the true state of the disease.

    Attributes
    ----------
    patient, visit : str
    day : int
    site : str
        One of `SITES`; decides the scanner's physics.
    lesions : tuple of LesionState
        May be empty.
    seed : int
        The patient's seed; fixes anatomy and the places of lesions over all visits.
    corrupt : str or None
        The sequence (one of `SEQUENCES`) whose file is to be truncated.
    variety : Variety
        How tumour and scanner depart from the usual.
    """

    patient: str
    visit: str
    day: int
    site: str
    lesions: tuple[LesionState, ...]
    seed: int
    corrupt: str | None
    variety: Variety = USUAL
