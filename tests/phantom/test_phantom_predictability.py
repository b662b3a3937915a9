"""The oracle, and that the page states the parameter that the code has."""

import re
from pathlib import Path

import numpy as np
import pytest

from gadless.phantom.lesion import PREDICTABILITY
from gadless.phantom.predictability import dice, oracle, reference_states

SPACING = 4.0
PAGE = Path(__file__).parents[2] / "docs" / "phantom.md"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [([1, 1, 0, 0], [1, 0, 1, 0], 0.5), ([1, 0], [1, 0], 1.0), ([1, 0], [0, 1], 0.0)],
)
def test_dice(one: list[int], other: list[int], expected: float) -> None:
    assert dice(np.array(one) > 0, np.array(other) > 0) == expected


def test_dice_of_nothing_is_undefined() -> None:
    assert np.isnan(dice(np.zeros(3, bool), np.zeros(3, bool)))


def test_oracle_beats_chance_and_gains_with_predictability() -> None:
    states = reference_states(4)
    low, frozen, high = (
        oracle(states, value, SPACING, draws=10) for value in (0.2, PREDICTABILITY, 0.97)
    )
    assert np.median(frozen.dice) > np.median(frozen.chance) + 0.02
    assert np.median(low.dice) < np.median(frozen.dice) < np.median(high.dice)
    assert np.median(high.dice) > 0.85


def test_reference_states_are_fixed() -> None:
    assert reference_states(3) == reference_states(5)[:3]


def test_page_states_the_frozen_parameter() -> None:
    rows = re.findall(r"^\| \d+ \| ([\d.]+) \|.*\*\*", PAGE.read_text(encoding="utf-8"), re.M)
    assert [float(row) for row in rows] == [PREDICTABILITY]
