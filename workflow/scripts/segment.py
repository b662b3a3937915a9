"""One visit's tumour on every contrast: by our segmenter or by others' masks."""

from pathlib import Path

import gadless.lean  # noqa: F401 - before all that imports torch
from gadless.manifest import Manifest
from gadless.networks.seen import log_line, told
from gadless.networks.segment import segment_visit
from gadless.task import started
from gadless.trial.config import Network

with started(snakemake) as task:
    asked = task.told
    exam = Manifest.read(snakemake.input.exam)
    synthetic = Manifest.read(snakemake.input.synthetic)
    folder = Path(snakemake.output.status).parent
    contrasts, reference = asked["contrasts"], asked["contrasts"][0]
    theirs = {name: Path(file) if file else None for name, file in asked["brought"].items()}
    ours = [name for name in contrasts if name not in theirs]
    segmented = Manifest(exam.patient, exam.visit, "segment", folder)
    if ours:
        stated = snakemake.config.get("networks", {})  # no parameter: words rerun nothing
        for name, network in asked["networks"].items():
            known = {**(stated.get(name) or {}), **network["settings"]}
            task.log.info(log_line(name, told(name, known)))
        networks = {name: Network(**one["settings"]) for name, one in asked["networks"].items()}
        segmented = segment_visit(exam, synthetic, ours, reference, networks, folder)
    if theirs:
        from gadless.images.brought.visit import bring_masks

        bring_masks(segmented, exam, theirs, asked["codings"], (reference, asked["repeat"]))
    segmented.write()
