"""One visit's tumour on every contrast: by our segmenter or by others' masks; and draw it."""

from pathlib import Path

from gadless.images.brought.visit import bring_masks
from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.measurement.panel import draw_panel
from gadless.networks.seen import log_line, told
from gadless.networks.segment import segment_visit
from gadless.trial.config import Network, Sequence

logger = log_to(snakemake.log[0])
params = snakemake.params
exam = Manifest.read(snakemake.input.exam)
synthetic = Manifest.read(snakemake.input.synthetic)
sequences = {name: Sequence(**one) for name, one in params.sequences.items()}
folder = Path(snakemake.output.status).parent
contrasts, reference = params.contrasts, params.contrasts[0]
theirs = {name: Path(file["path"]) if file else None for name, file in params.brought.items()}
ours = [name for name in contrasts if name not in theirs]
segmented = Manifest(exam.patient, exam.visit, "segment", folder)
if ours:
    stated = snakemake.config.get("networks", {})  # no parameter: words rerun nothing
    for name, network in params.networks.items():
        logger.info(log_line(name, told(name, {**(stated.get(name) or {}), **network["settings"]})))
    networks = {name: Network(**one["settings"]) for name, one in params.networks.items()}
    segmented = segment_visit(exam, synthetic, ours, reference, networks, folder)
bring_masks(segmented, exam, theirs, params.codings, (reference, params.repeat))
draw_panel(exam, synthetic, segmented, contrasts, sequences, folder / "panel.png")
segmented.files["panel"] = "panel.png"
segmented.write()
