"""Train one variant with one seed."""

from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.networks.ablation.variant import common_cohort, train_variant
from gadless.networks.job import read_exams
from gadless.task import started
from gadless.trial.config import Recipe, Training

with started(snakemake) as task:
    settings = Training(**task.told["settings"])
    cache = Path(snakemake.input.table).parent / "cache"
    train_variant(
        snakemake.wildcards.variant,
        Recipe(**task.told["recipe"]),
        common_cohort(read_exams(snakemake.input.table), task.told["inputs"], settings, cache),
        settings,
        task.told["sequences"],
        Path(snakemake.output.weights),
        cache,
    )
