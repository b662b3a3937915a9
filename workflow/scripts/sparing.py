"""Ask which exams could do without contrast."""

import gadless.swift  # noqa: F401 - before all else
from gadless.response.criteria_table import criteria_of
from gadless.response.probability import response_probability
from gadless.statistics.comparisons.sparing.analyse import sparing
from gadless.statistics.comparisons.sparing.trial import SparingTables
from gadless.tables import read_table, write_table
from gadless.task import started
from gadless.trial.config import read_config

with started(snakemake) as task:
    config = read_config(task.told["config"])
    tables = {name: read_table(path) for name, path in snakemake.input.items()}
    lesions = tables.pop("lesions")
    tables["lesions"] = lesions if len(lesions) else None
    probability = response_probability(
        tables["measurements"],
        tables["visits"],
        tables["patients"],
        tables["lesions"],
        criteria_of(config.response, config.readings),
        config.response,
        config.readings,
        config.measurement,
        seed=config.statistics.seed,
    )
    write_table(probability, snakemake.output.response_probability)
    write_table(
        sparing(SparingTables(**tables, probability=probability), config), snakemake.output.sparing
    )
