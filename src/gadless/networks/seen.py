"""What the networks of a trial have seen, told to people: at its start and in its report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gadless.files import sha256
from gadless.networks.described import checksum, contract_of
from gadless.networks.header import (
    NOT_STATED,
    Metadata,
    learnt_from,
    phantoms_only,
    read_header,
    shipped,
)
from gadless.trial.config.networks import Network

OURS = ".safetensors"
NOT_TRAINED_YET = "not trained yet"
ELSEWHERE = "made elsewhere; what its maker saw, Gadless cannot know"

_FORMATS = {OURS: "gadless", ".onnx": "onnx", ".pt": "torchscript", ".ts": "torchscript"}

FIGURES = {
    "mae": "mean absolute error in the brain",
    "mae_zero": "mean absolute error of the zero map",
    "ssim": "SSIM in the brain",
    "ssim_zero": "SSIM of the zero map",
    "recovery": "enhancement recovered within the tumour",
    "dice": "Dice of what the map lights up",
    "enhancing": "Dice of enhancing tumour",
    "abnormality": "Dice of the whole abnormality",
    "necrosis": "Dice of necrosis",
    "dice_acquired": "Dice of enhancing tumour against that on acquired contrast",
    "dice_truth": "Dice of enhancing tumour against the truth",
    "abnormality_truth": "Dice of the whole abnormality against the truth",
    "necrosis_truth": "Dice of necrosis against the truth",
    "core_truth": "Dice of enhancing tumour and necrosis together against the truth",
    "auc": "AUC of the map, enhancing tumour against the rest of the lesion",
    "false_cm3": "cm³ called enhancing in exams where nothing is",
    "volume_bias": "log of found over true enhancing volume",
    "direct": "Dice of enhancing tumour straight from the inputs",
    "shift": "log odds added to the score of enhancing tumour",
    "volume_ratio": "enhancing volume over that on acquired contrast",
}
"""Figures on held-out exams in words: means of the training's last validation
(`gadless.networks.validation`), or medians over all held-out exams
(`gadless.networks.evaluation`). Another name is shown as it is."""


def told(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Tell where one network comes from.

    What weights say in their header counts; what the configuration says of them (`trained_on`,
    `licence`) stands in where they are silent, as those of other formats are.

    Parameters
    ----------
    name : str
        Of the network in the configuration.
    settings : mapping
        Its section of `networks`.

    Returns
    -------
    dict
        Of plain values: ``weights`` (SHA-256; None: not there yet), ``source`` (file, or
        ``shipped with Gadless``), ``format``, ``output`` (``map``, ``t1c`` or ``labels``),
        ``inputs``, ``uptake`` (absent: as 0), ``trained_on``, ``learnt_from`` (words),
        ``phantoms_only``, ``licence``, ``date`` (empty: not stated) and ``figures`` (words to
        numbers).

    Raises
    ------
    InputError
        If the weights are Gadless's own format and damaged, or a folder that cannot be used.
    """
    given = settings.get("weights")
    path = Path(given) if given else shipped(name)
    source = str(path) if given else "shipped with Gadless"
    about = {"source": source, "weights": sha256(path) if path.is_file() else None}
    about["format"] = settings.get("format") or _FORMATS.get(path.suffix, "folder")
    stated = _as_given(settings)
    if path.is_dir():
        return about | stated | _by_folder(name, settings)
    if path.suffix != OURS:
        return about | stated
    if not path.is_file():
        # The workflow's own training makes it: what it learns from is known afterwards.
        return about | stated | {"learnt_from": NOT_TRAINED_YET}
    return about | _by_header(read_header(path, f"networks.{name}.weights: {path}"), stated)


def _as_given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Take what the configuration says of a network: its `trained_on` is words, or counts."""
    given = settings.get("trained_on") or {}
    counts = {"description": given} if isinstance(given, str) else dict(given)
    return {
        "output": settings.get("output") or "map",
        "inputs": list(settings.get("inputs") or []),
        "trained_on": counts,
        "learnt_from": learnt_from(counts) if counts else f"{NOT_STATED} by whoever gave it",
        "phantoms_only": phantoms_only(counts),
        "licence": settings.get("licence") or "",
        "date": settings.get("date") or "",
        "figures": {},
    }


def _by_folder(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Take what an nnU-Net folder or a MONAI bundle says of itself."""
    network = Network(**{key: settings[key] for key in Network.model_fields if key in settings})
    contract = contract_of(name, network)
    return {
        "weights": checksum(name, network),
        "format": contract.format,
        "output": contract.output,
        "inputs": list(contract.inputs),
    }


def _by_header(metadata: Metadata, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Take what weights say of themselves, and what else is `stated` where they are silent."""
    figures = {FIGURES.get(key, key): value for key, value in metadata.figures.items()}
    own = {
        "output": "labels" if metadata.kind == "segmenter" else "map",
        "inputs": list(metadata.inputs),
        "uptake": metadata.uptake,
        "licence": metadata.licence or stated["licence"],
        "date": metadata.date or stated["date"],
        "figures": figures,
    }
    if metadata.trained_on:
        own["trained_on"] = metadata.trained_on
        own["learnt_from"] = metadata.learnt_from
        own["phantoms_only"] = metadata.phantoms_only
    return {**stated, **own}


def brought(images: int, masks: int, coding: str | None = None) -> dict[str, Any]:
    """Tell of a contrast whose images or masks others made.

    Parameters
    ----------
    images, masks : int
        Visits that have one of the sheet's.
    coding : str or None
        What the masks' labels mean, by the name of the coding.
    """
    return {"images": images, "masks": masks, "coding": coding, "learnt_from": ELSEWHERE}


def with_origins(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Tell of every network and of all that is brought, for the report.

    Parameters
    ----------
    provenance : mapping
        With ``networks``, name to section of the configuration, and ``brought``, contrast to what
        `brought` takes.

    Raises
    ------
    InputError
        As `told`.
    """
    networks, others = provenance["networks"], provenance["brought"]
    return {
        **provenance,
        "networks": {name: told(name, settings) for name, settings in networks.items()},
        "brought": {name: brought(**counts) for name, counts in others.items()},
    }


def start_lines(
    networks: Mapping[str, Mapping[str, Any]],
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[str]:
    """Say at the start of a run what its contrasts rest on: a line a network, then what is brought.

    Parameters
    ----------
    networks : mapping
        Name to what `told` gives, of the networks that this trial uses.
    others : mapping, optional
        Contrast to what `brought` gives.
    """
    return [
        *(log_line(name, about) for name, about in networks.items()),
        *(f"contrast {name}: {about['learnt_from']}" for name, about in (others or {}).items()),
    ]


def log_line(name: str, about: Mapping[str, Any]) -> str:
    """Say in one line what a network has learnt from."""
    known = [
        f"licence {about['licence'] or NOT_STATED}",
        *([f"made {about['date']}"] if about["date"] else []),
        about["source"],
    ]
    return f"network {name} has learnt from: {about['learnt_from']}; {', '.join(known)}"
