"""The pictures of one patient: a panel of every visit with images, in a folder of their own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from gadless.measurement.panel import draw_panel
from gadless.measurement.visit import VisitScans
from gadless.trial.config.sequences import Sequence as Shown


def draw_panels(
    visits: Iterable[VisitScans],
    imaged: Collection[str],
    contrasts: Sequence[str],
    sequences: Mapping[str, Shown],
    folder: Path,
) -> list[Path]:
    """Draw the visits of a patient, and remove what else lies in the folder.

    Parameters
    ----------
    visits : iterable of VisitScans
    imaged : collection of str
        Visits of which the sheet names an image.
    contrasts : sequence of str
        The reference first, then the candidates.
    sequences : mapping of str to Sequence
        See `gadless.measurement.panel.draw_panel`.
    folder : Path
        Receives ``{visit}.png``.

    Returns
    -------
    list of Path
        What was drawn.
    """
    shown = [scans for scans in visits if scans.visit in imaged]
    drawn = [folder / f"{scans.visit}.png" for scans in shown]
    for old in folder.glob("*"):
        if old not in drawn:
            old.unlink()
    for scans, path in zip(shown, drawn, strict=True):
        stages = (scans.preprocessed, scans.synthetic, scans.segmented)
        draw_panel(*stages, contrasts, sequences, path)
    return drawn
