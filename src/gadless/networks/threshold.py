"""Where a segmenter's score of enhancing tumour is cut, for weights that exist.

``python -m gadless.networks.threshold segmenter.safetensors RESULTS`` chooses it on the exams that
a training in ``RESULTS`` held out; with ``--learnt`` on all of its exams, each set alike.

Learnt from phantoms above all, a segmenter is shy on real exams: small, faint tumours score highest
among what it does not call. The few real exams that one has are too few to learn that from, but
they suffice to move one number.
"""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.networks.backbone import ResidualUNet
from gadless.networks.contract import CONTRAST, SUBTRACTION
from gadless.networks.evaluation import cohort_of
from gadless.networks.header import Metadata
from gadless.networks.inference import Trained, predict
from gadless.networks.patches import Source
from gadless.networks.uptake import without_edges
from gadless.networks.validation import images_of
from gadless.networks.weights import load, save

ENHANCING = 1
SHIFTS = np.arange(0.0, 4.25, 0.25)
"""What is tried, in log odds; never below 0: a finding is not taken away."""

# Of Dice, where one of both is small: so much called where nothing is halves an exam's figure.
SOFT_CM3 = 0.5

logger = logging.getLogger(__name__)


def choose_shift(
    network: ResidualUNet, metadata: Metadata, sets: Sequence[Sequence[Source]]
) -> tuple[float, float]:
    """Find what to add to the score of enhancing tumour.

    Parameters
    ----------
    network : ResidualUNet
        That gives labels.
    metadata : Metadata
    sets : sequence of sequence of Source
        Exams, by what weighs alike: phantoms are many, and patients few.

    Returns
    -------
    shift : float
        The least of `SHIFTS` with the greatest mean, over sets and their exams, of the smoothed
        Dice ``(2 overlap + s) / (found + true + s)``, s = 0.5 cm3: an exam without enhancing tumour
        counts 1 if nothing is found there, and 0.5 with 0.5 cm3.
    gained : float
        In that mean, over no shift.
    """
    soft = SOFT_CM3 * 1000 / metadata.spacing_mm**3
    means = np.mean(
        [
            np.mean([_by_shift(network, metadata, source, soft) for source in sources], axis=0)
            for sources in sets
        ],
        axis=0,
    )
    best = int(means.argmax())
    return float(SHIFTS[best]), float(means[best] - means[0])


def _by_shift(
    network: ResidualUNet, metadata: Metadata, source: Source, soft: float
) -> NDArray[np.float64]:
    """Return the smoothed Dice of one exam at each shift, edges taken back as they are in use."""
    case = source.open()
    images = images_of(case)
    as_scored = replace(metadata, recipe={**(metadata.recipe or {}), "uptake": 0.0})
    scores = predict(Trained(network, as_scored), images, metadata.spacing_mm)
    enhancement, true = images[SUBTRACTION], case.labels == ENHANCING
    figures = []
    for shift in SHIFTS:
        moved = scores.copy()
        moved[ENHANCING] += shift
        left = without_edges(moved, enhancement, case.brain, metadata.uptake)
        found = case.brain & (left.argmax(axis=0) == ENHANCING)
        figures.append((2 * (found & true).sum() + soft) / (found.sum() + true.sum() + soft))
    return np.asarray(figures)


def set_threshold(path: Path, sets: Sequence[Sequence[Source]]) -> float:
    """Choose a shift for weights, and write them anew with it.

    It is added to the bias of the output that scores enhancing tumour; the header's figure
    ``shift`` holds the sum of all that was ever added.

    Parameters
    ----------
    path : Path
        Weights of a segmenter that sees contrast.
    sets : sequence of sequence of Source
        See `choose_shift`.

    Returns
    -------
    float
        What was added.

    Raises
    ------
    InputError
        If these are no such weights.
    """
    network, metadata = load(path, path.stem, "segmenter")
    if CONTRAST not in metadata.inputs:
        raise InputError(f"{path}: sees no contrast ({', '.join(metadata.inputs)}): left as it is")
    shift, gained = choose_shift(network, metadata, sets)
    bias = cast(torch.Tensor, network.head.bias)
    with torch.no_grad():
        bias[ENHANCING] += shift
    figures = {**metadata.figures, "shift": metadata.figures.get("shift", 0.0) + shift}
    save(network, replace(metadata, figures=figures), path)
    logger.info(
        "%s: %.2f added to the score of enhancing tumour, Dice %+.3f on %d exams",
        *(path, shift, gained, sum(map(len, sets))),
    )
    return shift


def main() -> None:
    """Set the threshold of weights from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, help="weights of a segmenter; written anew")
    parser.add_argument("results", type=Path, help="folder of results with the training exams")
    parser.add_argument("--fold", type=int, default=0, help="which fold's exams were held out")
    parser.add_argument("--learnt", action="store_true", help="those that it learnt from as well")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    cohort = cohort_of(given.results, given.fold)
    members = [*cohort.held_out, *(cohort.learning if given.learnt else [])]
    sets: dict[str, list[Source]] = {}
    for member in members:
        sets.setdefault(member.exam.cohort, []).append(member.case)
    try:
        set_threshold(given.network, list(sets.values()))
    except InputError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
