"""Derive TTP, PFS, OS and DOR of every patient on every contrast."""

import gadless.swift  # noqa: F401 - before all else
from gadless.response.checks import endpoint_checks
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals
from gadless.tables import read_table, write_table
from gadless.task import started
from gadless.trial.config import read_config

with started(snakemake) as task:
    config = read_config(task.told["config"])
    tables = {name: read_table(path) for name, path in snakemake.input.items()}
    derived = endpoints(
        tables["response"],
        tables["patients"],
        tables["visits"],
        tables["measurements"],
        config.endpoint,
        config.response,
    )
    write_table(derived, snakemake.output.endpoints)
    patients, response = tables["patients"], tables["response"]
    intervals = progression_intervals(response, derived, patients, config.endpoint)
    write_table(intervals, snakemake.output.intervals)
    sheets = (tables["patients"], tables["visits"], tables["measurements"])
    write_table(endpoint_checks(derived, *sheets, config.endpoint), snakemake.output.checks)
