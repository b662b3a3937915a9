"""Classify the response of every visit under every criteria set."""

import gadless.swift  # noqa: F401 - before all else
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria_table import criteria_of, criteria_table
from gadless.tables import read_table, write_table
from gadless.task import started
from gadless.trial.config import read_config

with started(snakemake) as task:
    config = read_config(task.told["config"])
    tables = {name: read_table(path) for name, path in snakemake.input.items()}
    criteria = criteria_of(config.response, config.readings)
    write_table(
        criteria_table(criteria, config.response, config.measurement), snakemake.output.criteria
    )
    response = classify(
        tables["measurements"],
        tables["visits"],
        tables["patients"],
        tables["lesions"] if len(tables["lesions"]) else None,
        criteria,
        config.response,
        config.readings,
        config.measurement,
    )
    write_table(response, snakemake.output.response)
    best = best_response(response, tables["patients"], config.response, config.endpoint)
    write_table(best, snakemake.output.best_response)
