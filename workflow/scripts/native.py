"""The masks of all visits as one BIDS derivative."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.export.bids import write_derivative
from gadless.images.native import STAGE
from gadless.manifest import STATUS, Manifest
from gadless.task import started

with started(snakemake) as task:
    folder = Path(snakemake.output.description).parent
    visits = folder.parent / "visits"
    # Not the inputs alone: those are of the patients of whom this run makes something.
    masks = [
        Manifest.read(visits / patient / visit / STAGE / STATUS)
        for patient, visit in task.told["exams"]
    ]
    write_derivative(masks, folder, task.told["trial"], task.told["titles"])
