"""Write the plan of the analysis from the configuration alone."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.report.plan.build import build_plan
from gadless.report.plan.given import Given
from gadless.response.censoring import load_censoring
from gadless.response.described import censoring_values, criteria_values, intercurrent_events
from gadless.statistics.planning import power_curves, sizes
from gadless.task import started
from gadless.trial.config import read_config
from gadless.trial.lock import LockStatus

with started(snakemake) as task:
    config = read_config(task.told["config"])
    given = Given(
        criteria=criteria_values(config),
        censoring=censoring_values(load_censoring(config.endpoint)),
        events=intercurrent_events(config),
        sizes=sizes(config),
        power=power_curves(config),
    )
    build_plan(config, given, LockStatus.of(task.told["lock"]), Path(snakemake.output.page).parent)
