"""Rank the variants, and draw the ranks."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.networks.ablation.table import assembled
from gadless.report.drawing import save
from gadless.report.figures.ablation import ablation_ranks
from gadless.tables import read_tables, write_table
from gadless.task import started
from gadless.trial.config import Recipe

with started(snakemake) as task:
    recipes = {name: Recipe(**recipe) for name, recipe in task.told["recipes"].items()}
    table = assembled(read_tables(snakemake.input.judged), recipes, task.told["seeds"])
    write_table(table, snakemake.output.table)
    save(ablation_ranks(table), Path(snakemake.output.table).parent)
