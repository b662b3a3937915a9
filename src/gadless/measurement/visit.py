"""One visit as measurement sees it: the manifests of the image stages, as far as they are asked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gadless.errors import DataFault, GadlessError
from gadless.manifest import STATUS, Manifest
from gadless.measurement.identity import foreign_visits
from gadless.measurement.volumes import LabelMap, read_label_map

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

    def label_map(self, contrast: str) -> LabelMap | None:
        """Read a mask; None where there is none that can be read, which the measurement tells."""
        if not self.segmented.has(contrast):
            return None
        try:
            return read_label_map(self.segmented.path(contrast))
        except DataFault:
            return None

    def masked(self, contrasts: Iterable[str]) -> bool:
        """Whether another's mask of any contrast is there."""
        brought = self.segmented.notes.get("brought", {})
        return any(name in brought and self.segmented.has(name) for name in contrasts)


def read_visits(
    patient: str,
    days: Mapping[str, int],
    imaged: Collection[str],
    contrasts: Sequence[str],
    folder: Path,
) -> list[VisitScans]:
    """Read the manifests of a patient's visits, ordered by day.

    Only the sheet says which visits have images, whatever lies in the folder: that of a scan that
    was withdrawn may still be there.

    Parameters
    ----------
    patient : str
    days : mapping of str to int
        Visit to study day.
    imaged : collection of str
        Visits of which the sheet names an image; the others are clinical contacts.
    contrasts : sequence of str
        In the order of the tables. What was made of further ones is left out.
    folder : Path
        Results folder; manifests are in ``visits/{patient}/{visit}/{stage}/status.json``.

    Raises
    ------
    GadlessError
        If a stage has not run for a visit with images.
    """
    found = []
    for visit, day in sorted(days.items(), key=lambda item: item[1]):
        manifests = {}
        for name, stage in STAGES.items():
            place = folder / "visits" / patient / visit / name
            if visit in imaged:
                manifests[name] = _read(place, patient, visit, stage)
            else:
                faults = {"visit": NO_IMAGES}
                manifests[name] = Manifest(patient, visit, stage, place, faults=faults)
        manifests["segmented"] = _without_copies(manifests["segmented"], contrasts)
        found.append(VisitScans(visit, day, **manifests))
    foreign = foreign_visits(scans.preprocessed for scans in found)
    return [
        _refused(scans, foreign[scans.visit]) if scans.visit in foreign else scans
        for scans in found
    ]


def _refused(scans: VisitScans, reason: str) -> VisitScans:
    """Take a visit's images away, and leave their figures."""

    def without(stage: Manifest) -> Manifest:
        files = {name: file for name, file in stage.files.items() if name == "quality"}
        return replace(stage, files=files, faults={"visit": reason})

    return VisitScans(
        scans.visit,
        scans.day,
        without(scans.preprocessed),
        without(scans.synthetic),
        without(scans.segmented),
    )


def _read(folder: Path, patient: str, visit: str, stage: str) -> Manifest:
    path = folder / STATUS
    if not path.exists():
        raise GadlessError(
            f"patient {patient}, visit {visit}: {path} is not there, so {stage} has not run; run"
            " again"
        )
    return Manifest.read(path)


def _without_copies(segmented: Manifest, contrasts: Sequence[str]) -> Manifest:
    """Refuse a mask that is another contrast's, voxel for voxel.

    Here and not where masks are brought: which contrasts there are is a matter of the
    configuration, and a shorter list makes no image again.
    """
    drawn: dict[str, str] = segmented.notes.get("drawn", {})
    first: dict[str, str] = {}
    faults, files = dict(segmented.faults), dict(segmented.files)
    for contrast in contrasts:
        if contrast not in drawn or not segmented.has(contrast):
            continue
        other = first.setdefault(drawn[contrast], contrast)
        if other != contrast:
            del files[contrast]
            faults[contrast] = (
                f"mask_{contrast}: voxel for voxel the mask of mask_{other}: a copy, and no reading"
                " of its own"
            )
    return replace(segmented, files=files, faults=faults)
