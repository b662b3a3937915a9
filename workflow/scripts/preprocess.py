"""Bring one visit's scans into the trial's common space."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.images.preprocess import preprocess_visit
from gadless.manifest import Manifest
from gadless.task import started
from gadless.trial.config import Preprocess, Sequence

with started(snakemake) as task:
    sequences = {name: Sequence(**one) for name, one in task.told["sequences"].items()}
    anchor = snakemake.input.get("anchor")
    preprocess_visit(
        snakemake.wildcards.patient,
        snakemake.wildcards.visit,
        {name: Path(path) for name in sequences if (path := snakemake.input.get(name))},
        Manifest.read(anchor) if anchor else None,
        Preprocess(**task.told["settings"]),
        sequences,
        Path(snakemake.output.status).parent,
    )
