"""Train one network."""

from pathlib import Path

from gadless.logs import log_to
from gadless.networks.train import train
from gadless.trial.config import Recipe, Training

log_to(snakemake.log[0])
train(
    snakemake.wildcards.network,
    Recipe(**snakemake.params.recipe),
    Training(**snakemake.params.settings),
    [Path(path) for path in snakemake.input.exams],
    Path(snakemake.input.truths[0]).parents[2],
    Path(snakemake.output.weights),
    Path(snakemake.output.curve),
)
