"""Codings of segmentations as data: what another's labels are among ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from gadless.errors import InputError

OURS = {0: "no tumour", 1: "enhancing", 2: "non-enhancing abnormality", 3: "necrosis"}
"""Labels that are measured; none further exists."""


@dataclass(frozen=True)
class Coding:
    """One named coding.

    Attributes
    ----------
    title : str
    labels : dict of int to int
        Their label to ours (`OURS`), background included.
    meanings : dict of int to str
        Their label to what it is.
    certainty : str
        ``verified``, ``secondary`` or ``unverified``.
    source : str
    note : str
        What a user must know of it; may be empty.
    """

    title: str
    labels: dict[int, int]
    meanings: dict[int, str]
    certainty: str
    source: str
    note: str = ""


@cache
def codings() -> dict[str, Coding]:
    """Return every named coding."""
    text = resources.files("gadless.trial").joinpath("codings.yaml").read_text(encoding="utf-8")
    return {
        name: Coding(
            entry["title"],
            {0: 0, **{theirs: ours for theirs, (ours, _) in entry["labels"].items()}},
            {theirs: meaning for theirs, (_, meaning) in entry["labels"].items()},
            entry["certainty"],
            entry["source"],
            entry.get("note", ""),
        )
        for name, entry in yaml.safe_load(text).items()
    }


def coding(named: str | Mapping[int, int]) -> dict[int, int]:
    """Return what each of their labels is among ours.

    Parameters
    ----------
    named : str or mapping
        Name of a coding (`codings`), or one's own: their label to ours.

    Returns
    -------
    dict of int to int
        Background (0) included.

    Raises
    ------
    InputError
        If there is no coding of that name, or a mapping of one's own cannot be one.
    """
    if isinstance(named, str):
        if named not in codings():
            raise InputError(
                f"no coding {named!r}; there are: {', '.join(codings())}; or give a mapping of"
                " their labels to ours"
            )
        return dict(codings()[named].labels)
    for theirs, ours in named.items():
        if not _whole(theirs) or not _whole(ours) or ours not in OURS or theirs < 0:
            known = ", ".join(f"{label} {meaning}" for label, meaning in OURS.items())
            raise InputError(f"a coding gives whole labels one of: {known}; not {theirs}: {ours}")
    if named.get(0, 0) != 0:
        raise InputError(f"label 0 of a coding is the background, not {OURS[named[0]]}")
    if not any(named.values()):
        raise InputError("a coding names no label that is tumour")
    return {0: 0, **named}


def meaning(named: str | Mapping[int, int], label: int) -> str:
    """Return what one of their labels is, in words."""
    if isinstance(named, str) and label in codings()[named].meanings:
        return codings()[named].meanings[label]
    return f"label {label}"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def table() -> str:
    """Return the named codings as a table in Markdown."""
    rows = ["| name | their label: ours | certainty | source |", "| --- | --- | --- | --- |"]
    for name, one in codings().items():
        labels = "; ".join(
            f"{theirs} {meaning}: {one.labels[theirs]} {OURS[one.labels[theirs]]}"
            for theirs, meaning in one.meanings.items()
        )
        rows.append(f"| `{name}` | {labels} | {one.certainty} | {one.source} |")
    return "\n".join(rows) + "\n"
