"""Export analysis data sets as SAS transport files."""

from pathlib import Path

from gadless.logs import log_to
from gadless.response.cdisc import export_cdisc
from gadless.tables import read_table
from gadless.trial.config import read_config

log_to(snakemake.log[0])
config = read_config(snakemake.params.config)
tables = {name: read_table(path) for name, path in snakemake.input.items()}
folder = Path(snakemake.output[0]).parent
export_cdisc(
    config.name,
    **tables,
    folder=folder,
    reference=config.reference,
    origin=config.endpoint.origin,
)
