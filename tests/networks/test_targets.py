"""What a generator may learn to predict."""

import numpy as np

from gadless.networks.targets import residual


def test_anatomy_goes_and_enhancement_stays():
    rng = np.random.default_rng(5)
    shape = (16, 16, 16)
    t1, t2 = (rng.uniform(0.5, 1.5, shape).astype(np.float32) for _ in range(2))
    after = 0.2 + 0.7 * t1 - 0.1 * t2 + 0.3 * t1 * t2 + 0.1 * t2**2
    lesion, vessel = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    lesion[:4, :4, :4], vessel[10:12, 10:12] = True, True
    enhanced = (after + 0.5 * lesion + 1.5 * vessel).astype(np.float32)
    brain = np.ones(shape, np.bool_)
    brain[-1] = False
    found = residual(enhanced, [t1, t2], brain & ~lesion, brain)
    expected = np.where(brain, 0.5 * lesion + 1.5 * vessel, 0)
    np.testing.assert_allclose(found, expected, atol=1e-4)  # the vessel does not bend the fit


def test_too_little_normal_brain_gives_the_subtraction():
    t1 = np.ones((4, 4, 4), np.float32)
    brain = np.ones(t1.shape, np.bool_)
    found = residual(t1 * 1.5, [t1], np.zeros_like(brain), brain)
    np.testing.assert_allclose(found, 0.5)
