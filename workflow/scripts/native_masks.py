"""One visit's masks on the grid of one of its scans, as NIfTI and as DICOM."""

from pathlib import Path

from gadless.images.native import masks_on_scan
from gadless.manifest import Manifest
from gadless.task import started

with started(snakemake) as task:
    asked = task.told
    masks_on_scan(
        Manifest.read(snakemake.input.exam),
        Manifest.read(snakemake.input.segmented),
        asked["contrasts"],
        asked["sequence"],
        Path(snakemake.output.status).parent,
        (Path(asked["series"][0]), asked["series"][1]) if asked["series"] else None,
        identified=asked["identified"],
    )
