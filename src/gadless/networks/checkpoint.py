"""A training's state on disk, so that one that was killed goes on as if it had not been."""

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from gadless.files import written_whole
from gadless.networks.header import Metadata
from gadless.networks.learners import Learner

logger = logging.getLogger(__name__)


@dataclass
class Progress:
    """How far a training is.

    Attributes
    ----------
    step : int
        Steps taken.
    date : str
        Day on which it began (YYYY-MM-DD).
    curve : list of dict
        Rows of the training curve.
    terms : list of dict
        Loss terms since its last row.
    best : dict or None
        ``score``, ``step`` and ``network`` (tensors) of the best validation so far.
    """

    step: int
    date: str
    curve: list[dict[str, Any]]
    terms: list[dict[str, float]]
    best: dict[str, Any] | None = None


def key_of(metadata: Metadata, exams: list[list[str]], size: int, validations: int) -> str:
    """Return what a checkpoint must share with the training that goes on from it.

    Parameters
    ----------
    metadata : Metadata
        Of the network; its date and the command that was typed do not matter.
    exams : list of list of str
        What is learnt from, in order.
    size : int
        Processes that train together.
    validations : int
        How often held-out exams choose: a checkpoint holds the best so far.
    """
    kept = replace(metadata, date="", command="", figures={}).header()
    return hashlib.sha256(
        json.dumps([kept, exams, size, validations], sort_keys=True).encode()
    ).hexdigest()


def save(learner: Learner, progress: Progress, key: str, path: Path) -> None:
    """Write a checkpoint, whole or not at all."""
    saved = {"key": key, "learner": learner.state(), **vars(progress)}
    with written_whole(path) as scratch:
        torch.save(saved, scratch)


def resume(learner: Learner, key: str, path: Path, today: str, device: torch.device) -> Progress:
    """Take up a checkpoint of this very training, if there is one; else begin."""
    begun = Progress(0, today, [], [])
    if not path.exists():
        return begun
    saved = torch.load(path, weights_only=True, map_location=device)
    if saved.pop("key") != key:
        logger.warning("%s belongs to another recipe or other data: training begins anew", path)
        return begun
    learner.restore(saved.pop("learner"))
    logger.info("going on from step %d", saved["step"])
    return Progress(**saved)
