"""Masks as a derivative of the Brain Imaging Data Structure (BIDS 1.10.0).

Reads what `gadless.images.native` left and copies its files: voxels are the same by the byte.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gadless import __version__
from gadless.files import write_json, write_text, written_whole
from gadless.manifest import Manifest

DESCRIPTION, LABELS = "dataset_description.json", "dseg.tsv"
"""Files that every such data set has; the labels hold for all masks below."""

_VERSION = "1.10.0"
_LABELS = (
    (1, "Enhancing tumour", "ET", "#d62728"),
    (2, "Non-enhancing abnormality", "NEA", "#2ca02c"),
    (3, "Necrosis", "NEC", "#1f77b4"),
)
# What the columns are that BIDS has no word for, beside each table.
_PARTICIPANTS = {"patient": {"Description": "The patient's identifier in the trial"}}
_SESSIONS = {"visit": {"Description": "The visit's identifier in the trial"}}
_README = """\
Masks of tumours by Gadless, each on the grid of the patient's own scan (`space-orig`). `desc` names
the contrast that the mask was drawn on; what the numbers in a mask mean stands in dseg.tsv.
participants.tsv and the sessions' files hold the trial's own identifiers, from which labels have
lost what BIDS does not allow in them.
"""


def write_derivative(
    masks: Iterable[Manifest], folder: Path, trial: str, titles: Mapping[str, str]
) -> None:
    """Write all masks of a trial as one data set, and nothing else into its folder.

    Parameters
    ----------
    masks : iterable of Manifest
        Of stage ``native``.
    folder : Path
        Of the data set. What lies there and is none of it is removed.
    trial : str
        Its name.
    titles : mapping of str to str
        Contrast to what a person reads for it.
    """
    by_patient: dict[str, list[Manifest]] = {}
    for manifest in masks:
        by_patient.setdefault(manifest.patient, []).append(manifest)
    subjects = labels_of(by_patient)
    written = _write_head(folder, trial, subjects)
    manifests = [one for each in by_patient.values() for one in each]
    contrasts = labels_of(name for one in manifests for name in one.files)
    for patient, visits in by_patient.items():
        sessions = labels_of(manifest.visit for manifest in visits)
        subject = f"sub-{subjects[patient]}"
        table = folder / subject / f"{subject}_sessions.tsv"
        rows = [(f"ses-{sessions[manifest.visit]}", manifest.visit) for manifest in visits]
        written.append(_write_table(table, ("session_id", "visit"), rows))
        written.append(_write_about(_SESSIONS, table))
        for manifest in visits:
            stem = f"{subject}_ses-{sessions[manifest.visit]}"
            anat = folder / subject / f"ses-{sessions[manifest.visit]}" / "anat"
            for name in _masks(manifest):
                path = anat / f"{stem}_space-orig_desc-{contrasts[name]}_dseg.nii.gz"
                with written_whole(path) as scratch:
                    shutil.copyfile(manifest.path(name), scratch)
                about = path.with_name(path.name.replace(".nii.gz", ".json"))
                write_json(_about(manifest, name, titles), about)
                written += [path, about]
    _remove_others(folder, set(written))


def labels_of(names: Iterable[str]) -> dict[str, str]:
    """Return a label of letters and digits for each name, and no label for two of them."""
    names = sorted(set(names))
    plain = {name: re.sub(r"[^A-Za-z0-9]", "", name) for name in names}
    counts: dict[str, int] = {}
    for label in plain.values():
        counts[label.casefold()] = counts.get(label.casefold(), 0) + 1
    return {
        name: label
        if label and counts[label.casefold()] == 1
        # By the name alone, so that a further one changes no label that was told apart already.
        else f"{label}x{hashlib.sha256(name.encode()).hexdigest()[:6]}"
        for name, label in plain.items()
    }


def _masks(manifest: Manifest) -> list[str]:
    return [name for name, file in manifest.files.items() if file.endswith(".nii.gz")]


def _write_head(folder: Path, trial: str, subjects: Mapping[str, str]) -> list[Path]:
    about = {
        "Name": f"{trial}: masks of tumours",
        "BIDSVersion": _VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "Gadless", "Version": __version__}],
    }
    write_json(about, folder / DESCRIPTION)
    write_text(_README, folder / "README")
    columns = ("index", "name", "abbreviation", "color")
    return [
        folder / DESCRIPTION,
        folder / "README",
        _write_table(folder / LABELS, columns, _LABELS),
        _write_table(
            folder / "participants.tsv",
            ("participant_id", "patient"),
            [(f"sub-{label}", patient) for patient, label in subjects.items()],
        ),
        _write_about(_PARTICIPANTS, folder / "participants.tsv"),
    ]


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    lines = ["\t".join(map(str, row)) for row in (columns, *rows)]
    write_text("\n".join(lines) + "\n", path)
    return path


def _write_about(columns: Mapping[str, Any], table: Path) -> Path:
    path = table.with_suffix(".json")
    write_json(columns, path)
    return path


def _about(manifest: Manifest, contrast: str, titles: Mapping[str, str]) -> dict[str, Any]:
    grid = manifest.notes.get("grid", {}).get(contrast, "")
    return {
        "Description": f"Tumour on contrast {titles.get(contrast, contrast)}, by nearest neighbour"
        f" on the grid of: {grid}",
        "SpatialReference": "orig",
        "Sources": [],
        "Grid": grid,
    }


def _remove_others(folder: Path, written: set[Path]) -> None:
    """Remove what an earlier writing left: of a visit that is no longer named, say."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and path not in written and not path.name.startswith(".nfs"):
            path.unlink()


def is_ours(folder: Path) -> bool:
    """Whether a folder may be written to: it is empty, or a data set that Gadless wrote."""
    if not folder.exists() or not any(folder.iterdir()):
        return True
    try:
        about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        return any(one["Name"] == "Gadless" for one in about["GeneratedBy"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
