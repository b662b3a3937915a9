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
# What others made was checked at the start, and needs settings that no table depends on.
trial = read_trial(config, made=snakemake.params.made, analysed=False)
tables = {name: list(paths) for name, paths in snakemake.input.items()}
contrasts = config.contrasts if config.visits is None else config.readings
collected = collect(trial, contrasts, tables, path_columns(config))
for name, table in as_of(collected, snakemake.params.cutoff).items():
    write_table(table, snakemake.output[name])
