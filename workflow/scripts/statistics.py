"""Compare every candidate with the reference."""

from pathlib import Path

from gadless.logs import log_to
from gadless.statistics.analyse import analyse
from gadless.statistics.tables import TrialTables
from gadless.tables import write_table
from gadless.trial.config import read_config

# The resampling starts processes, which import this file again.
if __name__ == "__main__":
    log_to(snakemake.log[0])
    config = read_config(snakemake.params.config)
    tables = TrialTables.read(Path(snakemake.input.patients).parent, snakemake.input.patients)
    for name, table in analyse(tables, config, workers=snakemake.threads).items():
        write_table(table, snakemake.output[name])
