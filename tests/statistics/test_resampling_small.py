"""A handful of patients is not resampled: its intervals would have no width and decide anyway."""

import numpy as np
import pytest

from gadless.statistics.estimators.bootstrap import LEAST_PATIENTS, Bootstrapped, patient_weights


@pytest.mark.parametrize(
    ("patients", "rows"), [(1, 1), (LEAST_PATIENTS - 1, 1), (LEAST_PATIENTS, 101)]
)
def test_few_patients_give_the_sample_alone(patients, rows):
    weights = patient_weights(patients, 100, 1)
    assert weights.shape == (rows, patients)
    assert (weights[0] == 1).all()


def test_without_resamples_there_is_no_interval():
    lower, upper, _ = Bootstrapped.of(np.array([0.3])).interval(0.95)
    assert np.isnan([lower, upper]).all()


def test_an_interval_leaves_the_nominal_share_of_draws_outside():
    # One more draw falls into each gap of 399 with equal chance: 10 of 400 below, 10 above.
    figure = Bootstrapped(200.0, np.arange(1.0, 400.0))
    assert figure.interval(0.95)[:2] == pytest.approx((10, 390))
    assert figure.interval(0.90)[:2] == pytest.approx((20, 380))
