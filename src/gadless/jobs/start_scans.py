"""The scans at the start: one cheap look at each header, kept until the file changes."""

import logging
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gadless.errors import DataFault
from gadless.files import read_json, sha256, write_json
from gadless.images import formats, header
from gadless.images.copies import is_copy, mark_of
from gadless.images.formats import look_at
from gadless.parts import size_and_change
from gadless.trial.config.sequences import BROUGHT

log = logging.getLogger(__name__)

KEPT = ".headers.json"
_SHOWN = 10
# Counts up when what is kept of a file changes.
_RULES = "-3"


class _Cell(NamedTuple):
    patient: str
    visit: str
    column: str
    path: str

    def __str__(self) -> str:
        return f"patient {self.patient}, visit {self.visit}, {self.column}"


class _Seen(NamedTuple):
    """What a look at a file found, and when it was taken."""

    change: str
    fault: str | None
    damage: str | None
    mark: str | None


def scan_faults(
    visits: pd.DataFrame, columns: Sequence[str], is_made: Callable[[str], bool], results: Path
) -> list[str]:
    """Say which scans are no scans, and which stand in the sheet twice.

    A scan that is damaged costs its own visit and no more, as one that turns out so in its job: it
    is logged. What was found of each file is kept in the results folder by size and time of change,
    so that a later start reads the new ones alone.

    Parameters
    ----------
    visits : DataFrame
        With paths in `columns`, missing where a sequence was not acquired.
    columns : sequence of str
    is_made : callable
        Whether the workflow makes a file itself; such files are passed over.
    results : Path
    """
    cells = [cell for cell in _cells(visits, columns) if not is_made(cell.path)]
    stats = {cell.path: os.stat(cell.path) for cell in cells}  # noqa: PTH116 - 28,000 of these
    looks = _looks(stats, results / KEPT)
    faults = [f"{cell}: {_where(cell)}: {why}" for cell in cells if (why := looks[cell.path].fault)]
    damaged = [f"{cell}: {why}" for cell in cells if (why := looks[cell.path].damage)]
    if damaged:
        more = f" and {len(damaged) - _SHOWN} more" if len(damaged) > _SHOWN else ""
        what = "1 scan is damaged, and its visit is"
        if len(damaged) > 1:
            what = f"{len(damaged)} scans are damaged, and their visits are"
        log.warning("%s not evaluable: %s%s", what, "; ".join(damaged[:_SHOWN]), more)
    twice = dict(_twice(cells, stats))
    return [*faults, *twice.values(), *_same_content(cells, looks, twice)]


def _cells(visits: pd.DataFrame, columns: Sequence[str]) -> Iterator[_Cell]:
    for column in (name for name in columns if name in visits):
        for patient, visit, path in zip(
            visits["patient"], visits["visit"], visits[column], strict=True
        ):
            if path is not None and not pd.isna(path):
                yield _Cell(str(patient), str(visit), column, str(path))


def _where(cell: _Cell) -> Path:
    return Path(cell.path).absolute()


def _twice(
    cells: Sequence[_Cell], stats: Mapping[str, os.stat_result]
) -> Iterator[tuple[_Cell, str]]:
    """Say where one file stands in two cells, under one name or two: a scan is of one visit."""
    first: dict[tuple[int, int], _Cell] = {}
    for cell in cells:
        file = stats[cell.path]
        other = first.setdefault((file.st_dev, file.st_ino), cell)
        if other is not cell:
            said = f"{cell}: {_where(cell)}: is the scan of {other} as well; correct either path"
            yield cell, said


def _same_content(
    cells: Sequence[_Cell], looks: Mapping[str, _Seen], known: Collection[_Cell]
) -> Iterator[str]:
    """Say where two files are one image: a copy under another name, or packed anew.

    What others made is held against what others made for another visit: of two patients, a copy is
    a fault; of one, a reader may have left a mask as it was, and it is logged.
    """
    first: dict[tuple[str, bool], list[_Cell]] = {}
    for cell in cells:
        if cell in known or not looks[cell.path].mark:
            continue
        brought = cell.column.startswith(BROUGHT)
        alike = first.setdefault((str(looks[cell.path].mark), brought), [])
        if brought and alike and not _holds_anything(cell.path):
            # Two empty masks are alike, and neither is a copy.
            continue
        other = next((one for one in alike if _copied(cell, one, brought)), None)
        if other is None:
            alike.append(cell)
            continue
        what = "file" if brought else "scan"
        beside = f"{_where(other)}, the {what} of {other}"
        said = f"{cell}: {_where(cell)}: holds the same image as {beside}"
        if brought and cell.patient == other.patient:
            log.warning("%s; was it copied from one visit to the other?", said)
        else:
            yield f"{said}; correct either path"


def _copied(cell: _Cell, other: _Cell, brought: bool) -> bool:
    if other.path == cell.path:
        return False
    if not brought:
        return is_copy(cell.path, other.path)
    # Two contrasts of one visit are compared where they are measured.
    elsewhere = (cell.patient, cell.visit) != (other.patient, other.visit)
    return elsewhere and is_copy(cell.path, other.path)


def _holds_anything(path: str) -> bool:
    # Asked of copies alone.
    from gadless.images.stored import read_stored

    try:
        return bool(read_stored(Path(path)).data.any())
    except (DataFault, OSError):
        # Told of by itself.
        return False


def _looks(stats: Mapping[str, os.stat_result], kept: Path) -> dict[str, _Seen]:
    """Look at what is new or was changed, and keep what was found."""
    rules = "".join(sha256(str(module.__file__))[:8] for module in (header, formats)) + _RULES
    known = _known(kept, rules)
    found: dict[str, _Seen] = {}
    for path, file in stats.items():
        change = _change(path, file)
        entry = known.get(path)
        if entry is None or entry.change != change:
            look = look_at(path)
            mark = None
            if look.fault is None:
                with suppress(OSError):
                    mark = mark_of(path)
            entry = _Seen(change, look.fault, look.damage, mark)
        found[path] = entry
    if found != known:
        # Results that cannot be written are a fault of their own.
        with suppress(OSError):
            write_json({"rules": rules, "files": found}, kept)
    return found


def _change(path: str, file: os.stat_result) -> str:
    """Tell what changes when an image does; of most, which are one file, it was asked already."""
    if path.endswith((".nii", ".nii.gz")) and not stat.S_ISDIR(file.st_mode):
        return f"{file.st_size}-{file.st_mtime_ns}"
    try:
        size, changed = size_and_change(path)
    except OSError:
        return "incomplete"
    return f"{size}-{changed}"


def _known(kept: Path, rules: str) -> dict[str, _Seen]:
    """Read what an earlier start found; nothing where it is lost, cut short, or of other rules."""
    try:
        content = read_json(kept)
        if content["rules"] != rules:
            return {}
        return {path: _Seen(*entry) for path, entry in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
