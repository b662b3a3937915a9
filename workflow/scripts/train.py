"""Train one network."""

import os
from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.networks.job import TrainingJob, read_exams
from gadless.networks.train import train
from gadless.task import started
from gadless.trial.config import Recipe, Training

with started(snakemake) as task:
    folder = Path(snakemake.input.table).parent
    train(
        TrainingJob(
            snakemake.wildcards.network,
            Recipe(**task.told["recipe"]),
            Training(**task.told["settings"]),
            read_exams(snakemake.input.table),
            Path(snakemake.output.weights),
            Path(snakemake.output.curve),
            Path(snakemake.output.card),
            folder / "cache",
            task.told["fold"],
            task.told["sequences"],
            os.environ["GADLESS_TRAIN_COMMAND"],
        )
    )
