"""Bring one visit's scans into the trial's common space."""

from pathlib import Path

from gadless.images.preprocess import preprocess_visit
from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.trial.columns import SEQUENCES
from gadless.trial.config import Preprocess

log_to(snakemake.log[0])
anchor = snakemake.input.get("anchor")
preprocess_visit(
    snakemake.wildcards.patient,
    snakemake.wildcards.visit,
    {name: Path(path) if (path := snakemake.input.get(name)) else None for name in SEQUENCES},
    Manifest.read(anchor) if anchor else None,
    Preprocess(**snakemake.params.settings),
    Path(snakemake.output.status).parent,
)
