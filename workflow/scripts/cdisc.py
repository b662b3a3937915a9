"""Export analysis data sets as SAS transport files."""

from pathlib import Path

from gadless.response.cdisc import export_cdisc
from gadless.tables import read_table
from gadless.task import started
from gadless.trial.config import read_config

with started(snakemake) as task:
    config = read_config(task.told["config"])
    tables = {name: read_table(path) for name, path in snakemake.input.items()}
    folder = Path(snakemake.output[0]).parent
    export_cdisc(
        config.name,
        **tables,
        folder=folder,
        reference=config.reference,
        origin=config.endpoint.origin,
    )
