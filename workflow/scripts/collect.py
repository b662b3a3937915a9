"""Join the patients' tables into the trial's, and write down the sheets as they were read."""

from gadless.logs import log_to
from gadless.measurement.collect import collect
from gadless.measurement.cutoff import as_of
from gadless.tables import write_table
from gadless.trial.config import read_config
from gadless.trial.sequences import path_columns
from gadless.trial.sheets import read_trial

log_to(snakemake.log[0])
config = read_config(snakemake.params.config)
trial = read_trial(config, made=snakemake.params.made)
tables = {name: list(paths) for name, paths in snakemake.input.items()}
collected = collect(trial, config.contrasts, tables, path_columns(config))
for name, table in as_of(collected, snakemake.params.cutoff).items():
    write_table(table, snakemake.output[name])
