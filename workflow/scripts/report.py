"""Write the report from the trial's tables."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.machine import in_words
from gadless.networks.seen import with_origins
from gadless.report.build import build_report
from gadless.task import started
from gadless.trial.config import read_config
from gadless.trial.lock import LockStatus

with started(snakemake) as task:
    patients = Path(snakemake.output.page).parents[1] / "patients"
    exams = task.told["exams"]
    build_report(
        read_config(task.told["config"]),
        {name: Path(path) for name, path in snakemake.input.items()},
        [(who, visit, patients / who / "panels" / f"{visit}.png") for who, visit in exams],
        with_origins(task.told["provenance"]) | in_words(Path(snakemake.scriptdir).parents[1]),
        Path(snakemake.output.page).parent,
        LockStatus.of(task.told["lock"]),
    )
