"""The results folder at the start: one that may be written to and deleted, and has the room."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from gadless.trial.config import Config
from gadless.trial.sequences import built_in

# Of one image of a visit on a grid of 1 mm: 3.6 to 4.9 MB in two real heads; on one of 2 mm, 0.84
# to 0.92 MB in a phantom (docs/benchmarks.md). Rather too little, so that it never refuses what
# would fit.
_MB_AT_1_MM = 3.5
_MB = 1_000_000


def results_faults(config: Config, configfiles: Sequence[Path | str] = ()) -> list[str]:
    """Say why results cannot be written where the configuration says; the first reason alone.

    Whatever lies in the results folder may be deleted and made anew, so it can be no folder that
    holds anything else.

    Parameters
    ----------
    config : Config
    configfiles : sequence of path
        The files that the configuration was read from.
    """
    folder = Path(config.results).absolute()
    where = f"results: {folder}"
    if folder == Path(folder.root):
        return [f"{where}: is the root of all folders; name a folder of its own, such as `results`"]
    held = next(_held(folder, config, configfiles), None)
    if held is not None:
        return [
            f"{where}: holds {held}; results are deleted and made anew, so give them a folder of"
            " their own, such as `results`"
        ]
    return _unwritable(folder, where)


def _held(folder: Path, config: Config, configfiles: Sequence[Path | str]) -> Iterator[str]:
    """Say what a folder is or holds that is no result."""
    for other, what in ((Path.cwd(), "working"), (Path.home(), "home")):
        for seen in (other, other.resolve()):
            if seen.is_relative_to(folder) or seen.is_relative_to(folder.resolve()):
                yield f"the {what} folder"
    sheets = (config.patients, config.visits, config.measurements)
    for file in (*(sheet for sheet in sheets if sheet is not None), *configfiles):
        if Path(file).absolute().is_relative_to(folder):
            yield str(Path(file).absolute())


def _unwritable(folder: Path, where: str) -> list[str]:
    there = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not there.is_dir():
        what = "is" if there == folder else f"lies below {there}, which is"
        return [f"{where}: {what} a file, not a folder; name another"]
    if not os.access(there, os.W_OK | os.X_OK):
        return [f"{where}: {there} cannot be written to; name another folder, or change its rights"]
    return []


def disk_faults(config: Config, visits: pd.DataFrame) -> list[str]:
    """Say whether the disk is clearly too small for the images that are still to be made.

    Parameters
    ----------
    config : Config
    visits : DataFrame
        With paths of scans.
    """
    folder = Path(config.results).absolute()
    scans = [name for name in config.sequences if name in visits]
    imaged = visits[visits[scans].notna().any(axis=1)]
    to_come = max(len(imaged) - _visits_there(folder), 0)
    needed = to_come * mb_per_visit(config)
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(there).free / _MB
    if free >= needed:
        return []
    return [
        f"results: {folder}: {to_come} visits are to be made there and take at least"
        f" {needed / 1000:,.1f} GB ({mb_per_visit(config):.0f} MB each); the disk has"
        f" {free / 1000:,.1f} GB free. Make room, name another folder, or choose a larger"
        " `preprocess.spacing_mm`"
    ]


def mb_per_visit(config: Config) -> float:
    """Return the least that the images of one visit take on disk (MB, at the trial's spacing)."""
    images = len(built_in()) + 1 + len(config.candidates)  # sequences, subtraction, synthetic maps
    return images * _MB_AT_1_MM / float(config.preprocess.spacing_mm) ** 3


def _visits_there(folder: Path) -> int:
    """Count the visits that have a folder of results."""
    try:
        patients = [entry.path for entry in os.scandir(folder / "visits") if entry.is_dir()]
        return sum(len(os.listdir(patient)) for patient in patients)  # noqa: PTH208
    except OSError:
        return 0
