"""Write the report from the trial's tables."""

from pathlib import Path

from gadless.logs import log_to
from gadless.manifest import Manifest
from gadless.networks.seen import with_origins
from gadless.report.build import build_report
from gadless.trial.config import read_config
from gadless.trial.lock import LockStatus

log_to(snakemake.log[0])
segmented = [Manifest.read(path) for path in snakemake.input.panels]
build_report(
    read_config(snakemake.params.config),
    {name: Path(path) for name, path in snakemake.input.items() if name != "panels"},
    [(v.patient, v.visit, v.path("panel")) for v in segmented if v.has("panel")],
    with_origins(snakemake.params.provenance),
    Path(snakemake.output.page).parent,
    LockStatus.of(snakemake.params.lock),
)
