"""Derive TTP, PFS and OS of every patient on every contrast."""

from gadless.logs import log_to
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals
from gadless.tables import read_table, write_table
from gadless.trial.config import read_config

log_to(snakemake.log[0])
config = read_config(snakemake.params.config)
tables = {name: read_table(path) for name, path in snakemake.input.items()}
derived = endpoints(
    tables["response"],
    tables["patients"],
    tables["visits"],
    tables["measurements"],
    config.endpoint,
    config.response,
)
write_table(derived, snakemake.output.endpoints)
intervals = progression_intervals(tables["response"], derived, tables["patients"], config.endpoint)
write_table(intervals, snakemake.output.intervals)
