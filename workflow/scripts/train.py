"""Train one network."""

import os
from pathlib import Path

from gadless.logs import log_to
from gadless.networks.job import TrainingJob, read_exams
from gadless.networks.train import train
from gadless.trial.config import Recipe, Training

log_to(snakemake.log[0])
folder = Path(snakemake.input.table).parent
train(
    TrainingJob(
        snakemake.wildcards.network,
        Recipe(**snakemake.params.recipe),
        Training(**snakemake.params.settings),
        read_exams(snakemake.input.table),
        Path(snakemake.output.weights),
        Path(snakemake.output.curve),
        Path(snakemake.output.card),
        folder / "cache",
        snakemake.params.fold,
        snakemake.params.sequences,
        os.environ["GADLESS_TRAIN_COMMAND"],
    )
)
