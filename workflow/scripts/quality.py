"""Grade the figures of all patients' image steps."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.measurement.figures import figures_of, grade
from gadless.tables import read_table, write_table
from gadless.task import started
from gadless.trial.config import Quality

with started(snakemake) as task:
    folder = Path(snakemake.output[0]).parents[1] / "patients"
    paths = [folder / patient / "quality.tsv" for patient in task.told["patients"]]
    visits = read_table(snakemake.input.visits)
    graded = grade(figures_of(paths), visits, Quality(**task.told["limits"]))
    write_table(graded, snakemake.output[0])
