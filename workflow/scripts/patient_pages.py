"""Write the page of every patient, and the index of them."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.measurement.viewer import FILE
from gadless.report.patients.build import build_pages
from gadless.task import started
from gadless.trial.config import read_config

with started(snakemake) as task:
    folder = Path(snakemake.output.index).parent
    measured = folder.parent / "patients"
    build_pages(
        read_config(task.told["config"]),
        {name: Path(path) for name, path in snakemake.input.items()},
        {patient: measured / patient / FILE for patient in task.told["imaged"]},
        folder,
    )
