"""Join the patients' tables into the trial's, and write down the sheets as they were read."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.measurement.collect import PATIENT_TABLES, collect
from gadless.measurement.cutoff import as_of
from gadless.measurement.rated import with_ratings
from gadless.tables import write_table
from gadless.task import started
from gadless.trial.config import read_config
from gadless.trial.sequences import path_columns
from gadless.trial.sheets import read_trial

with started(snakemake) as task:
    config = read_config(task.told["config"])
    # What others made was checked at the start, and needs settings that no table depends on.
    trial = read_trial(config, made=task.told["made"], analysed=False)
    # Of all patients: Snakemake was shown those alone of whom something was to be done.
    folder = Path(snakemake.output.patients).parents[1] / "patients"
    tables = {
        name: [folder / patient / f"{name}.tsv" for patient in task.told["patients"]]
        for name in PATIENT_TABLES
    }
    contrasts = config.contrasts if config.visits is None else config.readings
    collected = collect(trial, contrasts, tables, path_columns(config))
    rated = with_ratings(collected, trial.ratings, config.reference)
    for name, table in as_of(rated, task.told["cutoff"]).items():
        write_table(table, snakemake.output[name])
