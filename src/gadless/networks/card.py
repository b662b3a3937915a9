"""The model card: what a network is, what it has learnt from, how, and what it reaches."""

import platform
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import yaml

from gadless.networks.dataset import Cohort, Member
from gadless.networks.device import describe
from gadless.networks.header import Metadata, learnt_from, read_header, shipped, with_also
from gadless.networks.job import TrainingJob
from gadless.networks.parallel import Team


def trained_on(job: TrainingJob, cohort: Cohort) -> dict[str, Any]:
    """Say what was learnt from, for the header of the weights.

    Returns
    -------
    dict
        ``exams``, ``patients``, ``phantom_exams`` (counts), ``sites`` (names), ``description``;
        ``sequences``, how each input was normalised; ``fold``, which was held out (0: none); and
        ``also``, what the network that it was begun from had learnt from.
    """
    learning, start = cohort.learning, job.recipe.start
    before = [read_header(shipped(start), start).trained_on] if start else []
    own = {
        **_counts(learning),
        "sites": sorted({member.exam.site for member in learning if member.exam.site}),
        "description": _split(job),
        "sequences": job.seen,
        "fold": job.fold,
    }
    return with_also(own, before)


def _counts(members: Sequence[Member]) -> dict[str, int]:
    return {
        "exams": len(members),
        "patients": len({member.patient for member in members}),
        "phantom_exams": sum(member.exam.phantom for member in members),
    }


def _split(job: TrainingJob) -> str:
    """Say in words who was held out."""
    if job.fold:
        return f"split by {job.settings.split}; fold {job.fold} held out"
    plural = {"patient": "patients", "site": "sites", "fold": "folds"}[job.settings.split]
    return (
        f"split by {job.settings.split}; the last {job.settings.held_out:.0%} of {plural} held out"
    )


def hardware(device: torch.device, team: Team) -> str:
    """Name what was trained on."""
    where = describe(device)
    if device.type == "cpu":
        where += f" of {_processor()}"
    return where if team.size == 1 else f"{team.size} processes, each on {where}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def model_card(
    job: TrainingJob, metadata: Metadata, cohort: Cohort, checksums: Mapping[str, str], made_on: str
) -> str:
    """Write the card, in Markdown.

    Parameters
    ----------
    job : TrainingJob
    metadata : Metadata
        As it stands in the weights.
    cohort : Cohort
    checksums : mapping
        What to checksum, by what it is of: ``tensors``, ``file``.
    made_on : str
        The hardware, in words.
    """
    aim = {
        "generator": f"Predicts the T1 subtraction map from {', '.join(metadata.inputs)}.",
        "segmenter": f"Segments {', '.join(metadata.labels[1:])} on {', '.join(metadata.inputs)}.",
    }[metadata.kind]
    held = _counts(cohort.held_out)
    facts = {
        "learnt from": learnt_from(metadata.trained_on),
        "sites": ", ".join(metadata.trained_on["sites"]) or "not stated",
        "split": metadata.trained_on["description"],
        "held out": f"{held['exams']} exams of {held['patients']} patients",
        "weights kept": _kept(job.settings.validations),
        "exams not used": _left_out(cohort),
        "masks not used": f"{cohort.doubted}, because what they call enhancing does not enhance",
        "checksum of the data": f"`{metadata.training_data}`",
        "checksum of the tensors": f"`{checksums['tensors']}`",
        "checksum of the file": f"`{checksums['file']}`",
        "command": f"`{metadata.command}`",
        "seed, steps, arithmetic": f"{metadata.seed}, {metadata.steps}, {metadata.precision}",
        "hardware": f"{made_on}; torch {torch.__version__}",
        "begun, with": f"{metadata.date}, Gadless {metadata.version}",
        "licence": metadata.licence or "not stated",
    }
    recipe = yaml.safe_dump(metadata.recipe, sort_keys=False).strip()
    return "\n".join(
        [
            f"# {metadata.name}" + (f", fold {job.fold} held out" if job.fold else ""),
            "",
            f"{aim} {metadata.architecture}, {metadata.channels} features on the first level, "
            f"{metadata.spacing_mm:g} mm voxels. Written by its training.",
            "",
            *_table(("", ""), facts.items()),
            "",
            "## Held-out exams",
            "",
            *_figures(metadata.figures),
            "",
            "## Recipe",
            "",
            f"```yaml\n{recipe}\n```",
            "",
            "## Limits",
            "",
            _limits(metadata),
            "",
        ]
    )


def _kept(validations: int) -> str:
    if validations == 1:
        return "of the last step; held-out exams chose nothing"
    return f"of the best of {validations} looks at held-out exams"


def _figures(figures: Mapping[str, float]) -> list[str]:
    """Lay out the figures; their names are those of the training curve."""
    if not figures:
        return ["None could be computed: no held-out exam has what they need."]
    values = {f"`{name}`": f"{value:.3f}" for name, value in figures.items()}
    said = "Means, as the training curve ends; `docs/training.md` says what each is."
    return [said, "", *_table(("figure", "mean"), values.items())]


def _table(head: tuple[str, str], rows: Any) -> list[str]:
    return [
        f"| {head[0]} | {head[1]} |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in rows),
    ]


def _left_out(cohort: Cohort) -> str:
    if not cohort.left_out:
        return "none"
    return "; ".join(f"{count}: {reason}" for reason, count in cohort.left_out.most_common(5))


def _limits(metadata: Metadata) -> str:
    if metadata.phantoms_only:
        return (
            "Trained on phantoms alone: nothing here says anything about patients, and no one "
            "should decide anything about a patient by it."
        )
    return (
        "What it does on scanners, diseases and treatments that it has not learnt from is not "
        "known; the held-out exams above are from the sites above."
    )
