"""The weight of enhancement relaxes once the tumour is found."""

import pytest

from gadless.networks.learners import relaxed


@pytest.mark.parametrize(
    ("progress", "weight"), [(0, 10), (0.5, 10), (0.625, 6), (0.75, 2), (1, 2)]
)
def test_the_weight_goes_from_first_to_last(progress, weight):
    assert relaxed(10, 2, progress) == pytest.approx(weight)
