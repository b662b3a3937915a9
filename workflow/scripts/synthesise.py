"""Predict one visit's subtraction map with every generator."""

from pathlib import Path

from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.networks.seen import log_line, told
from gadless.networks.synthesise import synthesise_visit

logger = log_to(snakemake.log[0])
stated = snakemake.config.get("networks", {})  # no parameter: words rerun nothing
for name, network in snakemake.params.generators.items():
    logger.info(log_line(name, told(name, {**(stated.get(name) or {}), **network})))
weights = {name: network["weights"] for name, network in snakemake.params.generators.items()}
synthesise_visit(
    Manifest.read(snakemake.input.exam),
    {name: Path(path) if path else None for name, path in weights.items()},
    Path(snakemake.output.status).parent,
).write()
