"""Columns of the visits sheet for what others made, and what each visit has of it.

For every contrast NAME of the configuration: ``mask_NAME`` (a segmentation), ``t1c_NAME`` (a
synthetic post-contrast T1) or ``map_NAME`` (a predicted subtraction map). The reference is
acquired, so it has a mask alone.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from gadless.trial.codings import codings
from gadless.trial.columns import Column
from gadless.trial.config import Config
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW

IMAGES = ("t1c", "map")
KINDS = ("mask", *IMAGES)
_SAID = {
    "mask": "Segmentation of contrast {} by a reader or another network; `labels_of` names its"
    " coding.",
    "t1c": "Post-contrast T1 that another generator made: contrast {}.",
    "map": "Subtraction map that another generator predicted: contrast {}; `map_units` states its"
    " units.",
}


def brought_columns(readings: Iterable[str]) -> tuple[Column, ...]:
    """Return the optional columns for what others made.

    Parameters
    ----------
    readings : iterable of str
        The reference first, which is acquired and so has a mask alone; then the candidates, and the
        repeat if any.
    """
    reference, *others = readings
    named = [("mask", reference), *((kind, name) for name in others for kind in KINDS)]
    return tuple(Column(f"{kind}_{name}", "path", _SAID[kind].format(name)) for kind, name in named)


class Brought:
    """What of a trial others made, by the columns that its visits sheet has.

    A contrast with such a column is brought: where the cell is empty at a visit it is not evaluable
    there, unless `brought_missing` says that ours takes its place.

    Parameters
    ----------
    config : Config
    columns : iterable of str
        The sheet's header; only columns of which a cell is filled count.
    """

    def __init__(self, config: Config, columns: Iterable[str]) -> None:
        self._config = config
        self._columns = frozenset(columns) & {
            column.name for column in brought_columns(config.readings)
        }

    @classmethod
    def of(cls, config: Config, visits: pd.DataFrame) -> "Brought":
        """Look at the columns of a sheet in which a cell is filled."""
        filled = [str(name) for name in visits.columns if visits[name].notna().any()]
        return cls(config, filled)

    @property
    def columns(self) -> list[str]:
        """Columns of paths, sorted."""
        return sorted(self._columns)

    def has(self, kind: str, contrast: str) -> bool:
        """Whether the trial has files of a kind for a contrast."""
        return f"{kind}_{contrast}" in self._columns

    def imaged(self, contrast: str) -> bool:
        """Whether the trial has images of a contrast that others made."""
        return any(self.has(kind, contrast) for kind in IMAGES)

    def images(self, cells: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
        """Images that others made for one visit, by contrast and kind.

        Parameters
        ----------
        cells : mapping
            Column to path, of the cells that are filled.

        Returns
        -------
        dict
            ``{contrast: {"t1c" or "map": path}}``; None: it was to come. A contrast that ours makes
            is not there.
        """
        found: dict[str, dict[str, str | None]] = {}
        for contrast in self._config.readings[1:]:
            kinds = [kind for kind in IMAGES if self.has(kind, contrast)]
            given = [kind for kind in kinds if f"{kind}_{contrast}" in cells]
            if given:
                found[contrast] = {given[0]: cells[f"{given[0]}_{contrast}"]}
            elif kinds and not self._made_by_ours(contrast) and f"mask_{contrast}" not in cells:
                found[contrast] = {kinds[0]: None}
        return found

    def masks(self, cells: Mapping[str, str]) -> dict[str, str | None]:
        """Masks that others made for one visit, by contrast; None: it was to come."""
        return {
            contrast: cells.get(f"mask_{contrast}")
            for contrast in self._config.readings
            if self.has("mask", contrast)
            and (f"mask_{contrast}" in cells or not self._ours(contrast))
        }

    def generated(self) -> list[str]:
        """Candidates that our generators make, at every visit or where something is missing."""
        return [
            name
            for name in self._config.readings[1:]
            if self._made_by_ours(name) or (name in self._config.networks and not self.imaged(name))
        ]

    def generated_at(self, cells: Mapping[str, str]) -> list[str]:
        """Candidates that our generators make at one visit."""
        taken = self.images(cells)
        return [name for name in self.generated() if name not in taken]

    def segmented(self) -> list[str]:
        """Contrasts that our segmenter is needed for, at every visit or where a mask is missing."""
        return [
            name for name in self._config.readings if self._ours(name) or not self.has("mask", name)
        ]

    def _made_by_ours(self, contrast: str) -> bool:
        """Whether our generator makes an image that is missing."""
        return self._ours(contrast) and contrast in self._config.networks

    def _ours(self, contrast: str) -> bool:
        return self._config.brought_missing.get(contrast) == "ours"


def check_brought(config: Config, visits: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note what is wrong with the columns for what others made.

    Parameters
    ----------
    config : Config
    visits : DataFrame
        The sheet as read, paths resolved.
    path : Path
        The sheet.
    faults : list of Fault
        Grows by what is found.
    """
    brought = Brought.of(config, visits)
    _check_strangers(config, visits, path, faults)
    _check_stated(config, brought, path, faults)
    _check_behind(config, brought, path, faults)
    _check_one_image(config, brought, visits, path, faults)


def _check_strangers(config: Config, visits: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note columns that name a contrast that the configuration does not."""
    known = {column.name for column in brought_columns(config.readings)}
    for name in (str(name) for name in visits.columns):
        kind, _, contrast = name.partition("_")
        if kind.casefold() not in KINDS or not contrast or name in known:
            continue
        if contrast == config.reference:
            advice = "the reference is acquired: its T1c is the column `t1c`; remove or rename it"
        else:
            advice = (
                f"names no contrast of the configuration ({', '.join(config.readings)}): add"
                f" {contrast!r} to `candidates`, correct it, or let the column's name begin with"
                " `note_`"
            )
        faults.append(Fault(path, 1, name, None, advice))


def _check_stated(config: Config, brought: Brought, path: Path, faults: list[Fault]) -> None:
    """Note codings and units that must be stated, and those that nothing uses."""
    for contrast in config.readings:
        if brought.has("mask", contrast) and contrast not in config.labels_of:
            advice = (
                "the configuration does not say what its labels mean; add"
                f" `labels_of: {{{contrast}: ...}}` with one of {', '.join(codings())}, or a"
                " mapping of their labels to ours"
            )
            faults.append(Fault(path, 1, f"mask_{contrast}", None, advice))
        if brought.has("map", contrast) and contrast not in config.map_units:
            advice = (
                f"the configuration does not say in what units it is; add `map_units: {{{contrast}:"
                " t1_median}`, `t1`, or what one unit is in brain medians of the T1"
            )
            faults.append(Fault(path, 1, f"map_{contrast}", None, advice))


def _check_behind(config: Config, brought: Brought, path: Path, faults: list[Fault]) -> None:
    """Note contrasts that have neither a network nor a file."""
    for contrast in config.readings[1:]:
        if contrast in config.networks or any(brought.has(kind, contrast) for kind in KINDS):
            continue
        what = "repeat" if contrast == config.repeat else "candidates"
        own = ", ".join(f"`{kind}_{contrast}`" for kind in KINDS)
        advice = (
            f"`{what}` names it, and nothing stands behind it: add a section `networks.{contrast}`,"
            f" or a column {own} with files"
        )
        faults.append(Fault(path, None, None, contrast, advice))
    for contrast, missing in config.brought_missing.items():
        made = contrast == config.reference or contrast in config.networks
        # Of an image of theirs, our segmenter makes the mask that is missing.
        kinds = [kind for kind in KINDS if brought.has(kind, contrast)]
        if missing == "ours" and not made and len(kinds) == 1:
            advice = (
                "`brought_missing` says that ours takes the place of what is missing, and there is"
                f" no network: add a section `networks.{contrast}`"
            )
            faults.append(Fault(path, None, None, contrast, advice))


def _check_one_image(
    config: Config, brought: Brought, visits: pd.DataFrame, path: Path, faults: list[Fault]
) -> None:
    """Note visits that have a T1c and a map for one contrast: which counts?"""
    for contrast in config.readings[1:]:
        if not all(brought.has(kind, contrast) for kind in IMAGES):
            continue
        t1c, given = f"t1c_{contrast}", f"map_{contrast}"
        both = visits[t1c].notna() & visits[given].notna()
        for row in visits.loc[both, ROW]:
            advice = f"{t1c} is given as well; give one of them"
            faults.append(Fault(path, int(row), given, None, advice))
