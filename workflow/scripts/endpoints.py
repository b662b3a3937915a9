"""Derive TTP, PFS, OS and DOR of every patient on every contrast."""

from gadless.logs import log_to
from gadless.response.checks import endpoint_checks
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
sheets = (tables["patients"], tables["visits"], tables["measurements"])
write_table(endpoint_checks(derived, *sheets, config.endpoint), snakemake.output.checks)
