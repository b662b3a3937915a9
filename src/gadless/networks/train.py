"""Training: reproducible, resumable, and with a curve that shows what matters."""

import hashlib
import json
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from tqdm import tqdm

from gadless.files import write_text, written_whole
from gadless.networks import weights
from gadless.networks.dataset import Cohort, load_cohort
from gadless.networks.device import choose_device, describe
from gadless.networks.header import Metadata
from gadless.networks.learners import Learner, make_learner
from gadless.networks.patches import Sampler
from gadless.networks.validation import validate
from gadless.trial.config.networks import Recipe, Training

WARM_UP = 0.1
VALIDATIONS = 6
VALIDATION_EXAMS = 6

logger = logging.getLogger(__name__)


def train(
    name: str,
    recipe: Recipe,
    settings: Training,
    exams: Sequence[Path],
    truths: Path | None,
    output: Path,
    log: Path,
) -> None:
    """Train one network.

    The same recipe, seed and data give the same weights, interrupted or not, on one CPU thread of
    one kind of processor (threads and other processors add floats in another order).

    Parameters
    ----------
    name : str
        Of the network, for the weights' metadata.
    recipe : Recipe
    settings : Training
    exams : sequence of Path
        Manifests of stage ``preprocess``.
    truths : Path or None
        Folder with ``{patient}/{visit}/truth.nii.gz``; a segmenter cannot do without.
    output : Path
        The safetensors file to write.
    log : Path
        The training curve (TSV): loss terms and figures on held-out exams.

    Raises
    ------
    InputError
        If the exams do not suffice or do not fit the settings.
    """
    output, log = Path(output), Path(log)
    cohort = load_cohort(exams, truths, settings.held_out, settings.spacing_mm, recipe.patch)
    metadata = weights.describe(
        name,
        recipe.kind,
        recipe.channels,
        settings.spacing_mm,
        seed=recipe.seed,
        steps=recipe.steps,
        precision=settings.precision,
        training_data=cohort.checksum,
        recipe=recipe.model_dump(),
    )
    device = choose_device()
    logger.info(
        "%s learns from %d exams on %s; %d exams are held out",
        name,
        len(cohort.learning),
        describe(device),
        len(cohort.held_out),
    )
    with _one_thread():
        torch.manual_seed(recipe.seed)
        learner = make_learner(recipe, settings.precision == "bfloat16", device)
        _run(learner, recipe, metadata, cohort, output.with_suffix(".checkpoint"), log)
    weights.save(learner.network, metadata, output)
    output.with_suffix(".checkpoint").unlink(missing_ok=True)


def _run(
    learner: Learner,
    recipe: Recipe,
    metadata: Metadata,
    cohort: Cohort,
    checkpoint: Path,
    log: Path,
) -> None:
    sampler = Sampler(
        cohort.learning, recipe.patch, recipe.batch, recipe.seed, recipe.kind == "segmenter"
    )
    stops = {recipe.steps * (i + 1) // VALIDATIONS for i in range(VALIDATIONS)}
    first, curve = _resume(learner, metadata, checkpoint)
    terms: list[dict[str, float]] = []
    bar = tqdm(
        range(first, recipe.steps),
        desc=metadata.name,
        initial=first,
        total=recipe.steps,
        mininterval=10,
    )
    for number in bar:
        rate = learning_rate(number, recipe.steps, recipe.learning_rate)
        settled = number >= recipe.settle * recipe.steps
        terms.append(learner.step(sampler.draw(number), number, rate, settled))
        if number + 1 in stops:
            figures = validate(learner.network, metadata, cohort.held_out[:VALIDATION_EXAMS])
            curve.append({"step": number + 1, "rate": rate, **_average(terms), **figures})
            terms.clear()
            bar.set_postfix({key: f"{value:.3f}" for key, value in figures.items()}, refresh=False)
            write_text(pd.DataFrame(curve).to_csv(sep="\t", index=False, na_rep="NA"), log)
            _save_checkpoint(learner, metadata, curve, number + 1, checkpoint)


def learning_rate(step: int, steps: int, peak: float) -> float:
    """One cycle (Smith & Topin 2019): linear warm-up, then a cosine to nearly nothing."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm))))


def _average(terms: list[dict[str, float]]) -> dict[str, float]:
    return {str(name): float(value) for name, value in pd.DataFrame(terms).mean().items()}


def _key(metadata: Metadata) -> str:
    """Return what a checkpoint must share with the training that goes on from it."""
    return hashlib.sha256(json.dumps(metadata.header(), sort_keys=True).encode()).hexdigest()


def _save_checkpoint(
    learner: Learner,
    metadata: Metadata,
    curve: list[dict[str, Any]],
    step: int,
    path: Path,
) -> None:
    saved = {"key": _key(metadata), "step": step, "curve": curve, "learner": learner.state()}
    with written_whole(path) as scratch:
        torch.save(saved, scratch)


def _resume(learner: Learner, metadata: Metadata, path: Path) -> tuple[int, list[dict[str, Any]]]:
    """Take up a checkpoint of this very training, if there is one; else begin."""
    if not path.exists():
        return 0, []
    saved = torch.load(path, weights_only=True, map_location=choose_device())
    if saved["key"] != _key(metadata):
        logger.warning("%s belongs to another recipe or other data: training begins anew", path)
        return 0, []
    learner.restore(saved["learner"])
    logger.info("going on from step %d", saved["step"])
    return saved["step"], saved["curve"]


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread: reproducible, and on a shared machine faster than two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
