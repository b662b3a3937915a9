"""Bring one visit's scans into the trial's common space."""

from pathlib import Path

from gadless.images.preprocess import preprocess_visit
from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.trial.config import Preprocess, Sequence

log_to(snakemake.log[0])
sequences = {name: Sequence(**one) for name, one in snakemake.params.sequences.items()}
anchor = snakemake.input.get("anchor")
preprocess_visit(
    snakemake.wildcards.patient,
    snakemake.wildcards.visit,
    {name: Path(path) for name in sequences if (path := snakemake.input.get(name))},
    Manifest.read(anchor) if anchor else None,
    Preprocess(**snakemake.params.settings),
    sequences,
    Path(snakemake.output.status).parent,
)
