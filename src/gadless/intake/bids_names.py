"""Names of a BIDS tree: entities, suffixes, and which sequence a file is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gadless.intake.bids_contrast import beside, named_after

ENDS = (".nii.gz", ".nii")
_NAME = re.compile(r"((?:[a-zA-Z0-9]+-[a-zA-Z0-9+]+_)+)([a-zA-Z0-9]+)")
SEQUENCES = {"T1w": "t1", "T2w": "t2", "FLAIR": "flair"}
"""Suffix to column; a T1w with gadolinium is the T1c."""
# What sites write for gadolinium: the word itself, and the agents' names.
_GADOLINIUM = re.compile(
    r"gad|gd|gbca|contrast|post|km|artirem|dotarem|clariscan|magnevist|multihance|omniscan|prohance|eovist|primovist"
    r"|elucirem|vueway",
    re.IGNORECASE,
)
_WITHOUT = re.compile(r"no|none|pre|without|nativ", re.IGNORECASE)
_PARTS = {"phase": "the phase", "real": "the real part", "imag": "the imaginary part"}


@dataclass(frozen=True)
class Named:
    """A file by its name.

    Attributes
    ----------
    path : Path
    entities : dict of str to str
        ``sub``, ``ses``, ``ce``, ``run`` ...
    suffix : str
    """

    path: Path
    entities: dict[str, str]
    suffix: str

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def sequence(self) -> str | None:
        """Column of the visits sheet; None where it is none of them."""
        found = SEQUENCES.get(self.suffix)
        return "t1c" if found == "t1" and self.gadolinium else found

    @property
    def gadolinium(self) -> bool:
        """Whether the name says that it was acquired after gadolinium: by `ce`, or by `acq`."""
        ce = self.entities.get("ce")
        return bool(_GADOLINIUM.match(ce)) if ce is not None else self.only_by_words

    @property
    def only_by_words(self) -> bool:
        """Whether the name says so without `ce`."""
        return "ce" not in self.entities and named_after(self.entities) is True

    @property
    def contradicted(self) -> bool:
        """Whether the side-car of a T1w says another thing of gadolinium than its name."""
        stated = beside(self.path) if self.suffix == "T1w" else None
        return stated is not None and stated is not self.gadolinium

    @property
    def run(self) -> int:
        """Number of the run, 0 where there is none."""
        run = self.entities.get("run", "0")
        return int(run) if run.isdigit() else 0

    def why_not(self) -> str | None:
        """Say why a file is no scan for a sheet; None where it is one."""
        if self.suffix not in SEQUENCES:
            return f"{self.suffix} is none of {', '.join(SEQUENCES)}"
        ce = self.entities.get("ce")
        if ce is not None and _WITHOUT.fullmatch(ce):
            ce = None
        if self.only_by_words and self.suffix != "T1w":
            return f"a {self.suffix} after contrast is not what one without it is"
        if ce is not None and not self.gadolinium:
            return f"`ce-{ce}` is no name for gadolinium that is known; rename the file if it is"
        if ce is not None and self.suffix != "T1w":
            return f"a {self.suffix} after contrast is not what one without it is"
        if what := _PARTS.get(self.entities.get("part", "")):
            return f"it is {what} of a complex image"
        if "inv" in self.entities:
            return "it is one inversion of several, no image of its own"
        return None


def parsed(path: Path) -> Named | None:
    """Take a name apart; None where it is no BIDS name."""
    stem = stem_of(path.name)
    match = None if stem is None else _NAME.fullmatch(stem)
    if match is None:
        return None
    parts = [part.partition("-") for part in match[1].rstrip("_").split("_")]
    entities = {key: value for key, _, value in parts}
    return Named(path, entities, match[2]) if len(entities) == len(parts) else None


def stem_of(name: str) -> str | None:
    """Return a NIfTI file's name without its end; None where it is none."""
    return next((name[: -len(end)] for end in ENDS if name.endswith(end)), None)


def folders(folder: Path, prefix: str) -> Iterator[Path]:
    """Yield folders whose names begin with ``sub-`` or ``ses-``, by name."""
    for path in sorted(folder.glob(f"{prefix}*")):
        if path.is_dir():
            yield path
