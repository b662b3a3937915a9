import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.report import words


@pytest.mark.parametrize(
    ("term", "figure", "text"),
    [
        ("median_bias_cm3", -0.48, "−0.48 cm³"),
        ("median_bias_percent", 7.06, "+7.1%"),
        ("discordant", 0.2648752, "26%"),
        ("only_candidate", 0.0596, "6.0%"),
        ("trigger_death", 0.0, "0%"),
        ("median_days", 128.0, "128 days"),
        ("rmst_difference_days", -19.517, "−19.5 days"),
        ("treatment_hr", 0.6213, "0.62"),
        ("c_index", 0.6674, "0.667"),
        ("median_volume_cm3", 6.31, "6.31 cm³"),
        ("site_sd_bias_cm3", 0.21, "0.21 cm³"),
        ("hr_age", None, "–"),
    ],
)
def test_a_term_is_written_with_its_unit_and_decimals(term, figure, text):
    assert words.value(term, figure).replace(words.TIED, " ") == text


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_written_number_is_the_number_rounded(figure, digits):
    text = words.number(figure, digits).replace(",", "").replace(words.MINUS, "-")
    assert float(text) == pytest.approx(figure, abs=0.500001 * 10**-digits)


def test_nothing_rounds_to_minus_zero():
    assert words.number(-0.001, 2) == "0.00"
    assert words.number(-0.001, 2, signed=True) == "0.00"


def test_p_values_keep_their_relation():
    assert words.p_value(0.0004).replace(words.TIED, " ") == "p < 0.001"
    assert words.p_value(0.034).replace(words.TIED, " ") == "p = 0.034"
    assert words.p_value(None) == words.DASH


def test_the_restricted_mean_is_a_difference_in_equivalence_only():
    row = pd.Series({"analysis": "equivalence", "term": "rmst_days", "estimate": 4.6})
    row["lower"], row["upper"], row["conf_level"] = -9.4, 18.3, 0.9
    assert words.interval(row).replace(words.TIED, " ") == "90% interval −9.4 to +18.3 days"
    row["analysis"] = "time_to_event"
    assert words.value(words.scale(row), 128.0).replace(words.TIED, " ") == "128 days"


def test_strata_become_words():
    assert words.stratum("size:1-5") == "1–5 cm³ on the reference"
    assert words.stratum("landmark:90") == "landmark at 90 days"
    assert words.stratum("site:S-1") == "site S-1"


def test_every_share_of_the_tables_is_written_as_one():
    """A term that the statistics give by `Rows.share` must not be printed as a plain number."""
    folder = Path(__file__).parents[2] / "src" / "gadless" / "statistics"
    given = set()
    for file in folder.glob("*.py"):
        given |= set(re.findall(r'\.share\(\s*"([a-z_]+)"', file.read_text()))
    assert len(given) > 8
    assert {term for term in given if words.kind(term) != "share"} == set()
