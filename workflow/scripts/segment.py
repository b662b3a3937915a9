"""Segment one visit's tumour on every contrast, and draw it."""

from pathlib import Path

from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.measurement.panel import draw_panel
from gadless.networks.seen import log_line, told
from gadless.networks.segment import segment_visit
from gadless.trial.config import Sequence

logger = log_to(snakemake.log[0])
stated = snakemake.config.get("networks", {}).get("segmenter") or {}  # words rerun nothing
logger.info(log_line("segmenter", told("segmenter", {**stated, **snakemake.params.segmenter})))
exam = Manifest.read(snakemake.input.exam)
synthetic = Manifest.read(snakemake.input.synthetic)
weights = snakemake.params.segmenter["weights"]
sequences = {name: Sequence(**one) for name, one in snakemake.params.sequences.items()}
contrasts = snakemake.params.contrasts
segmented = segment_visit(
    exam,
    synthetic,
    contrasts,
    contrasts[0],
    Path(weights) if weights else None,
    Path(snakemake.output.status).parent,
)
draw_panel(exam, synthetic, segmented, contrasts, sequences, segmented.folder / "panel.png")
segmented.files["panel"] = "panel.png"
segmented.write()
