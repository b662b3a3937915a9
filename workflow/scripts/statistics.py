"""Compare every candidate with the reference."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.statistics.analyse import analyse
from gadless.statistics.tables import TrialTables
from gadless.tables import write_table
from gadless.task import started
from gadless.trial.config import read_config

# The resampling starts processes, which import this file again.
if __name__ == "__main__":
    with started(snakemake) as task:
        config = read_config(task.told["config"])
        tables = TrialTables.read(Path(snakemake.input.patients).parent, snakemake.input.patients)
        for name, table in analyse(tables, config, workers=snakemake.threads).items():
            write_table(table, snakemake.output[name])
