"""One visit as measurement sees it: the manifests of the image stages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gadless.manifest import Manifest

NO_IMAGES = "no images acquired"
STAGES = {"preprocessed": "preprocess", "synthetic": "synthesise", "segmented": "segment"}


@dataclass(frozen=True)
class VisitScans:
    """What was made of one visit's scans.

    Attributes
    ----------
    visit : str
    day : int
        Study day.
    preprocessed, synthetic, segmented : Manifest
    """

    visit: str
    day: int
    preprocessed: Manifest
    synthetic: Manifest
    segmented: Manifest

    def has_image_stage(self, contrast: str) -> bool:
        """Whether an image of a contrast was made, or is what it lacks: masks need none."""
        failed = self.synthetic.fault(contrast) and not self.segmented.has(contrast)
        return self.synthetic.has(contrast) or bool(failed)

    def masked(self, contrasts: Iterable[str]) -> bool:
        """Whether another's mask of any contrast is there."""
        brought = self.segmented.notes.get("brought", {})
        return any(name in brought and self.segmented.has(name) for name in contrasts)


def read_visits(patient: str, days: Mapping[str, int], folder: Path) -> list[VisitScans]:
    """Read the manifests of a patient's visits, ordered by day.

    A visit without manifests is a clinical contact: the workflow runs no image stage for it.

    Parameters
    ----------
    patient : str
    days : mapping of str to int
        Visit to study day.
    folder : Path
        Results folder; manifests are in ``visits/{patient}/{visit}/{stage}/status.json``.
    """
    found = []
    for visit, day in sorted(days.items(), key=lambda item: item[1]):
        manifests = {
            name: _read(folder / "visits" / patient / visit / name, patient, visit, stage)
            for name, stage in STAGES.items()
        }
        found.append(VisitScans(visit, day, **manifests))
    return found


def _read(folder: Path, patient: str, visit: str, stage: str) -> Manifest:
    path = folder / "status.json"
    if path.exists():
        return Manifest.read(path)
    return Manifest(patient, visit, stage, folder, faults={"visit": NO_IMAGES})
