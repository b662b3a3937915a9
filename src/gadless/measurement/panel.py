"""One visit in one picture: its sequences, and every contrast with the tumour's outlines."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import AbstractPathEffect, withStroke
from numpy.typing import NDArray
from PIL import Image

from gadless.files import written_whole
from gadless.manifest import Manifest
from gadless.measurement.view import View, choose_view
from gadless.measurement.volumes import ENHANCING, LabelMap, canonical, read_label_map
from gadless.nifti import nibabel
from gadless.trial.config.sequences import Sequence as Shown

# Acquired and synthetic contrast share one window, on every visit: their brightness compares.
CONTRAST_TOP = 2.2

# Light with a dark edge, and told apart by the dashes: neither colour vision nor a colour printer
# is needed.
_EDGE: list[AbstractPathEffect] = [withStroke(linewidth=1.9, foreground="black")]
_OUTLINES: dict[str, dict[str, Any]] = {
    "enhancing tumour": {"color": "#ffd23f", "linestyle": "solid", "linewidth": 1.0},
    "whole abnormality": {"color": "#8fdcff", "linestyle": (0, (3.5, 2.2)), "linewidth": 0.9},
}

TILE_INCHES, DPI, GREYS = 2.2, 120, 48
SCALE_BAR_MM = 50.0


@dataclass(frozen=True)
class Tile:
    """One image of the panel; where there is none and no mask either, the note says why."""

    title: str
    top: float
    image: NDArray[np.float32] | None = None
    labels: LabelMap | None = None
    note: str | None = None


def draw_panel(
    exam: Manifest,
    synthetic: Manifest,
    segmented: Manifest,
    contrasts: Sequence[str],
    sequences: Mapping[str, Shown],
    path: Path,
) -> None:
    """Draw one visit as a PNG.

    Radiological convention: seen from the feet, the patient's left on the right. The slice is that
    of `gadless.measurement.view.choose_view`. What is missing is an empty tile with the reason; a
    mask whose contrast has no image is outlined on the T1, else on the next sequence, else alone.
    Equal input gives equal bytes.

    Parameters
    ----------
    exam, synthetic, segmented : Manifest
        Of the stages ``preprocess``, ``synthesise`` and ``segment``; none need be written yet.
    contrasts : sequence of str
        The reference first, then the candidates.
    sequences : mapping of str to Sequence
        Those that are drawn, but for what was acquired after gadolinium: that is a contrast.
    path : Path
    """
    labels = {
        contrast: read_label_map(segmented.path(contrast))
        for contrast in contrasts
        if segmented.has(contrast)
    }
    area = area_of(exam, labels)
    # Masks that others drew without an image of ours need not lie on one grid.
    outlined = {name: one for name, one in labels.items() if area and one.same_grid(area)}
    view = choose_view(area, outlined) if area else None
    plain = {name: one for name, one in sequences.items() if one.drawn and not one.enhanced}
    upper = [_sequence_tile(exam, name, shown) for name, shown in plain.items()]
    lower = []
    for contrast in contrasts:
        acquired = contrast == contrasts[0]
        tile = _contrast_tile(exam, synthetic, segmented, plain, contrast, acquired)
        if contrast in labels and contrast not in outlined:
            tile = replace(tile, note="mask on another grid: not drawn")
        lower.append(replace(tile, labels=outlined.get(contrast)))
    _save(_figure(upper, lower, view, f"{exam.patient}, visit {exam.visit}"), path)


def area_of(exam: Manifest, labels: Mapping[str, LabelMap]) -> LabelMap | None:
    """Return 1 where the picture reaches: the brain, or all of a mask's grid where masks are all.

    None where there is neither.
    """
    if exam.has("brain"):
        brain = nibabel.Nifti1Image.from_filename(exam.path("brain"))
        return canonical(np.asarray(brain.dataobj) > 0, brain.affine)
    for one in labels.values():
        return LabelMap(np.ones_like(one.labels), one.affine)
    return None


def _contrast_tile(
    exam: Manifest,
    synthetic: Manifest,
    segmented: Manifest,
    plain: Mapping[str, Shown],
    contrast: str,
    acquired: bool,
) -> Tile:
    """Image and origin of a contrast; a mask without an image of its own lies on the T1."""
    image, reason = contrast_image(exam, synthetic, contrast, acquired)
    masked = segmented.has(contrast)
    if image is None and masked:
        for name, shown in plain.items():
            if exam.has(name):
                return Tile(f"{contrast}, mask on {shown.title}", shown.window, _read(exam, name))
        return Tile(f"{contrast}, mask alone", CONTRAST_TOP)
    made = "made elsewhere" if contrast in synthetic.notes.get("brought", {}) else "synthetic"
    origin = "acquired" if acquired else made
    if contrast in segmented.notes.get("brought", {}):
        origin += "; mask brought"
    if reason is None and not masked:
        reason = segmented.fault(contrast) or "not segmented"
    return Tile(f"{contrast}, {origin}", CONTRAST_TOP, image, note=reason)


def _sequence_tile(exam: Manifest, name: str, shown: Shown) -> Tile:
    if exam.has(name):
        return Tile(shown.title, shown.window, _read(exam, name))
    return Tile(shown.title, shown.window, note=exam.fault(name) or f"no {shown.title}")


def contrast_image(
    exam: Manifest, synthetic: Manifest, contrast: str, acquired: bool
) -> tuple[NDArray[np.float32] | None, str | None]:
    """T1 after gadolinium, or T1 plus the predicted map; else the reason why there is none."""
    if acquired:
        made = exam.has("t1c")
        return (_read(exam, "t1c"), None) if made else (None, exam.fault("t1c") or "no T1c")
    if exam.has("t1") and synthetic.has(contrast):
        return _read(exam, "t1") + _read(synthetic, contrast), None
    return None, synthetic.fault(contrast) or exam.fault("t1") or "not synthesised"


def _read(manifest: Manifest, name: str) -> NDArray[np.float32]:
    image = nibabel.Nifti1Image.from_filename(manifest.path(name))
    return np.asarray(nibabel.as_closest_canonical(image).dataobj, dtype=np.float32)


def _figure(
    upper: Sequence[Tile], lower: Sequence[Tile], view: View | None, heading: str
) -> Figure:
    """Sequences in the upper row, contrasts in the lower."""
    columns = max(len(upper), len(lower))
    width, height = view.size_mm if view else (1.0, 1.2)
    tall = TILE_INCHES * height / width
    title, foot = 0.22, 0.42
    size = (columns * TILE_INCHES, 2 * (tall + title) + foot)
    figure = Figure(figsize=size, dpi=DPI, facecolor="black")
    places = [(0, column, tile) for column, tile in enumerate(upper)]
    places += [(1, column, tile) for column, tile in enumerate(lower)]
    for row, column, tile in places:
        bottom = foot + (1 - row) * (tall + title)
        place = (column / columns, bottom / size[1], 1 / columns, tall / size[1])
        axes = figure.add_axes(place, xticks=[], yticks=[], facecolor="black")
        axes.set_title(tile.title, color="white", fontsize=9, pad=3)
        _draw_tile(axes, tile, view)
    _caption(figure, view, heading, size)
    return figure


def _draw_tile(axes: Axes, tile: Tile, view: View | None) -> None:
    for spine in axes.spines.values():
        spine.set(color="#555555", linewidth=0.6)
    if tile.note is not None:
        middle = tile.image is None or view is None
        axes.text(
            0.5,
            0.5 if middle else 0.02,
            fill(tile.note, 26),
            transform=axes.transAxes,
            ha="center",
            va="center" if middle else "bottom",
            color="white",
            fontsize=8,
            path_effects=_EDGE,
        )
    if view is None or (tile.image is None and tile.labels is None):
        return
    width, height = view.size_mm
    extent = (0.0, width, 0.0, height)
    if tile.image is not None:
        axes.imshow(
            view.cut(tile.image),
            cmap="gray",
            vmin=0.0,
            vmax=tile.top,
            origin="lower",
            extent=extent,
            interpolation="bilinear",
        )
    axes.set(xlim=(0.0, width), ylim=(0.0, height))
    if tile.labels is not None:
        shown = view.cut(tile.labels.labels)
        for mask, style in zip((shown == ENHANCING, shown > 0), _OUTLINES.values(), strict=True):
            _draw_outline(axes, mask, extent, style)
    for side, x in (("R", 0.03), ("L", 0.97)):
        axes.text(
            x,
            0.5,
            side,
            transform=axes.transAxes,
            ha="left" if side == "R" else "right",
            va="center",
            color="white",
            fontsize=8,
            path_effects=_EDGE,
        )


def _draw_outline(
    axes: Axes, mask: NDArray, extent: tuple[float, float, float, float], style: dict[str, Any]
) -> None:
    if not mask.any():
        return
    lines = axes.contour(
        mask.astype(float),
        levels=[0.5],
        origin="lower",
        extent=extent,
        colors=style["color"],
        linestyles=[style["linestyle"]],
        linewidths=style["linewidth"],
    )
    lines.set_path_effects(_EDGE)


def _caption(figure: Figure, view: View | None, heading: str, size: tuple[float, float]) -> None:
    """Patient, slice, scale and legend, below the tiles."""
    text = heading
    if view is not None:
        text += f"; axial, z = {view.height_mm:.0f} mm; R, L: the patient's right and left"
        length = SCALE_BAR_MM / view.size_mm[0] * TILE_INCHES / size[0]
        left, level = 1 - 0.06 / size[0] - length, 0.1 / size[1]
        figure.add_artist(Line2D([left, left + length], [level] * 2, color="white", linewidth=2))
        figure.text(
            left - 0.06 / size[0],
            level,
            f"{SCALE_BAR_MM:.0f} mm",
            color="white",
            fontsize=8,
            ha="right",
            va="center",
        )
    figure.text(0.06 / size[0], 0.3 / size[1], text, color="white", fontsize=8, va="center")
    left = 0.06 / size[0]
    for name, style in _OUTLINES.items():
        line = Line2D([left, left + 0.28 / size[0]], [0.1 / size[1]] * 2, **style)
        figure.add_artist(line)
        figure.text(
            left + 0.34 / size[0], 0.1 / size[1], name, color="white", fontsize=8, va="center"
        )
        left += 1.6 / size[0]


def _save(figure: Figure, path: Path) -> None:
    """Write as PNG with few colours: one panel a visit adds up over a trial."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    buffer = io.BytesIO()
    few = drawn.quantize(palette=_palette(), dither=Image.Dither.NONE)
    few.save(buffer, format="PNG", optimize=True)
    with written_whole(path) as scratch:
        scratch.write_bytes(buffer.getvalue())


def _palette() -> Image.Image:
    """Evenly spaced greys, and each line's colour on its way to black."""
    greys = np.linspace(0, 1, GREYS)[:, None].repeat(3, axis=1)
    lines = [
        share * np.array(to_rgb(style["color"]))
        for style in _OUTLINES.values()
        for share in (0.4, 0.6, 0.8, 1.0)
    ]
    picture = Image.new("P", (1, 1))
    picture.putpalette(np.rint(255 * np.vstack([greys, *lines])).astype(np.uint8).tobytes())
    return picture
