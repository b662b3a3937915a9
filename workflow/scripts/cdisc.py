"""Export data sets for submissions."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.export.cdisc import Tables, export_cdisc
from gadless.tables import read_table
from gadless.task import started
from gadless.trial.config import read_config

with started(snakemake) as task:
    config = read_config(task.told["config"] | {"cdisc": task.told["cdisc"]})
    tables = Tables(**{name: read_table(path) for name, path in snakemake.input.items()})
    export_cdisc(config, tables, Path(snakemake.output[0]).parent)
