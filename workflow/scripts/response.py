"""Classify the response of every visit under every criteria set."""

from gadless.logs import log_to
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.described import criteria_values
from gadless.tables import read_table, write_table
from gadless.trial.config import read_config

log_to(snakemake.log[0])
config = read_config(snakemake.params.config)
tables = {name: read_table(path) for name, path in snakemake.input.items()}
criteria = load_criteria(config.response.criteria, config.response.custom)
columns = ["criteria", "key", "value", "source", "certainty"]
write_table(criteria_values(criteria)[columns], snakemake.output.criteria)
response = classify(
    tables["measurements"],
    tables["visits"],
    tables["patients"],
    tables["lesions"] if len(tables["lesions"]) else None,
    criteria,
    config.response,
    config.readings,
)
write_table(response, snakemake.output.response)
best = best_response(response, tables["patients"], config.response, config.endpoint)
write_table(best, snakemake.output.best_response)
