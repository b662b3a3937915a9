"""Do 95% intervals hold the truth as often as they say? Small, seeded simulations.

Large ones, of every headline number, are in `benchmarks/`.
"""

import numpy as np
from scipy.stats import binom

from gadless.statistics.estimators.bootstrap import Bootstrapped, patient_weights
from gadless.statistics.estimators.continuous import concordance
from gadless.statistics.estimators.kaplan_meier import kaplan_meier

TRIALS = 250
LOW, HIGH = binom.ppf([0.0005, 0.9995], TRIALS, 0.95)
"""A correct interval leaves this band once in a thousand seeds."""


def covered(figure: Bootstrapped, truth: float) -> bool:
    lower, upper, _ = figure.interval(0.95)
    return lower <= truth <= upper


def test_paired_restricted_means() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for trial in range(TRIALS):
        true = rng.exponential(200, 80)
        seen = [42 * np.ceil(true * rng.lognormal(0, 0.2, 80) / 42) for _ in range(2)]
        end = rng.uniform(200, 600, 80)
        weights = patient_weights(80, 200, trial)
        means = [
            Bootstrapped.of(
                kaplan_meier(np.minimum(days, end), days <= end, weights).restricted_mean(180)
            )
            for days in seen
        ]
        held += covered(means[1] - means[0], 0.0)
    assert LOW <= held <= HIGH


def test_concordance_of_repeated_visits() -> None:
    # Variance 4 between patients, 1 between visits, and noise of 1 on each contrast: CCC 5/6.
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(80), 3)
    held = 0
    for trial in range(TRIALS):
        true = rng.normal(0, 2, 80)[patient] + rng.normal(0, 1, 240)
        pair = [true + rng.normal(0, 1, 240) for _ in range(2)]
        weights = patient_weights(80, 200, trial)[:, patient]
        held += covered(Bootstrapped.of(concordance(*pair, weights).ccc), 5 / 6)
    assert LOW <= held <= HIGH
