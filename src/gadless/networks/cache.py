"""Exams on disk as networks read them: cropped, stacked, mapped into memory patch by patch.

An entry is three arrays (``.npy``), written once and named by the checksums of what they were made
from, so another preprocessing or another mask makes another entry. What a training needs of 7,000
exams in memory is their names. The folder may be deleted whenever nothing trains.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadless.files import read_json, write_json, written_whole
from gadless.manifest import Manifest

FORMAT = 1
"""Of the arrays; a change makes every entry anew."""

Pools = tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]


@dataclass(frozen=True)
class Case:
    """One exam, cropped to the brain.

    Attributes
    ----------
    patient, visit : str
    names : tuple of str
        Of the images.
    images : array (len(names), X, Y, Z) of float16
        The subtraction is clipped to what generators aim at.
    brain : array (X, Y, Z) of bool
    labels : array (X, Y, Z) of uint8
        True compartments; all 0 where no truth was given.
    pools : tuple of three arrays of int
        Voxels (flat indices) of enhancing tumour, of any tumour, of brain.
    """

    patient: str
    visit: str
    names: tuple[str, ...]
    images: NDArray[np.float16]
    brain: NDArray[np.bool_]
    labels: NDArray[np.uint8]
    pools: Pools

    @classmethod
    def of(
        cls,
        patient: str,
        visit: str,
        names: Sequence[str],
        images: NDArray[np.float16],
        brain: NDArray[np.bool_],
        labels: NDArray[np.uint8],
    ) -> "Case":
        """Make a case of arrays in memory."""
        pools = (np.flatnonzero(labels == 1), np.flatnonzero(labels > 0), np.flatnonzero(brain))
        return cls(patient, visit, tuple(names), images, brain, labels, pools)

    def open(self) -> "Case":
        """Return itself: this case is in memory already."""
        return self


@dataclass(frozen=True)
class Stored:
    """An exam in the cache.

    Attributes
    ----------
    patient, visit : str
    names : tuple of str
        Of the images.
    stem : Path
        Path of its files without their endings.
    spacing_mm : float
    doubt : str or None
        Why its mask was not used.
    """

    patient: str
    visit: str
    names: tuple[str, ...]
    stem: Path
    spacing_mm: float
    doubt: str | None = None

    def open(self) -> Case:
        """Map the exam into memory; what is not looked at is not read, and nothing is kept."""
        masks = np.load(_file(self.stem, "masks"), mmap_mode="r")
        pools = np.load(_file(self.stem, "pools"), mmap_mode="r")
        enhancing, tumour = int(pools[0]), int(pools[1])
        lists = pools[2:]
        return Case(
            self.patient,
            self.visit,
            self.names,
            np.load(_file(self.stem, "images"), mmap_mode="r"),
            masks[0].view(np.bool_),
            masks[1],
            (
                lists[:enhancing],
                lists[enhancing : enhancing + tumour],
                lists[enhancing + tumour :],
            ),
        )


def identity(
    exam: Manifest, names: Sequence[str], mask: str | None, coding: Mapping[int, int]
) -> str:
    """Name an entry by what it is made from.

    Parameters
    ----------
    exam : Manifest
    names : sequence of str
        Of the images, in order.
    mask : str or None
        Checksum of the mask.
    coding : mapping of int to int
    """
    made_from: dict[str, Any] = {
        "format": FORMAT,
        "images": [[name, exam.checksums[name]] for name in (*names, "brain", "transforms")],
        "mask": mask,
        "coding": sorted(coding.items()) if mask else None,
    }
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:32]


def stored(
    folder: Path,
    key: str,
    exam: Manifest,
    names: Sequence[str],
    make: Callable[[], tuple[Case, float, str | None]],
) -> Stored:
    """Return an entry, made and written if it is not there.

    Parameters
    ----------
    folder : Path
        Of the cache.
    key : str
        See `identity`.
    exam : Manifest
    names : sequence of str
        Of the images, in order.
    make : callable
        Gives the case, its voxel in mm, and why its mask was not used (None: it was, or there is
        none).
    """
    stem = folder / key[:2] / key
    note = stem.with_suffix(".json")
    if not _whole(stem):
        case, spacing_mm, doubt = make()
        _write(case.images, stem, "images")
        _write(np.stack([case.brain.astype(np.uint8), case.labels]), stem, "masks")
        sizes = [case.pools[0].size, case.pools[1].size]
        _write(np.concatenate([sizes, *case.pools]).astype(np.int32), stem, "pools")
        # Last: an entry without its note is not whole.
        about = {"doubt": doubt, "spacing_mm": spacing_mm, "bytes": _bytes(stem)}
        write_json(about, note)
    about = read_json(note)
    return Stored(exam.patient, exam.visit, tuple(names), stem, about["spacing_mm"], about["doubt"])


def _whole(stem: Path) -> bool:
    """Whether an entry is there with every file of the size that was written."""
    note = stem.with_suffix(".json")
    try:
        return note.is_file() and bool(read_json(note)["bytes"] == _bytes(stem))
    except (ValueError, KeyError, OSError):
        return False


def _bytes(stem: Path) -> list[int]:
    return [_file(stem, what).stat().st_size for what in ("images", "masks", "pools")]


def _file(stem: Path, what: str) -> Path:
    return stem.with_suffix(f".{what}.npy")


def _write(values: NDArray, stem: Path, what: str) -> None:
    with written_whole(_file(stem, what)) as scratch, scratch.open("wb") as stream:
        np.save(stream, values)
