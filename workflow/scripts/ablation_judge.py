"""Judge one variant, or a map that no network makes, by every held-out exam."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.networks.ablation.variant import common_cohort, judge_variant
from gadless.networks.job import read_exams
from gadless.tables import write_table
from gadless.task import started
from gadless.trial.config import Recipe, Training

with started(snakemake) as task:
    settings = Training(**task.told["settings"])
    cache = Path(snakemake.input.table).parent / "cache"
    recipe = task.told["recipe"]
    judged = judge_variant(
        snakemake.wildcards.variant,
        int(snakemake.wildcards.seed),
        None if recipe is None else (Path(*snakemake.input.weights), Recipe(**recipe)),
        common_cohort(read_exams(snakemake.input.table), task.told["inputs"], settings, cache),
        settings.spacing_mm,
        task.told["threshold"],
    )
    write_table(judged, snakemake.output.judged)
