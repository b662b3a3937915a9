"""Write the plan of the analysis from the configuration alone."""

from pathlib import Path

from gadless.logs import log_to
from gadless.report.plan.build import build_plan
from gadless.report.plan.given import Given
from gadless.response.censoring import load_censoring
from gadless.response.described import censoring_values, criteria_values, intercurrent_events
from gadless.statistics.planning import power_curves, sizes
from gadless.trial.config import read_config
from gadless.trial.lock import LockStatus

log_to(snakemake.log[0])
config = read_config(snakemake.params.config)
given = Given(
    criteria=criteria_values(config),
    censoring=censoring_values(load_censoring(config.endpoint)),
    events=intercurrent_events(config),
    sizes=sizes(config),
    power=power_curves(config),
)
build_plan(config, given, LockStatus.of(snakemake.params.lock), Path(snakemake.output.page).parent)
