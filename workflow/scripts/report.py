"""Write the report from the trial's tables."""

from pathlib import Path

from gadless.machine import in_words
from gadless.manifest import Manifest
from gadless.networks.seen import with_origins
from gadless.report.build import build_report
from gadless.task import started
from gadless.trial.config import read_config
from gadless.trial.lock import LockStatus

with started(snakemake) as task:
    visits = Path(snakemake.output.page).parents[1] / "visits"
    segmented = [
        Manifest.read(visits / patient / visit / "segmented" / "status.json")
        for patient, visit in task.told["exams"]
    ]
    build_report(
        read_config(task.told["config"]),
        {name: Path(path) for name, path in snakemake.input.items()},
        [(v.patient, v.visit, v.path("panel")) for v in segmented if v.has("panel")],
        with_origins(task.told["provenance"]) | in_words(Path(snakemake.scriptdir).parents[1]),
        Path(snakemake.output.page).parent,
        LockStatus.of(task.told["lock"]),
    )
