"""One visit's brought files: into the stages where ours would be made."""

import hashlib
import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.files import write_json
from gadless.images.brought.masks import (
    INSIDE_FAIL,
    INSIDE_WARN,
    Coded,
    Labels,
    check_bright,
    check_inside,
    check_size,
    on_common_grid,
    place_of,
    read_labels,
)
from gadless.images.brought.place import WORLD, Exam, Map, Place, Unit
from gadless.images.normalise import TISSUE
from gadless.images.quality import Findings, Limit
from gadless.images.threads import one_thread
from gadless.images.volume import Mask, Volume
from gadless.images.writing import write_image
from gadless.manifest import Manifest
from gadless.nifti import nibabel
from gadless.trial.config.imaging import Preprocess

Paths = Mapping[str, Path | None]

# Two sequences of one grid between which the head moved farther leave a doubt worth a warning.
DOUBT_MM = 2.0
# Two masks that agree in every one of so many voxels are one.
COPIED_VOXELS = 100

log = logging.getLogger(__name__)


def bring_images(
    synthetic: Manifest,
    exam: Manifest,
    brought: Mapping[str, Mapping[str, Path | None]],
    units: Mapping[str, Unit],
    settings: Preprocess,
) -> None:
    """Put images that others made where a generator's would be: ``{contrast}.nii.gz``.

    Parameters
    ----------
    synthetic : Manifest
        Of stage ``synthesise``, not yet written; gets files, faults and notes.
    exam : Manifest
        Of stage ``preprocess``.
    brought : mapping
        Contrast to ``{"t1c": path}`` or ``{"map": path}``; a path that is None was to come and is
        not there at this visit.
    units : mapping
        Contrast to the unit of its maps.
    settings : Preprocess
        Limits and seeds of the registration.
    """
    visit = _Visit(synthetic, exam)
    for contrast, files in brought.items():
        with visit.attempt(contrast), one_thread():
            for kind, path in files.items():
                column = f"{kind}_{contrast}"
                source, unit = visit.take(contrast, column, path), units.get(contrast)
                visit.keep(contrast, *visit.map_from(kind, source, column, unit, settings))
    visit.finish()


def bring_masks(
    segmented: Manifest,
    exam: Manifest,
    brought: Paths,
    codings: Mapping[str, Coded],
    acquired: Collection[str],
) -> None:
    """Put masks that others made where our segmenter's would be: ``{contrast}.nii.gz``.

    Parameters
    ----------
    segmented : Manifest
        Of stage ``segment``, not yet written; gets files, faults and notes: among these ``drawn``,
        by which `gadless.measurement.visit` tells one mask that stands under two names.
    exam : Manifest
        Of stage ``preprocess``. Where no T1 was given at all, a mask stays on its own grid.
    brought : mapping
        Contrast to path; None: it was to come and is not there at this visit.
    codings : mapping
        Contrast to the coding of its masks.
    acquired : collection of str
        Contrasts whose masks were drawn on the acquired T1c: the reference and its repeat.
    """
    visit = _Visit(segmented, exam)
    for contrast, path in brought.items():
        column = f"mask_{contrast}"
        with visit.attempt(contrast):
            labels = read_labels(visit.take(contrast, column, path), codings[contrast], column)
            visit.mask_from(contrast, labels, column, contrast in acquired)
            if np.count_nonzero(labels.data) >= COPIED_VOXELS:
                segmented.notes.setdefault("drawn", {})[contrast] = _voxels(labels)
    visit.finish()


def _voxels(labels: Labels) -> str:
    """Return what two masks have in common if they agree in every voxel, and only then."""
    content = repr(labels.data.shape).encode() + np.ascontiguousarray(labels.data).tobytes()
    return hashlib.sha256(content).hexdigest()


class _Visit:
    """What bringing files to one visit needs, read once, and what came of it."""

    def __init__(self, manifest: Manifest, exam: Manifest) -> None:
        self.manifest = manifest
        self.source = exam
        self.findings = Findings()
        self._exam: Exam | None = None

    @contextmanager
    def attempt(self, contrast: str) -> Iterator[None]:
        """Make one contrast's file, or record why not."""
        try:
            yield
        except DataFault as fault:
            self.manifest.faults[contrast] = str(fault)
            self.manifest.files.pop(contrast, None)
            (self.manifest.folder / f"{contrast}.nii.gz").unlink(missing_ok=True)
            log.warning(
                "patient %s, visit %s: %s", self.manifest.patient, self.manifest.visit, fault
            )

    def take(self, contrast: str, column: str, path: Path | None) -> Path:
        """Note whose file it is.

        Raises
        ------
        DataFault
            If this visit has none.
        """
        if path is None:
            raise DataFault(f"no {column} given")
        self.manifest.notes.setdefault("brought", {})[contrast] = path.name
        return path

    def keep(self, contrast: str, data: NDArray, place: str) -> None:
        """Write one contrast's file on the common grid."""
        write_image(data, self.exam.grid.affine, self._file(contrast, place))

    def keep_native(self, contrast: str, labels: Labels) -> None:
        """Write a mask on its own grid."""
        path = self._file(contrast, "its own")
        write_image(labels.data, labels.grid.affine, path, labels.grid.code)

    def _file(self, contrast: str, place: str) -> Path:
        self.manifest.notes.setdefault("brought_grid", {})[contrast] = place
        self.manifest.files[contrast] = f"{contrast}.nii.gz"
        return self.manifest.folder / self.manifest.files[contrast]

    def finish(self) -> None:
        """Write what the checks found."""
        if self.findings.rows:
            write_json(self.findings.as_records(), self.manifest.folder / "quality.json")
            self.manifest.files["quality"] = "quality.json"

    @property
    def exam(self) -> Exam:
        """Where the visit's scans lie.

        Raises
        ------
        DataFault
            If it has none that can be used.
        """
        if reason := self.source.fault("t1"):
            raise DataFault(reason)
        if self._exam is None:
            self._exam = Exam.read(self.source)
        return self._exam

    def map_from(
        self, kind: str, path: Path, column: str, unit: Unit | None, settings: Preprocess
    ) -> tuple[Map, str]:
        """Bring one image over as a map, and check it."""
        # Registration, which a visit without maps of others has no use for.
        from gadless.images.brought.maps import check_leak, check_map, map_as_given, map_of_t1c

        grid = self.exam.grid
        t1, brain = Volume(self.image("t1"), grid.affine), self.image("brain") > 0
        if kind == "t1c":
            others = [self.image(name) for name in TISSUE if self.source.has(name)]
            found = map_of_t1c(path, self.exam, t1, brain, settings, column, self.findings, others)
        else:
            if unit is None:
                raise DataFault(f"{column}: `map_units` does not state its units")
            found = map_as_given(path, self.exam, brain, unit, settings, column, self.findings)
        check_map(found[0], t1, brain, column, self.findings)
        if self.source.has("subtraction"):
            check_leak(found[0], self.image("subtraction"), brain, column, self.findings)
        return found

    def mask_from(self, contrast: str, labels: Labels, column: str, acquired: bool) -> None:
        """Bring one mask over, and check it; without any T1 it stays where it is."""
        if labels.left_out_cm3:
            self.manifest.notes.setdefault("no_tumour_cm3", {})[contrast] = labels.left_out_cm3
        if not labels.data.any():
            self.findings.note(column, "brought", "labelled", "nothing: no tumour")
        if "t1" not in self.source.notes.get("given", ["t1"]):
            if not labels.oriented:
                raise DataFault(
                    f"{column}: its header does not state where it lies, and there is no T1"
                )
            check_size(labels.data, labels.grid.voxel_cm3, None, column)
            self.keep_native(contrast, labels)
            return
        place = place_of(labels, self.exam, column)
        carried = on_common_grid(labels, place, self.exam)
        brain = self.image("brain") > 0
        self._check_mask(labels, carried, place, brain, column)
        check_size(carried, self.exam.grid.voxel_cm3, brain, column)
        names = [name for name in ("flair", "subtraction") if self.source.has(name)]
        shown, voxel_cm3 = {name: self.image(name) for name in names}, self.exam.grid.voxel_cm3
        check_bright(carried, shown, brain, voxel_cm3, column, self.findings, acquired=acquired)
        self.keep(contrast, carried, place.name)

    def _check_mask(
        self,
        labels: Labels,
        carried: NDArray[np.uint8],
        place: Place,
        brain: Mask,
        column: str,
    ) -> None:
        share, fault = check_inside(carried, labels, place, brain, self.exam, column)
        figure = "share of it in the brain"
        limit = Limit("at_least", INSIDE_WARN, INSIDE_FAIL)
        self.findings.hold(column, "brought", figure, share, limit)
        if fault is not None:
            raise DataFault(fault)
        if place.name == WORLD:
            figure, value = "grid", "that of no scan of the visit: placed by its header"
            self.findings.note(column, "brought", figure, value, warn=True)
        if place.doubt_mm > DOUBT_MM:
            figure = (
                f"grid shared by sequences, taken as that of {place.name}; else it lies off, mm"
            )
            self.findings.note(column, "brought", figure, place.doubt_mm, warn=True)

    def image(self, name: str) -> NDArray[np.float32]:
        """Read an image of the preprocessed visit."""
        image = nibabel.Nifti1Image.from_filename(self.source.path(name))
        return np.asarray(image.dataobj, dtype=np.float32)
