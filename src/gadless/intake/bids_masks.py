"""Masks among the derivatives of a BIDS tree: which contrast, and what their labels mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gadless.errors import InputError
from gadless.intake.bids_names import Named, folders, parsed
from gadless.intake.found import Said
from gadless.intake.sheet import read_rows
from gadless.trial.config import Config

_SUFFIXES = frozenset({"dseg", "mask"})
# Spaces in which a mask lies on the patient's own scans.
_OWN = frozenset({"orig", "T1w", "T1wCE", "T1c", "T2w", "FLAIR", "individual", "native", "scanner"})
# What is no tumour.
_OTHER = re.compile(
    r"brain|head|aparc|aseg|tissue|ventric|csf|gm|wm|skull|eye|lobe|atlas", re.IGNORECASE
)
_MEANT = (
    (2, re.compile(r"non[- _]?enhanc|oe?dema|flair|infiltrat|abnormal|snfh", re.IGNORECASE)),
    (3, re.compile(r"necro|ncr|core", re.IGNORECASE)),
    (1, re.compile(r"enhanc|\bet\b", re.IGNORECASE)),
    (0, re.compile(r"background|cavity", re.IGNORECASE)),
)


@dataclass
class Masks:
    """Masks by patient and session.

    Attributes
    ----------
    files : dict
        Patient and session (None where the tree has none) to column to file.
    settings : dict
        Keys of the configuration that they ask for.
    said : list of Said
    """

    files: dict[tuple[str, str | None], dict[str, Path]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def of(self, patient: str, session: str | None) -> dict[str, Path]:
        """Return the masks of a session by column."""
        return self.files.get((patient, session), {})


def find_masks(folder: Path) -> Masks:
    """Look for masks of tumours in ``derivatives``.

    A mask's contrast is what ``desc``, ``seg`` or ``label`` names, else its pipeline. What its
    labels mean is read from ``dseg.tsv`` where that says it in words.
    """
    found = Masks()
    codings: dict[str, dict[int, int] | None] = {}
    pipelines = folder / "derivatives"
    for pipeline in sorted(pipelines.iterdir()) if pipelines.is_dir() else []:
        for subject in folders(pipeline, "sub-") if pipeline.is_dir() else ():
            for path in sorted(subject.rglob("anat/*.nii*")):
                _add(found, codings, parsed(path), pipeline, subject.name)
    names = sorted(codings)
    if names:
        _settle(found, names, codings)
    return found


def _add(
    found: Masks,
    codings: dict[str, dict[int, int] | None],
    named: Named | None,
    pipeline: Path,
    patient: str,
) -> None:
    if named is None or named.suffix not in _SUFFIXES or not named.path.exists():
        return
    said = (named.entities.get(key) for key in ("desc", "seg", "label"))
    called = next((one for one in said if one), pipeline.name)
    name = re.sub(r"[^A-Za-z0-9_-]", "", called)
    if _OTHER.search(name) or not name:
        return
    session = f"ses-{named.entities['ses']}" if "ses" in named.entities else None
    where = (patient, session or "")
    if f"sub-{named.entities.get('sub')}" != patient:
        what = f"{named.name}: its name says another subject than its folder; mend one"
        found.said.append(Said("fault", what, *where))
        return
    space = named.entities.get("space", "orig")
    if space not in _OWN:
        what = f"{named.name}: lies in the space {space}, not on the patient's own scans"
        found.said.append(Said("left out", what, *where))
        return
    files = found.files.setdefault((patient, session), {})
    column = f"mask_{name}"
    if column in files:
        what = f"{named.name}: another mask of the same name is taken; rename one"
        found.said.append(Said("warning", what, *where, sequence=column))
        return
    files[column] = named.path
    if name not in codings:
        codings[name] = _coding(pipeline, called, named)


def _coding(pipeline: Path, called: str, named: Named) -> dict[int, int] | None:
    """Read what labels mean, in our numbers; None where nobody says."""
    beside = named.path.with_name(f"{named.path.name.split('.')[0]}.tsv")
    for path in (beside, pipeline / f"desc-{called}_dseg.tsv", pipeline / "dseg.tsv"):
        if not path.is_file():
            continue
        try:
            rows = read_rows(path, ("index", "name")).rows
        except InputError:
            continue
        meant = {row["index"] or "": _meaning(row["name"] or "") for row in rows}
        meant.pop("0", None)
        if meant and all(ours is not None and label.isdigit() for label, ours in meant.items()):
            return {int(label): ours for label, ours in meant.items() if ours is not None}
    return None


def _meaning(name: str) -> int | None:
    return next((ours for ours, words in _MEANT if words.search(name)), None)


def _settle(found: Masks, names: list[str], codings: Mapping[str, dict[int, int] | None]) -> None:
    usual = Config.model_fields
    reference = usual["reference"].default
    strangers = [name for name in names if name != reference]
    if strangers:
        known = [name for name in usual["candidates"].default if name not in strangers]
        found.settings["candidates"] = [*known, *strangers]
        what = (
            f"masks become contrasts of their own: {', '.join(strangers)}. Masks drawn on the"
            f" acquired T1c belong to the reference: rename their column to mask_{reference}, and"
            " their name in `labels_of`, and take them out of `candidates`"
        )
        found.said.append(Said("warning", what))
    read = {name: coded for name, coded in codings.items() if coded is not None}
    if read:
        found.settings["labels_of"] = read
    for name in names:
        if codings[name] is None:
            what = (
                f"no dseg.tsv says what the labels of mask_{name} mean: add `labels_of: {{{name}:"
                " ...}` to trial.yaml (docs/brought.md)"
            )
            found.said.append(Said("fault", what))
