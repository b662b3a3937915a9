"""One row of the table of changes, and how many jobs it may run."""

from collections.abc import Callable
from dataclasses import dataclass

from folder import Folder

IMAGES = ("preprocess", "synthesise", "segment")
TRIAL = (
    *("collect", "quality", "response", "endpoints", "cdisc", "statistics", "sparing", "report"),
    "patient_pages",
)
FROM_RESPONSE = TRIAL[2:]
FROM_ENDPOINTS = ("endpoints", "cdisc", "statistics", "report", "patient_pages")


def jobs(
    *trial: str, preprocess: int = 0, synthesise: int = 0, segment: int = 0, measure: int = 0
) -> dict[str, int]:
    """Count jobs by rule: some of visits, some of patients, and those of the trial once each."""
    counts = (preprocess, synthesise, segment, measure)
    counted = dict(zip((*IMAGES, "measure"), counts, strict=True))
    return {rule: count for rule, count in counted.items() if count} | dict.fromkeys(trial, 1)


def visit(measure: int = 1) -> dict[str, int]:
    """All jobs of one visit, its patient and the trial."""
    return jobs(*TRIAL, preprocess=1, synthesise=1, segment=1, measure=measure)


NOTHING: dict[str, int] = {}
A_PATIENT = jobs(*TRIAL, measure=1)
ALL_PATIENTS = jobs(*TRIAL, measure=2)
ALL_IMAGES = jobs(*TRIAL, preprocess=3, synthesise=3, segment=3, measure=2)
FROM_SYNTHESIS = jobs(*TRIAL, synthesise=3, segment=3, measure=2)


@dataclass(frozen=True)
class Row:
    """One change.

    Attributes
    ----------
    change : str
        In words.
    runs : str
        What runs, in words.
    make : callable
        Makes the change in a folder.
    jobs : dict of str to int
        Rule to the number of its jobs that run.
    leaves : tuple of str
        Patterns of results that a run from scratch would not have: what the sheets no longer name,
        for `gadless prune`.
    readme : bool
        Whether README's table has it as well.
    inputs : bool
        Whether what the trial is given is another afterwards, or only what lies in its results.
    tables : bool
        Whether it is run in the trial without images, because it makes no image job run.
    trial : str
        ``scanned`` or ``measured``.
    """

    change: str
    runs: str
    make: Callable[[Folder], object]
    jobs: dict[str, int]
    leaves: tuple[str, ...] = ()
    readme: bool = False
    inputs: bool = True
    tables: bool = False
    trial: str = "scanned"
