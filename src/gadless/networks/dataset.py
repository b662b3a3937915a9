"""The exams that networks learn from: which are usable, which are held out."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import InputError
from gadless.files import sha256
from gadless.manifest import Manifest
from gadless.networks.cache import Stored, identity, stored
from gadless.networks.cases import Exam, Making, make_case
from gadless.networks.exams import missing
from gadless.trial.config.training import Recipe
from gadless.trial.folds import last_units

NO_MASK = "no mask_gbca to learn from"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Member:
    """A usable exam: what the sheets say, and where its arrays lie."""

    exam: Exam
    case: Stored
    checksums: tuple[str, ...]

    @property
    def patient(self) -> tuple[str, str]:
        """Set and patient: two sets may name different people alike."""
        return self.exam.cohort, self.case.patient


@dataclass(frozen=True)
class Cohort:
    """Training and held-out exams, of different patients.

    Attributes
    ----------
    learning, held_out : list of Member
    checksum : str
        SHA-256 over the checksums of every file read.
    left_out : Counter
        Reasons why exams are not used, with how many.
    """

    learning: list[Member]
    held_out: list[Member]
    checksum: str
    left_out: Counter[str]

    @property
    def doubted(self) -> int:
        """Exams whose mask was not used, because what it calls enhancing does not."""
        return sum(member.case.doubt is not None for member in (*self.learning, *self.held_out))


def images_needed(recipe: Recipe) -> tuple[str, ...]:
    """Preprocessed images that a recipe learns from: its inputs, and the subtraction last.

    What a segmenter sees as ``contrast`` is T1 + subtraction.
    """
    named = ["t1" if name == "contrast" else name for name in recipe.inputs]
    return (*dict.fromkeys(named), "subtraction")


def load_cohort(
    exams: Iterable[Exam],
    recipe: Recipe,
    spacing_mm: float,
    held_out: float,
    cache: Path,
    fold: int = 0,
) -> Cohort:
    """Find the exams that have all that a recipe needs, and lay them into the cache.

    Parameters
    ----------
    exams : iterable of Exam
        One that lacks an image, or a segmenter's mask, is left out, and that is logged.
    recipe : Recipe
    spacing_mm : float
        The grid that all exams must have.
    held_out : float
        Share of units that are kept apart, the last by name; for `fold` 0.
    cache : Path
        Folder of the cache.
    fold : int
        Hold out this fold of patients.

    Raises
    ------
    InputError
        If a mask is not its exam's, an exam has another grid, one scan stands under two patients
        of whom one is held out, or too few patients remain.
    """
    digest = hashlib.sha256()
    members: list[Member] = []
    left_out: Counter[str] = Counter()
    for exam in sorted(exams, key=lambda exam: str(exam.manifest)):
        manifest = Manifest.read(exam.manifest)
        reason = _unusable(manifest, exam, recipe)
        member = None
        if reason is None:
            member = _member(manifest, exam, recipe, spacing_mm, cache)
            reason = member.case.doubt if recipe.kind == "segmenter" else None
        if reason is not None or member is None:
            logger.info(
                "patient %s, visit %s is not used: %s", manifest.patient, manifest.visit, reason
            )
            left_out[str(reason)] += 1
            continue
        members.append(member)
        for checksum in member.checksums:
            digest.update(checksum.encode())
    _require_some(members, left_out, recipe)
    _require_enhancing(members)
    apart = _apart(members, held_out, fold)
    cohort = Cohort(
        [member for member in members if member.patient not in apart],
        [member for member in members if member.patient in apart],
        digest.hexdigest(),
        left_out,
    )
    _check_split(cohort)
    return cohort


def _unusable(manifest: Manifest, exam: Exam, recipe: Recipe) -> str | None:
    lacking = missing(manifest, (*images_needed(recipe), "brain"))
    if lacking is None and recipe.kind == "segmenter" and exam.mask is None:
        return NO_MASK
    return lacking


def _require_some(members: Sequence[Member], left_out: Counter[str], recipe: Recipe) -> None:
    if members:
        return
    said = "; ".join(
        f"{count} exam{'s' if count > 1 else ''}: {reason}"
        for reason, count in left_out.most_common(3)
    )
    masked = recipe.kind != "segmenter" or NO_MASK not in left_out
    advice = "" if masked else "; a segmenter needs `mask_gbca` in the sheet"
    raise InputError(
        f"training: no exam can be learnt from ({said or 'the sheet has none'}){advice}"
    )


def _require_enhancing(members: Sequence[Member]) -> None:
    """Refuse exams of which none enhances: whoever learns from these finds nothing, ever."""
    if not any(member.case.open().pools[0].size for member in members):
        raise InputError(
            f"training: none of {len(members)} usable exams has enhancing tumour, by its mask or, "
            "without one, by the shipped segmenter; networks would learn that nothing enhances. "
            "See `training.labels`: another coding may call it another number"
        )


def _apart(members: Sequence[Member], held_out: float, fold: int) -> set[tuple[str, str]]:
    """Patients that are held out; a further set of exams is only ever learnt from."""
    own = {member.case.patient: member.exam for member in members if member.exam.cohort == ""}
    if fold:
        chosen = {patient for patient, exam in own.items() if exam.fold == fold}
        if not chosen or len(chosen) == len(own) == len({m.patient for m in members}):
            raise InputError(
                f"training: fold {fold} holds {len(chosen)} of {len(own)} patients with usable "
                "exams; some must be in it, and some must remain to learn from"
            )
    else:
        chosen = last_units({name: exam.unit or name for name, exam in own.items()}, held_out)
    return {("", patient) for patient in chosen}


def _check_split(cohort: Cohort) -> None:
    """See to it that nobody is on both sides, under whatever name."""
    sides = [{member.patient for member in side} for side in (cohort.learning, cohort.held_out)]
    assert not sides[0] & sides[1], "a split by exam"
    learnt = {member.checksums[0]: member.patient for member in cohort.learning}
    for member in cohort.held_out:
        twin = learnt.get(member.checksums[0])
        if twin is not None:
            raise InputError(
                f"training: patients {twin[1]} and {member.case.patient} have the same "
                "scan, and one of them is held out; is it one patient under two names?"
            )


def _member(
    manifest: Manifest, exam: Exam, recipe: Recipe, spacing_mm: float, cache: Path
) -> Member:
    names = images_needed(recipe)
    mask = None if exam.mask is None else _checksum(exam.mask, manifest)
    making = Making.of(recipe, names)
    case = stored(
        cache,
        identity(manifest, names, making.made_from(mask), exam.coding),
        manifest,
        names,
        lambda: make_case(manifest, names, exam, making),
    )
    _check_spacing(manifest, spacing_mm, case)
    read = [manifest.checksums[name] for name in (*names, "brain")]
    return Member(exam, case, (*read, mask or ""))


def _checksum(mask: Path, manifest: Manifest) -> str:
    if not mask.is_file():
        raise InputError(
            f"training: patient {manifest.patient}, visit {manifest.visit}: {mask}: no such file; "
            "correct `mask_gbca`, or leave the cell empty"
        )
    return sha256(mask)


def _check_spacing(manifest: Manifest, spacing_mm: float, case: Stored) -> None:
    if abs(case.spacing_mm - spacing_mm) > 1e-3:
        raise InputError(
            f"training: patient {manifest.patient}, visit {manifest.visit}: preprocessed to "
            f"{case.spacing_mm:g} mm, but `training.spacing_mm` is {spacing_mm:g}"
        )
