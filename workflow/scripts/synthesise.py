"""One visit's subtraction maps: of every generator, and those that others made."""

from pathlib import Path

from gadless.images.brought.visit import bring_images
from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.networks.seen import log_line, told
from gadless.networks.synthesise import synthesise_visit
from gadless.trial.config import Network, Preprocess

logger = log_to(snakemake.log[0])
params = snakemake.params
stated = snakemake.config.get("networks", {})  # no parameter: words rerun nothing
for name, network in params.generators.items():
    logger.info(log_line(name, told(name, {**(stated.get(name) or {}), **network["settings"]})))
exam = Manifest.read(snakemake.input.exam)
synthetic = synthesise_visit(
    exam,
    {name: Network(**one["settings"]) for name, one in params.generators.items()},
    Path(snakemake.output.status).parent,
)
theirs = {
    contrast: {kind: Path(file["path"]) if file else None for kind, file in files.items()}
    for contrast, files in params.brought.items()
}
bring_images(synthetic, exam, theirs, params.units, Preprocess(**params.registration))
synthetic.write()
