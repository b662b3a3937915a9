"""The masks of one visit, back on the grid of a scan as the site made it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.files import read_json
from gadless.images.measured import Measured
from gadless.images.preprocess import SPACE
from gadless.images.transforms import on_own_grid
from gadless.images.volume import SCANNER, Grid
from gadless.images.writing import write_image
from gadless.manifest import Manifest
from gadless.nifti import nibabel

STAGE = "native"
DICOM = "dicom_"
"""How the names of DICOM segmentations begin, among the files; the contrast follows."""
REPORT = "report_"
"""Likewise of the structured reports of what was measured."""

log = logging.getLogger(__name__)


def masks_on_scan(
    exam: Manifest,
    segmented: Manifest,
    contrasts: Sequence[str],
    sequence: str,
    folder: Path,
    series: tuple[Path, str | None] | None = None,
    measured: Measured | None = None,
    *,
    identified: bool = False,
) -> Manifest:
    """Bring every mask of a visit to the grid of one of its scans, as NIfTI and DICOM.

    Parameters
    ----------
    exam, segmented : Manifest
        Of stages ``preprocess`` and ``segment``.
    contrasts : sequence of str
    sequence : str
        Whose scan's grid is taken; where the visit has none of it, the T1's.
    folder : Path
        Receives ``{contrast}.nii.gz``, with the scan's own shape, affine and ``sform_code``;
        ``{contrast}.dcm``, ``{contrast}.sr.dcm``; and, last, ``status.json``.
    series : (Path, str or None), optional
        Folder of the DICOM series that the scan was made of, and its UID where the folder holds
        others too. Left out: no DICOM is written.
    measured : Measured, optional
        Of the patient. Left out: there is no report of it beside the segmentation.
    identified : bool
        See `gadless.images.dicom_seg.write_seg`.

    Returns
    -------
    Manifest
        Labels: 0 background, 1 enhancing, 2 non-enhancing abnormality, 3 necrosis. What could not
        be made stands among its faults; this function raises no `DataFault`.
    """
    manifest = Manifest(exam.patient, exam.visit, STAGE, folder)
    for contrast in contrasts:
        if not segmented.has(contrast):
            reason = exam.fault(SPACE) or segmented.fault(contrast) or "no mask was made"
            manifest.faults[contrast] = reason
            continue
        try:
            labels, grid = _labels(exam, segmented, contrast, sequence, manifest)
        except DataFault as fault:
            manifest.faults[contrast] = str(fault)
            continue
        manifest.files[contrast] = f"{contrast}.nii.gz"
        write_image(labels, grid.affine, folder / manifest.files[contrast], grid.code)
        if series is not None:
            dicom = _Dicom(manifest, contrast, contrast in segmented.notes.get("brought", {}))
            dicom.add(labels, grid, series, measured, identified)
    manifest.write()
    return manifest


def _labels(
    exam: Manifest, segmented: Manifest, contrast: str, sequence: str, manifest: Manifest
) -> tuple[NDArray[np.uint8], Grid]:
    mask = segmented.path(contrast)
    if segmented.notes.get("brought_grid", {}).get(contrast) == "its own":
        # Without a T1 a mask stays where it was drawn.
        manifest.notes.setdefault("grid", {})[contrast] = "its own"
        image = nibabel.Nifti1Image.from_filename(mask)
        i, j, k = image.shape
        return np.asarray(image.dataobj), Grid((i, j, k), np.asarray(image.affine), SCANNER)
    if not exam.has("transforms"):
        raise DataFault(exam.fault(SPACE) or "the visit was not preprocessed")
    transforms = exam.path("transforms")
    taken = sequence if sequence in read_json(transforms)["sequences"] else SPACE
    manifest.notes.setdefault("grid", {})[contrast] = taken
    return on_own_grid(mask, transforms, taken)


class _Dicom:
    """What DICOM has of one mask: a segmentation, and a report of what was measured."""

    def __init__(self, manifest: Manifest, contrast: str, theirs: bool) -> None:
        self._manifest, self._contrast = manifest, contrast
        self._described = {
            "patient": manifest.patient,
            "mask": contrast,
            "algorithm": f"made elsewhere (mask_{contrast})" if theirs else "Gadless segmenter",
            "automatic": "no" if theirs else "yes",
        }

    def add(
        self,
        labels: NDArray[np.uint8],
        grid: Grid,
        series: tuple[Path, str | None],
        measured: Measured | None,
        identified: bool,
    ) -> None:
        # Late: highdicom takes half a second, and most trials have no DICOM.
        from gadless.images.dicom_seg import write_seg
        from gadless.images.dicom_sr import write_sr

        manifest, contrast = self._manifest, self._contrast
        (place, uid), file = series, f"{contrast}.dcm"
        path, described = manifest.folder / file, self._described
        try:
            mask, sources = write_seg(
                labels, grid, place, path, described, uid, identified=identified
            )
        except DataFault as fault:
            self._fail(DICOM, f"DICOM series: {fault}")
            return
        manifest.files[f"{DICOM}{contrast}"] = file
        if measured is None:
            return
        report = f"{contrast}.sr.dcm"
        acquired = "yes" if contrast in measured.acquired else "no"
        described = {**described, "trial": measured.trial, "acquired": acquired}
        try:
            reading = measured.of(manifest.visit, contrast)
        except DataFault as fault:
            self._fail(REPORT, f"DICOM report: {fault}")
            return
        write_sr(mask, sources, reading, manifest.folder / report, described, identified=identified)
        manifest.files[f"{REPORT}{contrast}"] = report

    def _fail(self, kind: str, reason: str) -> None:
        manifest = self._manifest
        manifest.faults[f"{kind}{self._contrast}"] = reason
        log.warning("patient %s, visit %s: %s", manifest.patient, manifest.visit, reason)
