"""Figures are graded where they are listed; where images are made, only what is a fault counts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.errors import DataFault
from gadless.images.quality import Findings, Limit, graded, limit_of, limits
from gadless.trial.config import Preprocess
from gadless.trial.config.quality import Quality

STRICT = Quality(
    similarity_warn=0.9,
    shift_warn_mm=1.0,
    brain_cm3_warn=(1200.0, 1300.0),
    followup_warn=0.99,
    coverage_warn=1.0,
)
KNOWN = limits(Quality())
# Figure, and its grade under the limits as they come.
CASES = [
    ("similarity", 0.4, "pass", "at least 0.23; fails below 0.2"),
    ("similarity", 0.21, "warn", "at least 0.23; fails below 0.2"),
    ("similarity", 0.19, "fail", "at least 0.23; fails below 0.2"),
    ("shift", 20.0, "pass", "at most 20; fails above 60"),
    ("shift", 20.01, "warn", "at most 20; fails above 60"),
    ("shift", 61.0, "fail", "at most 20; fails above 60"),
    ("brain_cm3", 1400.0, "pass", "900 to 2200; fails outside 500 to 2300"),
    ("brain_cm3", 800.0, "warn", "900 to 2200; fails outside 500 to 2300"),
    ("brain_cm3", 2600.0, "fail", "900 to 2200; fails outside 500 to 2300"),
    ("followup", math.nan, "fail", "at least 0.9; fails below 0.8"),
]


def row(name, value, quality=KNOWN):
    findings = Findings()
    findings.hold("t1", "step", "figure", value, quality[name])
    return findings.as_records()[0]


@pytest.mark.parametrize(("name", "value", "outcome", "words"), CASES)
def test_a_figure_is_graded_by_its_limit(name, value, outcome, words):
    found = graded(row(name, value), KNOWN)
    assert (found["outcome"], found["limit"]) == (outcome, words)


@pytest.mark.parametrize(("name", "value", "outcome", "words"), CASES)
def test_what_a_stage_keeps_hangs_on_no_warning(name, value, outcome, words):
    assert row(name, value, limits(STRICT)) == row(name, value)
    assert graded(row(name, value), limits(STRICT))["outcome"] in ("warn", outcome)


@given(st.floats(), st.floats(0, 1), st.floats(0, 1))
def test_grades_are_those_of_the_figure_before_it_is_rounded(value, one, other):
    warn, fail = max(one, other), min(one, other)
    findings = Findings()
    findings.hold("t1", "step", "figure", value, Limit("at_least", warn, fail))
    found = graded(findings.as_records()[0], KNOWN)
    if math.isfinite(value):
        expected = "pass" if value >= warn else "warn" if value >= fail else "fail"
        assert found["value"] == float(f"{value:.4g}")
    else:
        expected = "fail"
        assert found["value"] == "not a number"
    assert found["outcome"] == expected


def test_a_failing_figure_is_the_fault_that_it_means():
    findings = Findings()
    with pytest.raises(DataFault, match="another patient"):
        findings.hold("t2", "register", "figure", 0.1, KNOWN["similarity"], "another patient")
    findings.hold("t2", "register", "figure", 0.22, KNOWN["similarity"], "another patient")
    findings.hold("t2", "register", "figure", 0.1, KNOWN["similarity"])
    assert len(findings.rows) == 3


def test_a_circumstance_is_flagged_without_a_limit():
    findings = Findings()
    findings.note("t1", "read", "orientation", "not stated in header", warn=True)
    findings.note("t1", "bias", "sd", 0.123456)
    first, second = (graded(one, KNOWN) for one in findings.as_records())
    assert (first["outcome"], first["value"]) == ("warn", "not stated in header")
    assert (second["outcome"], second["value"], second["limit"]) == ("pass", 0.1235, None)


def test_images_are_asked_for_by_what_makes_a_fault_alone():
    plain = Preprocess().for_images()
    assert Preprocess(quality=STRICT).for_images() == plain
    assert Preprocess(fingerprint="content").for_images() == plain
    harder = Quality(similarity_fail=0.22)
    assert Preprocess(quality=harder).for_images() != plain
    # It is a configuration still, whatever the warnings were.
    read = Preprocess(**Preprocess(quality=harder).for_images())
    assert read.quality.similarity("t1c") == (0.22, 0.22)


def test_a_sequence_has_a_limit_of_its_own_and_a_number_holds_for_all():
    findings = Findings()
    for sequence in ("t1c", "adc"):
        limit = limit_of(KNOWN, "similarity", sequence)
        findings.hold(sequence, "register", "figure", 0.21, limit)
    rows = [graded(one, KNOWN)["outcome"] for one in findings.as_records()]
    assert rows == ["fail", "warn"]
    merged = Quality(similarity_fail={"t2": 0.1}, similarity_warn={"t2": 0.2})
    assert merged.similarity("t2") == (0.2, 0.1)
    assert merged.similarity("t1c") == Quality().similarity("t1c")
    assert Quality(similarity_fail=0.1).similarity("t1c")[1] == 0.1
