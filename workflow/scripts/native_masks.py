"""One visit's masks on the grid of one of its scans, as NIfTI and DICOM, and what was measured."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.images.measured import read_measured
from gadless.images.native import masks_on_scan
from gadless.manifest import Manifest
from gadless.task import started

with started(snakemake) as task:
    asked = task.told
    exam = Manifest.read(snakemake.input.exam)
    patient = Path(snakemake.output.status).parents[4] / "patients" / exam.patient
    masks_on_scan(
        exam,
        Manifest.read(snakemake.input.segmented),
        asked["contrasts"],
        asked["sequence"],
        Path(snakemake.output.status).parent,
        (Path(asked["series"][0]), asked["series"][1]) if asked["series"] else None,
        read_measured(patient, **asked["measured"]) if asked["measured"] else None,
        identified=asked["identified"],
    )
