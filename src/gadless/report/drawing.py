"""A figure and the words that go with it; style and files shared by all figures."""

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, Self, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gadless.files import written_whole

WIDTH = 9.6
"""Width of every figure in inches: the page's column, at which text of 9 pt stays legible."""

INK = "#1a1a1a"
QUIET = "#6b6b6b"
FAINT = "#d9d9d9"

# Okabe and Ito's palette, safe for the colour-blind. Line style and marker say the same again, for
# greyscale print; there are six, eight and seven of them, so no two contrasts of a trial share all.
_COLOURS = ("#000000", "#D55E00", "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")
_LINES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.6)),
    (0, (1.2, 1.2)),
    (0, (6, 1.6, 1.2, 1.6)),
    (0, (3, 1)),
    (0, (8, 3)),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")

RESPONSES = ("CR", "PR", "MR", "SD", "PD", "NE")
"""Categories from best to worst; not evaluable last."""

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "savefig.facecolor": "white",
    # A dollar sign in somebody's identifier starts no formula.
    "text.parse_math": False,
    # Paths need no font on the reader's machine; a fixed salt makes equal figures equal files.
    "svg.fonttype": "path",
    "svg.hashsalt": "gadless",
}


@dataclass(frozen=True)
class Drawing:
    """One figure of the report, or the reason why there is none.

    Attributes
    ----------
    name : str
        Stem of its files.
    title, caption : str
        Heading, and what the reader is to see and to know; plain text.
    alt : str
        What the figure shows, for those who cannot see it.
    figure : Figure or None
    absent : str or None
        Why nothing could be drawn, in words.
    """

    name: str
    title: str
    caption: str = ""
    alt: str = ""
    figure: Figure | None = None
    absent: str | None = None

    def without(self, reason: str) -> Self:
        """Return the drawing that could not be made, and why."""
        return replace(self, alt=reason, absent=reason)

    def drawn(self, figure: Figure, alt: str) -> Self:
        """Return the drawing with its figure."""
        return replace(self, figure=figure, alt=alt)


Parameters = ParamSpec("Parameters")
Drawn = TypeVar("Drawn")


def styled(draw: Callable[Parameters, Drawn]) -> Callable[Parameters, Drawn]:
    """Run a drawing function under the report's style, whatever the user's own settings are."""

    @wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Drawn:
        with _style():
            return draw(*args, **kwargs)

    return drawn


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def canvas(height: float) -> Figure:
    """Return an empty figure of the page's width; no window system is ever asked."""
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


_FORMATS: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None}},
    "pdf": {"metadata": {"CreationDate": None}},
    "png": {"dpi": 160},
}


def save(drawing: Drawing, folder: Path) -> dict[str, Path]:
    """Write a drawing as SVG, PDF and PNG; a drawing that is absent becomes its reason in words.

    The files always exist, so that a workflow can name them before anyone knows what a trial's
    data allow. Equal drawings give equal bytes.
    """
    with _style():
        figure = drawing.figure if drawing.figure is not None else _card(drawing)
        files = {}
        for suffix, options in _FORMATS.items():
            files[suffix] = folder / f"{drawing.name}.{suffix}"
            with written_whole(files[suffix]) as scratch:
                figure.savefig(scratch, format=suffix, **options)
            figure.set_layout_engine("none")  # the later files are laid out as the first was
    return files


def _card(drawing: Drawing) -> Figure:
    lines = textwrap.wrap(f"{drawing.title}: not drawn. {drawing.absent}", 100)
    figure = canvas(0.4 + 0.2 * len(lines))
    figure.text(0.02, 0.5, "\n".join(lines), va="center", color=INK)
    return figure


def colour(position: int) -> str:
    """Colour of the contrast (or arm) at a position, whatever its name; the reference is first."""
    return _COLOURS[position % len(_COLOURS)]


def line(position: int) -> Any:
    """Line style of the contrast (or arm) at a position."""
    return _LINES[position % len(_LINES)]


def marker(position: int) -> str:
    """Marker of the contrast (or arm) at a position."""
    return _MARKERS[position % len(_MARKERS)]


def grid(axes: Axes, axis: Literal["both", "x", "y"] = "both") -> None:
    """Draw a faint grid behind the data."""
    axes.grid(visible=True, axis=axis, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
