"""The images of one patient as a page shows them: small, and all on one grid.

Every exam is a mosaic of its axial slices as WebP, 8 bits in the window that all contrasts share;
its labels are a second one, without loss. A page decodes both with what every browser has.
"""

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from gadless.files import write_json
from gadless.measurement.panel import CONTRAST_TOP, area_of, contrast_image
from gadless.measurement.visit import VisitScans
from gadless.measurement.volumes import ENHANCING, LabelMap

FILE = "view.json"
"""Beside a patient's tables."""

FINEST_MM = 1.0
"""Voxel edge shown at least: finer grids are averaged to it, for size."""

MARGIN_MM = 8.0
"""Shown round the brain; what lies further off is left black."""

QUALITY = 62
_LABEL_STEP = 85
_THUMB_PIXELS = 96


@dataclass(frozen=True)
class Frame:
    """The grid that a patient is shown on.

    Attributes
    ----------
    box : tuple of slice
        Of the patient's own grid.
    shown : ndarray of bool
        Within `box`: near the brain.
    shape : tuple of int
        Of what is shown.
    spacing_mm : tuple of float
    origin_mm : tuple of float
        Centre of the first voxel shown.
    labels : LabelMap
        Any map on the patient's grid.
    """

    box: tuple[slice, slice, slice]
    shown: NDArray[np.bool_]
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    grid: LabelMap

    @classmethod
    def around(cls, areas: Sequence[LabelMap]) -> "Frame":
        """Return the grid that holds the brains of all visits."""
        grid = areas[0]
        union = np.any([area.labels > 0 for area in areas], axis=0)
        own = np.asarray(grid.spacing_mm)
        found = ndimage.find_objects(union.astype(np.uint8))[0]
        more = [math.ceil(MARGIN_MM / edge) for edge in own]
        x, y, z = (
            slice(max(part.start - wide, 0), min(part.stop + wide, size))
            for part, wide, size in zip(found, more, union.shape, strict=True)
        )
        box = (x, y, z)
        near = ndimage.distance_transform_edt(~union[box], sampling=own) <= MARGIN_MM
        sizes = near.shape
        shape = tuple(
            max(1, round(size * edge / max(edge, FINEST_MM)))
            for size, edge in zip(sizes, own, strict=True)
        )
        spacing = own * sizes / shape
        first = np.array([part.start for part in box]) - 0.5 + 0.5 * np.divide(sizes, shape)
        origin = (grid.affine @ (*first, 1.0))[:3]
        return cls(
            box,
            near,
            (shape[0], shape[1], shape[2]),
            tuple(round(float(edge), 6) for edge in spacing),  # type: ignore[arg-type]
            tuple(round(float(place), 4) for place in origin),  # type: ignore[arg-type]
            grid,
        )

    def image(self, image: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Cut an image out in 8 bits."""
        cut = np.where(self.shown, image[self.box], 0.0).astype(np.float32)
        if cut.shape != self.shape:
            cut = ndimage.zoom(
                cut, np.divide(self.shape, cut.shape), order=1, mode="nearest", grid_mode=True
            )
        return np.rint(255 * np.clip(cut / CONTRAST_TOP, 0, 1)).astype(np.uint8)

    def labels(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut labels out; each voxel shown takes the label at its centre."""
        cut = labels[self.box]
        places = [
            np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)
            for new, old in zip(self.shape, cut.shape, strict=True)
        ]
        return np.ascontiguousarray(cut[np.ix_(*places)])


def write_view(
    visits: Iterable[VisitScans],
    imaged: Sequence[str],
    contrasts: Sequence[str],
    places: pd.DataFrame,
    path: Path,
) -> None:
    """Write what a page shows of one patient's images.

    Parameters
    ----------
    visits : iterable of VisitScans
    imaged : sequence of str
        Visits of which the sheet names an image.
    contrasts : sequence of str
        The reference first, then the candidates.
    places : DataFrame
        `gadless.measurement.measure.PatientMeasurements.places`.
    path : Path
        Receives JSON; equal input gives equal bytes. Where there is no image it says so by an
        empty list of visits.
    """
    shown = [scans for scans in visits if scans.visit in imaged]
    areas = [area for scans in shown if (area := _area(scans, contrasts)) is not None]
    on_grid = [area for area in areas if area.same_grid(areas[0])]
    if not on_grid or not any(area.labels.any() for area in on_grid):
        write_json({"visits": []}, path)
        return
    frame = Frame.around(on_grid)
    told = [_visit(scans, contrasts, frame) for scans in shown]
    write_json(
        {
            "shape": list(frame.shape),
            "spacing_mm": list(frame.spacing_mm),
            "origin_mm": list(frame.origin_mm),
            "columns": columns_of(frame.shape[2]),
            "contrasts": list(contrasts),
            "visits": told,
            "places": [
                {
                    **{key: row[key] for key in ("visit", "contrast", "lesion")},
                    "at_mm": [row["x_mm"], row["y_mm"], row["z_mm"]],
                }
                for row in places.to_dict("records")
            ],
            "thumbnail": _thumbnail(shown, contrasts, frame),
        },
        path,
    )


def columns_of(slices: int) -> int:
    """Slices in one row of a mosaic."""
    return math.ceil(math.sqrt(slices))


def _area(scans: VisitScans, contrasts: Sequence[str]) -> LabelMap | None:
    """Return 1 in the brain, or all of a mask's grid where masks are all there is."""
    if scans.preprocessed.has("brain"):
        return area_of(scans.preprocessed, {})
    masks = (scans.label_map(name) for name in contrasts)
    return next((area_of(scans.preprocessed, {"": one}) for one in masks if one), None)


def _visit(scans: VisitScans, contrasts: Sequence[str], frame: Frame) -> dict[str, Any]:
    exams = {
        contrast: _exam(scans, contrast, contrast == contrasts[0], frame) for contrast in contrasts
    }
    return {"visit": scans.visit, "day": scans.day, "exams": exams}


def _exam(scans: VisitScans, contrast: str, acquired: bool, frame: Frame) -> dict[str, Any]:
    image, note = contrast_image(scans.preprocessed, scans.synthetic, contrast, acquired)
    labels = _labels(scans, contrast, frame)
    if note is None and labels is None:
        note = scans.segmented.fault(contrast) or "no mask on this grid"
    shape = frame.grid.labels.shape
    if image is not None and image.shape != shape:
        image, note = None, "image on another grid: not shown"
    return {
        "image": None if image is None else mosaic(frame.image(image), lossless=False),
        "labels": None if labels is None else mosaic(labels * _LABEL_STEP, lossless=True),
        "note": note,
    }


def _labels(scans: VisitScans, contrast: str, frame: Frame) -> NDArray[np.uint8] | None:
    found = scans.label_map(contrast)
    if found is None or not found.same_grid(frame.grid):
        return None
    return frame.labels(found.labels)


def mosaic(volume: NDArray[np.uint8], *, lossless: bool) -> str:
    """Return a volume (x, y, z) as the address of a picture of its axial slices.

    Slices stand row by row from the lowest; each with its first voxel at the top left, x to the
    right and y downwards.
    """
    x, y, z = volume.shape
    columns = columns_of(z)
    rows = math.ceil(z / columns)
    picture = np.zeros((rows * y, columns * x), dtype=np.uint8)
    for place in range(z):
        row, column = divmod(place, columns)
        picture[row * y : (row + 1) * y, column * x : (column + 1) * x] = volume[:, :, place].T
    return _webp(Image.fromarray(picture), lossless=lossless)


def _webp(picture: Image.Image, *, lossless: bool) -> str:
    buffer = io.BytesIO()
    kept: Mapping[str, Any] = {"lossless": True} if lossless else {"quality": QUALITY}
    picture.save(buffer, format="WEBP", method=4, **kept)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _thumbnail(shown: Sequence[VisitScans], contrasts: Sequence[str], frame: Frame) -> str | None:
    """Return the reference beside the first candidate: the last visit that has both."""
    for scans in sorted(shown, key=lambda one: -one.day):
        found = [
            contrast_image(scans.preprocessed, scans.synthetic, name, name == contrasts[0])[0]
            for name in contrasts[:2]
        ]
        if any(one is None or one.shape != frame.grid.labels.shape for one in found):
            continue
        labels = [one for name in contrasts if (one := _labels(scans, name, frame)) is not None]
        counts = sum((part == ENHANCING).sum(axis=(0, 1)) for part in labels)
        level = int(np.argmax(counts)) if np.any(counts) else frame.shape[2] // 2
        cuts = [frame.image(one)[::-1, ::-1, level].T for one in found if one is not None]
        picture = Image.fromarray(np.hstack(cuts))
        picture.thumbnail((2 * _THUMB_PIXELS, 2 * _THUMB_PIXELS))
        return _webp(picture, lossless=False)
    return None
