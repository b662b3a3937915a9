import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless import vocabulary
from gadless.report import words
from gadless.vocabulary import SEPARATOR


@pytest.mark.parametrize(
    ("analysis", "term", "figure", "text"),
    [
        ("volume", "median_bias_cm3", -0.48, "−0.48 cm³"),
        ("volume", "median_bias_percent", 7.06, "+7.1%"),
        ("progression_status", "discordant", 0.2648752, "26%"),
        ("progression_status", "only_candidate", 0.0596, "6.0%"),
        ("shared_events", "trigger_death", 0.0, "0%"),
        ("time_to_event", "median_days", 128.0, "128 days"),
        ("time_to_event", "incidence", 0.6812, "68%"),
        ("paired_time", "rmst_difference_days", -19.517, "−19.5 days"),
        ("treatment_effect", "treatment_hr", 0.6213, "0.62"),
        ("surrogate_fixed", "c_index", 0.6674, "0.667"),
        ("surrogate_fixed", "c_index_gain", 0.0124, "+0.012"),
        ("volume_abnormality", "median_volume_cm3", 6.31, "6.31 cm³"),
        ("volume", "site_sd_bias_cm3", 0.21, "0.21 cm³"),
        ("population", "visits", 1924.0, "1,924"),
        ("surrogate_fixed", "hr_age", None, "–"),
    ],
)
def test_a_term_is_written_with_its_unit_and_decimals(analysis, term, figure, text):
    record = vocabulary.term(analysis, term)
    assert words.value(record, figure).replace(words.TIED, " ") == text


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
    assert words.brief(row).startswith("5" + words.TIED + "days")


def test_a_share_prints_its_own_fraction_and_a_probability_none():
    row = pd.Series({"analysis": "progression_status", "term": "discordant", "estimate": 0.645})
    row["events"], row["n"] = 336, 521
    assert words.fraction(row) == "336 of 521"
    row["analysis"], row["term"] = "time_to_event", "incidence"
    assert words.fraction(row) == ""


def test_warnings_with_a_semicolon_and_brackets_stay_whole():
    said = ("few events (3 for 4); unreliable", "left out (P01; P02)")
    assert words.warnings(SEPARATOR.join(said)) == list(said)
    assert words.warnings(None) == []


@pytest.mark.parametrize(
    ("analysis", "term", "figure", "text"),
    [
        ("equivalence", "discordance", 0.15, "15%"),
        ("equivalence", "discordance", 0.125, "12.5%"),
        ("equivalence", "hazard_ratio", 1.25, "1.25"),
        ("equivalence", "hazard_ratio", 0.8, "0.80"),
        ("equivalence", "rmst_days", 21.0, "21 days"),
        ("equivalence", "volume_bias_percent", 20.0, "20%"),
    ],
)
def test_a_limit_keeps_the_decimals_that_it_was_given(analysis, term, figure, text):
    record = vocabulary.term(analysis, term)
    assert words.limit(record, figure).replace(words.TIED, " ") == text


def test_strata_become_words():
    assert words.stratum("size:1-5") == "1–5 cm³ on the reference"
    assert words.stratum("landmark:90") == "landmark at 90 days"
    assert words.stratum("site:S-1") == "site S-1"


def test_brackets_are_explained_and_so_is_where_there_are_none():
    rows = pd.DataFrame(
        {
            "estimate": [1.0, 0.55],
            "lower": [0.8, None],
            "upper": [1.3, None],
            "conf_level": [0.95, 0.95],
            "warning": [None, "60 of 1000 resamples failed: no interval"],
        }
    )
    assert words.levels(rows.head(1)) == "In brackets: 95% intervals."
    assert "too many resamples could not be fitted" in words.levels(rows)
    assert words.levels(rows.tail(1)) == ""
