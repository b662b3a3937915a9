"""Limits that a patient's chart draws, against the rules that classify."""

from fractions import Fraction

import pandas as pd
import pytest

from gadless.report.patients.chart import chart
from gadless.report.patients.events import events
from gadless.report.patients.limits import Limits
from gadless.response.completed import CompletedCriteria
from gadless.response.criteria import known_criteria, load_criteria
from gadless.response.criteria_table import criteria_table
from gadless.response.exact import has_grown, has_shrunk
from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Response

NAMES = [name for name in known_criteria() if name != "as-read"]


def limits_of(name, **settings):
    response = Response(criteria=[name], **settings)
    sets = load_criteria([name], response.custom)
    table = criteria_table(sets, response, Measurement())
    return Limits.of(table, name, "gbca"), CompletedCriteria.of(sets[0], response, Measurement())


@pytest.mark.parametrize("name", NAMES)
def test_a_visit_beyond_a_limit_is_what_the_criteria_call_it(name):
    limits, judge = limits_of(name)
    criteria = judge.criteria
    assert limits.column == judge.measure.column
    for nadir in (0.0, 0.3, 0.9, 6.008, 12.5, 250.0):
        for share in (0.5, 0.99, 1.0, 1.01, 2.0):
            value = limits.over(nadir) * share
            grown = value >= judge.least and has_grown(value, nadir, criteria.growth)
            if share != 1.0:
                assert (share > 1) == grown, (nadir, share)
            value = limits.under(nadir) * share
            if nadir and share != 1.0:
                assert (share < 1) == has_shrunk(value, nadir, criteria.partial), (nadir, share)


def test_the_repeatability_of_a_contrast_widens_its_limits():
    custom = {"own": {"base": "rano2-2023-volume", "repeatability": True}}
    response = Response(criteria=["own"], custom=custom, repeatability={"gbca": 0.2, "cgan": 0.6})
    sets = load_criteria(["own"], response.custom)
    table = criteria_table(sets, response, Measurement())
    judge = CompletedCriteria.of(sets[0], response, Measurement())
    for contrast in ("gbca", "cgan"):
        limits, change = Limits.of(table, "own", contrast), judge.on(contrast).repeat
        assert Fraction(str(limits.growth)) == Fraction(change.growth)
        assert limits.partial == pytest.approx(max(0.65, float(change.shrinkage)))


def test_what_is_only_read_has_no_limit():
    table = pd.DataFrame([{"criteria": "as-read", "key": "measure", "value": "category"}])
    assert Limits.of(table, "as-read", "gbca") is None
    assert Limits.of(table, "another", "gbca") is None


def test_each_visit_is_held_against_what_went_before():
    limits, _ = limits_of("rano2-2023-volume")
    rows = pd.DataFrame(
        {
            "day": [-3, 40, 82, 120],
            "measure": ["enhancing_cm3", "enhancing_cm3", None, "enhancing_cm3"],
            "baseline": [10.0, 10.0, None, 10.0],
            "nadir": [10.0, 10.0, None, 4.0],
        }
    )
    grown, shrunk = limits.drawn(rows)
    assert grown.spans == ((-3.0, 40.0, 14.0), (82.0, 120.0, pytest.approx(5.6)))
    assert shrunk.spans == ((-3.0, 40.0, 3.5), (82.0, 120.0, 3.5))
    values = pd.DataFrame(
        {"day": rows["day"], "visit": "v", "contrast": "gbca", "enhancing_cm3": [10, 4, None, 6]}
    )
    drawn = chart(
        "Volume", values, "enhancing_cm3", [("gbca", "Gd")], [], (grown, shrunk), limits.words
    )
    assert [one.label for one in drawn.limits] == ["progression from 5.6", "response to 3.5"]
    # The axis holds the limit, which lies above every value.
    assert all(one.y > drawn.top for one in drawn.limits)
    assert "progression from 5.6" in drawn.alt
    assert "nadir × 1.4" in drawn.note
    assert "baseline × 0.35" in drawn.note


@pytest.mark.parametrize(("origin", "day"), [("randomisation", 80.0), ("treatment", 87.0)])
def test_events_stand_on_their_study_day(config, origin, day):
    config = config.model_copy(
        update={"endpoint": config.endpoint.model_copy(update={"origin": origin})}
    )
    sheet = pd.DataFrame(
        [{"treatment_day": 7, "new_therapy_day": None, "os_days": 150, "os_event": 1}]
    )
    ends = pd.DataFrame(
        {
            "contrast": ["gbca", "cgan", "cgan"],
            "endpoint": ["TTP", "TTP", "PFS"],
            "days": [80, 113, 113],
            "event": pd.array([1, None, 1], dtype="Int64"),
        }
    )
    shown = [("gbca", "Gd"), ("cgan", "cGAN")]
    told = list(events(config, shown, sheet, ends, pd.Series([-3.0, 80.0, 120.0])))
    assert told == [(7.0, "treatment", -1), (150.0, "death", -1), (day, "progression, Gd", 0)]
    # A death long after the last visit would press the course together.
    sheet["os_days"] = 900
    told = list(events(config, shown, sheet, ends, pd.Series([-3.0, 80.0, 120.0])))
    assert "death" not in [label for _, label, _ in told]
