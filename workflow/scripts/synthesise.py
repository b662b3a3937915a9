"""One visit's subtraction maps: of every generator, and those that others made."""

from pathlib import Path

import gadless.lean  # noqa: F401 - before all that imports torch
from gadless.manifest import Manifest
from gadless.networks.seen import log_line, told
from gadless.networks.synthesise import synthesise_visit
from gadless.task import started
from gadless.trial.config import Network, Preprocess

with started(snakemake) as task:
    asked = task.told
    stated = snakemake.config.get("networks", {})  # no parameter: words rerun nothing
    for name, network in asked["generators"].items():
        known = {**(stated.get(name) or {}), **network["settings"]}
        task.log.info(log_line(name, told(name, known)))
    exam = Manifest.read(snakemake.input.exam)
    synthetic = synthesise_visit(
        exam,
        {name: Network(**one["settings"]) for name, one in asked["generators"].items()},
        Path(snakemake.output.status).parent,
    )
    theirs = {
        contrast: {kind: Path(file) if file else None for kind, file in files.items()}
        for contrast, files in asked["brought"].items()
    }
    if theirs:
        from gadless.images.brought.visit import bring_images

        bring_images(synthetic, exam, theirs, asked["units"], Preprocess(**asked["registration"]))
    synthetic.write()
