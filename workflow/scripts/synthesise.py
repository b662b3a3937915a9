"""One visit's subtraction maps: of every generator, and those that others made."""

from pathlib import Path

from gadless.images.brought.visit import bring_images
from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.networks.seen import log_line, told
from gadless.networks.synthesise import synthesise_visit
from gadless.trial.config import Preprocess

logger = log_to(snakemake.log[0])
params = snakemake.params
stated = snakemake.config.get("networks", {})  # no parameter: words rerun nothing
for name, network in params.generators.items():
    logger.info(log_line(name, told(name, {**(stated.get(name) or {}), **network})))
exam = Manifest.read(snakemake.input.exam)
weights = {name: network["weights"] for name, network in params.generators.items()}
synthetic = synthesise_visit(
    exam,
    {name: Path(path) if path else None for name, path in weights.items()},
    Path(snakemake.output.status).parent,
)
theirs = {
    contrast: {kind: Path(file["path"]) if file else None for kind, file in files.items()}
    for contrast, files in params.brought.items()
}
bring_images(synthetic, exam, theirs, params.units, Preprocess(**params.registration))
synthetic.write()
