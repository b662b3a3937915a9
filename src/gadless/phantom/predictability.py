"""How well enhancement could be predicted at best: an oracle that knows the true parameters.

``python -m gadless.phantom.predictability`` draws phantom exams and asks what is reached by one
who knows the generative model and, without noise, everything that T1, T2 and FLAIR depend on
(where solid tumour, necrosis and oedema lie, and the water content), but neither the hidden part
of the leakiness, nor how much of the solid tumour enhances, nor the patient's uptake. No
generator can do better than this but by chance, so its Dice is the yardstick for generators.

The oracle averages the enhancing tumour that the model gives over draws of what it does not know,
and calls enhancing what exceeds one threshold, the same for all exams and chosen to suit them best.
"""

import argparse
import json
import logging
from dataclasses import dataclass, replace

import numpy as np

from gadless.phantom.fields import Array, random_stream
from gadless.phantom.lesion import PREDICTABILITY, SOLID_SHARE, Texture, split_solid
from gadless.phantom.patient import build_head
from gadless.phantom.state import SITES, ExamState, LesionState
from gadless.phantom.tumour import PlacedLesion, hidden_solid_cm3

logger = logging.getLogger(__name__)

THRESHOLDS = np.linspace(0.025, 0.975, 39)


@dataclass(frozen=True)
class OracleResult:
    """What the oracle reaches.

    Attributes
    ----------
    threshold : float
        Probability above which it calls a voxel enhancing.
    dice : ndarray
        One value an exam, for enhancing tumour.
    chance : ndarray
        The same for calling all solid tumour enhancing.
    """

    threshold: float
    dice: np.ndarray
    chance: np.ndarray


def reference_states(exams: int, seed: int = 1) -> list[ExamState]:
    """Exams with one enhancing lesion of the sizes seen in trials of glioblastoma."""
    states = []
    for number in range(exams):
        rng = random_stream(seed, "reference", number)
        enhancing = float(np.clip(np.exp(rng.normal(np.log(11), 0.8)), 1.0, 45.0))
        lesion = LesionState(
            0, enhancing, enhancing * rng.uniform(0, 0.8), enhancing * rng.uniform(1.0, 4.0) + 5
        )
        site = SITES[number % len(SITES)]
        patient = f"oracle-{number:03d}"
        states.append(ExamState(patient, "V1", 0, site, (lesion,), 900_000 + number, None))
    return states


def expected_enhancement(lesion: PlacedLesion, predictability: float, draws: int) -> Array:
    """Probability of enhancement, over what the oracle does not know."""
    state, shape, core = lesion.state, lesion.shape, lesion.core
    # The oracle sees how much solid tumour there is, and how much abnormality around it.
    solid_cm3 = float(core.solid.sum()) * shape.grid.voxel_cm3
    mean = np.zeros_like(core.solid)
    for draw in range(1, draws + 1):
        rng = random_stream(shape.seed, "oracle", shape.lesion, draw)
        share = float(rng.uniform(*SOLID_SHARE))
        enhancing = solid_cm3 - _hidden(state, solid_cm3, share)
        texture = Texture(lesion.texture.water, shape.hidden_field(core.solid, draw))
        occupancy, _ = split_solid(core, texture, enhancing, shape.grid, predictability)
        mean += (occupancy > 0.5) / np.float32(draws)
    return mean


def _hidden(state: LesionState, solid_cm3: float, share: float) -> float:
    """Volume of non-enhancing solid tumour if `share` were the lesion's."""
    hidden = 0.0
    for _ in range(20):
        # The whole non-enhancing volume is what is seen of it outside the core, plus this.
        guess = replace(state, enhancing_cm3=max(solid_cm3 - hidden, 0.0))
        hidden = min(hidden_solid_cm3(guess, share), solid_cm3)
    return hidden


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Dice overlap of two masks; NaN if both are empty."""
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else float("nan")


def oracle(
    states: list[ExamState],
    predictability: float = PREDICTABILITY,
    spacing_mm: float = 2.0,
    draws: int = 40,
) -> OracleResult:
    """Let the oracle predict the enhancing tumour of exams with one lesion each."""
    truths, maps, solids = [], [], []
    for state in states:
        (lesion,) = build_head(state, spacing_mm, predictability).lesions
        true, _ = split_solid(
            lesion.core, lesion.texture, lesion.state.enhancing_cm3, lesion.shape.grid,
            predictability,
        )  # fmt: skip
        truths.append(true > 0.5)
        maps.append(expected_enhancement(lesion, predictability, draws))
        solids.append(lesion.core.solid > 0.5)
        logger.info("%s done", state.patient)
    table = np.array(
        [[dice(m > t, truth) for t in THRESHOLDS] for m, truth in zip(maps, truths, strict=True)]
    )
    best = int(np.argmax(np.median(table, axis=0)))
    chance = np.array([dice(s, truth) for s, truth in zip(solids, truths, strict=True)])
    return OracleResult(float(THRESHOLDS[best]), table[:, best], chance)


def main() -> None:
    """Print the oracle's figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exams", type=int, default=30)
    parser.add_argument("--spacing", type=float, default=2.0)
    parser.add_argument("--predictability", type=float, default=PREDICTABILITY)
    arguments = parser.parse_args()
    result = oracle(reference_states(arguments.exams), arguments.predictability, arguments.spacing)
    lower, median, upper = np.percentile(result.dice, [25, 50, 75])
    figures = {
        "exams": arguments.exams,
        "predictability": arguments.predictability,
        "threshold": result.threshold,
        "dice_median": round(float(median), 3),
        "dice_quartiles": [round(float(lower), 3), round(float(upper), 3)],
        "dice_range": [round(float(result.dice.min()), 3), round(float(result.dice.max()), 3)],
        "dice_median_all_solid": round(float(np.median(result.chance)), 3),
    }
    print(json.dumps(figures, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
