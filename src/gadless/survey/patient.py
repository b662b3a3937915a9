"""One patient's scans, read and held against each other as the trial's own jobs would do it.

The steps of preprocessing run on a coarse grid in a folder that is thrown away, so what is found
here is what a run will find, by the same code and the same limits.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gadless.errors import DataFault
from gadless.files import read_json
from gadless.images.preprocess import preprocess_visit
from gadless.images.quality import graded, limits
from gadless.images.reading import read_scan
from gadless.images.same import VOXELS
from gadless.manifest import Manifest
from gadless.measurement.identity import foreign_visits
from gadless.survey.thumbnails import thumbnail
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import Sequence as ScanSequence

SPACING_MM = 3.0
"""Of the grid that scans are compared on: nothing is measured on it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exam:
    """One visit as the sheet names it.

    Attributes
    ----------
    visit : str
    scans : mapping of str to str
        Sequence to path.
    anchor : str or None
        The visit whose space it is registered to.
    """

    visit: str
    scans: Mapping[str, str]
    anchor: str | None


@dataclass
class Seen:
    """What was found of one visit.

    Attributes
    ----------
    patient, visit : str
    faults : dict of str to str
        ``visit`` or a sequence to the reason why it is not usable.
    figures : list of dict
        Rows as `gadless.images.quality.graded` gives them.
    pictures : dict of str to bytes
        Sequence to a JPEG of three planes; of a scan that cannot be read there is none.
    voxels : dict of str to str
        Sequence to a digest of its voxels.
    """

    patient: str
    visit: str
    faults: dict[str, str] = field(default_factory=dict)
    figures: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    voxels: dict[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The worst of it: ``fail``, ``warn`` or ``pass``."""
        found = {row["outcome"] for row in self.figures}
        return "fail" if self.faults or "fail" in found else "warn" if "warn" in found else "pass"


def survey_patient(
    patient: str,
    exams: Sequence[Exam],
    settings: Preprocess,
    sequences: Mapping[str, ScanSequence],
) -> list[Seen]:
    """Read and compare all scans of a patient.

    Parameters
    ----------
    patient : str
    exams : sequence of Exam
        By day.
    settings : Preprocess
    sequences : mapping of str to Sequence

    Returns
    -------
    list of Seen
        One a visit, in the same order. What was not acquired is no fault.
    """
    coarse = settings.model_copy(update={"spacing_mm": SPACING_MM})
    known, seen = limits(settings.quality), []
    manifests: dict[str, Manifest] = {}
    with TemporaryDirectory(prefix="gadless-check-") as scratch:
        for exam in exams:
            one = Seen(patient, exam.visit)
            seen.append(one)
            paths: dict[str, Path | None] = {
                name: Path(path) for name, path in exam.scans.items() if name in sequences
            }
            anchor = manifests.get(exam.anchor) if exam.anchor else None
            folder = Path(scratch) / exam.visit
            manifest = preprocess_visit(
                patient, exam.visit, paths, anchor, coarse, sequences, folder
            )
            manifests[exam.visit] = manifest
            one.figures = [graded(row, known) for row in read_json(manifest.path("quality"))]
            one.faults = _faults(manifest, paths)
            one.voxels = manifest.notes.get(VOXELS, {})
            one.pictures = _pictures(paths, sequences)
        foreign = foreign_visits(list(manifests.values()))
    for one in seen:
        if one.visit in foreign:
            one.faults["visit"] = foreign[one.visit]
    return seen


def _faults(manifest: Manifest, paths: Mapping[str, Path | None]) -> dict[str, str]:
    """Return faults of what was given; a sequence that was not acquired is none."""
    given = {"visit", *paths}
    absent = "t1" not in paths
    return {
        name: reason
        for name, reason in manifest.faults.items()
        if name in given and not (name == "visit" and absent)
    }


def _pictures(
    paths: Mapping[str, Path | None], sequences: Mapping[str, ScanSequence]
) -> dict[str, bytes]:
    pictures = {}
    for name, path in paths.items():
        if path is None:
            continue
        try:
            pictures[name] = thumbnail(read_scan(path, sequences[name].title).volume)
        except DataFault as fault:
            log.info("no picture of %s: %s", path, fault)
    return pictures
