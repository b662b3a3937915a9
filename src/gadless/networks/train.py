"""Training: reproducible, resumable, and with a curve that shows what matters."""

import datetime
import hashlib
import logging
import math
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from tqdm import tqdm

from gadless.files import sha256, write_text
from gadless.networks import checkpoint, weights
from gadless.networks.card import hardware, model_card, trained_on
from gadless.networks.checkpoint import Progress
from gadless.networks.curve import Curve
from gadless.networks.dataset import Cohort, load_cohort
from gadless.networks.header import Metadata
from gadless.networks.job import TrainingJob
from gadless.networks.learners import Learner, make_learner
from gadless.networks.narrow import consequences
from gadless.networks.parallel import Team, asked_size, device_of, team_of
from gadless.networks.patches import Sampler
from gadless.networks.prefetch import batches
from gadless.networks.start import begin_from
from gadless.networks.validation import task_score, validate
from gadless.trial.config.training import Losses

WARM_UP = 0.1
VALIDATION_EXAMS = 6
# A kill costs no more than these steps.
CHECKPOINT_STEPS = 300
# Columns of the curve that say nothing of held-out exams.
_NO_FIGURES = frozenset(
    {"step", "rate", "loss", "discriminator", "score", *Losses.model_fields} - {"ssim"}
)

logger = logging.getLogger(__name__)


def train(job: TrainingJob) -> None:
    """Train one network.

    The same recipe, seed and data give the same weights, interrupted or not, on one CPU thread of
    one kind of processor (threads, processes and other processors add floats in another order).
    Their header also names the day on which the training began.

    Raises
    ------
    InputError
        If the exams do not suffice or do not fit the settings.
    """
    size = asked_size(job.recipe.batch)
    cohort = load_cohort(
        job.exams,
        job.recipe,
        job.settings.spacing_mm,
        job.settings.held_out,
        job.cache,
        job.fold,
    )
    with _one_thread(), team_of(size, job.as_text() if size > 1 else "") as team:
        device = device_of(team)
        logger.info(
            "%s learns from %d exams on %s; %d exams are held out",
            job.name,
            len(cohort.learning),
            hardware(device, team),
            len(cohort.held_out),
        )
        members = (*cohort.learning, *cohort.held_out)
        for consequence in consequences(members, job.settings.spacing_mm):
            logger.warning("%s: %s", job.name, consequence)
        torch.manual_seed(job.recipe.seed)
        learner = make_learner(
            job.recipe,
            job.settings.precision == "bfloat16",
            device,
            team,
            job.settings.spacing_mm,
        )
        if job.recipe.start:
            begin_from(learner.network, job.recipe, f"training.recipes.{job.name}.start")
        progress = _run(learner, job, cohort, team, device)
        if team.leads:
            _finish(learner, job, cohort, progress, hardware(device, team))


def _run(
    learner: Learner, job: TrainingJob, cohort: Cohort, team: Team, device: torch.device
) -> Progress:
    """Take all steps that are left."""
    recipe, metadata, often = job.recipe, _metadata(job, cohort), job.settings.validations
    path = _checkpoint_path(job)
    key = checkpoint.key_of(metadata, _learnt(cohort), team.size, often)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    progress = checkpoint.resume(learner, key, path, today, device)
    team.wait()
    stops = {recipe.steps * (i + 1) // often for i in range(often)}
    sampler = _sampler(job, cohort, team)
    curve = Curve(job.curve, progress.curve) if team.leads else None
    drawn = batches(sampler.draw, progress.step, recipe.steps)
    bar = tqdm(
        desc=metadata.name,
        initial=progress.step,
        total=recipe.steps,
        mininterval=10,
        disable=not team.leads,
    )
    with closing(drawn), bar:
        for batch in drawn:
            number = progress.step
            rate = learning_rate(number, recipe.steps, recipe.learning_rate)
            settled = number >= recipe.settle * recipe.steps
            progress.terms.append(learner.step(batch, number, rate, settled))
            progress.step = number + 1
            bar.update()
            if curve is not None and progress.step in stops:
                _validate(learner, metadata, cohort, progress, rate, curve)
                bar.set_postfix(_shown(progress), refresh=False)
            if curve is not None and (
                progress.step in stops or progress.step % CHECKPOINT_STEPS == 0
            ):
                checkpoint.save(learner, progress, key, path)
    if curve is not None:
        curve.close()
    return progress


def _validate(
    learner: Learner,
    metadata: Metadata,
    cohort: Cohort,
    progress: Progress,
    rate: float,
    curve: Curve,
) -> None:
    """Add a row to the curve."""
    seen = [member.case for member in cohort.held_out[:VALIDATION_EXAMS]]
    figures = validate(learner.network, metadata, seen)
    terms = {str(k): float(v) for k, v in pd.DataFrame(progress.terms).mean().items()}
    score = task_score(figures)
    curve.add({"step": progress.step, "rate": rate, **terms, **figures, "score": score})
    progress.terms.clear()
    if progress.best is None or score >= progress.best["score"]:
        kept = {name: tensor.clone() for name, tensor in learner.network.state_dict().items()}
        progress.best = {"score": score, "step": progress.step, "network": kept}


def _shown(progress: Progress) -> dict[str, str]:
    row = progress.curve[-1]
    return {name: f"{value:.3f}" for name, value in row.items() if name not in ("step", "rate")}


def _finish(
    learner: Learner, job: TrainingJob, cohort: Cohort, progress: Progress, made_on: str
) -> None:
    """Write the weights of the best validation, and their card."""
    if progress.best is not None:
        learner.network.load_state_dict(progress.best["network"])
    figures = _figures(progress)
    metadata = replace(_metadata(job, cohort), date=progress.date, figures=figures)
    weights.save(learner.network, metadata, job.weights)
    checksums = {"tensors": _checksum(learner), "file": sha256(job.weights)}
    write_text(model_card(job, metadata, cohort, checksums, made_on), job.card)
    _checkpoint_path(job).unlink(missing_ok=True)


def _figures(progress: Progress) -> dict[str, float]:
    """Figures on held-out exams of the weights that are kept; what no exam gives is left out."""
    step = progress.step if progress.best is None else progress.best["step"]
    last = next(row for row in reversed(progress.curve) if row["step"] == step)
    return {
        name: float(value)
        for name, value in last.items()
        if name not in _NO_FIGURES and math.isfinite(value)
    }


def _metadata(job: TrainingJob, cohort: Cohort) -> Metadata:
    recipe = job.recipe
    return weights.describe(
        job.name,
        recipe.kind,
        recipe.channels,
        job.settings.spacing_mm,
        recipe.inputs,
        seed=recipe.seed,
        steps=recipe.steps,
        precision=job.settings.precision,
        training_data=cohort.checksum,
        recipe=recipe.model_dump(),
        trained_on=trained_on(job, cohort),
        licence=job.settings.licence,
        command=job.command,
    )


def _sampler(job: TrainingJob, cohort: Cohort, team: Team) -> Sampler:
    learning = cohort.learning
    sets = {member.exam.cohort for member in learning}
    return Sampler(
        [member.case for member in learning],
        job.recipe.inputs,
        job.recipe.patch,
        job.recipe.batch,
        job.recipe.seed,
        [(one.exam.cohort, one.exam.weight) for one in learning] if len(sets) > 1 else (),
        job.signed,
        (team.rank, team.size),
    )


def _learnt(cohort: Cohort) -> list[list[str]]:
    """Name what is learnt from, and with what weight."""
    return [
        [*member.patient, member.case.stem.name, repr(member.exam.weight)]
        for member in cohort.learning
    ]


def _checkpoint_path(job: TrainingJob) -> Path:
    return job.weights.with_suffix(".checkpoint")


def _checksum(learner: Learner) -> str:
    """SHA-256 over the tensors by name, whatever the file's header says."""
    digest = hashlib.sha256()
    for name, tensor in sorted(learner.network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def learning_rate(step: int, steps: int, peak: float) -> float:
    """One cycle (Smith & Topin 2019): linear warm-up, then a cosine to nearly nothing."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm))))


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread: reproducible, and on a shared machine faster than two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


if __name__ == "__main__":
    train(TrainingJob.from_text(Path(sys.argv[1]).read_text(encoding="utf-8")))
