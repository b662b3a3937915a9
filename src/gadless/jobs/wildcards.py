"""What Snakemake hands to a function: the part of a path that names the job."""

from typing import Protocol


class OfPatient(Protocol):
    """Wildcards of a job of one patient."""

    patient: str


class OfVisit(Protocol):
    """Wildcards of a job of one visit, in the trial's results or in those of the training."""

    folder: str
    patient: str
    visit: str


class OfTraining(Protocol):
    """Wildcards of a job that trains one network: on all, or (``.fold2``) on all but a fold."""

    network: str
    fold: str


class OfVariant(Protocol):
    """Wildcards of a job of one variant of the ablation, with one seed."""

    @property
    def variant(self) -> str:
        """Its name."""

    @property
    def seed(self) -> str:
        """A number."""


class OfPhantom(Protocol):
    """Wildcards of a job that scans a phantom."""

    cohort: str
    patient: str
    visit: str
