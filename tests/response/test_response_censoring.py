"""Censoring rules as data: what comes with Gadless, one's own, and their words."""

import pytest
from response_cases import endpoint_of, outcomes

from gadless.errors import InputError
from gadless.response.censoring import Censoring, known_censoring, load_censoring

STABLE = [{"day": 42 * n, "value": 400} for n in range(4)]
GROWN = [*STABLE, {"day": 168, "value": 600}]
LATE = [*STABLE, {"day": 260, "value": 600}]


def own(**values):
    return endpoint_of(censoring="own", custom={"own": {"base": "fda", **values}})


def _ends(visits, patient=None, name="PFS", **values):
    how = {"censoring": "own", "custom": {"own": {"base": "fda", **values}}}
    found = outcomes(visits, patient, endpoint=how)[name]
    return found["days"], found["event"], found["description"]


def test_two_sets_come_with_gadless():
    assert known_censoring() == ["ema", "fda"]


@pytest.mark.parametrize("name", known_censoring())
def test_every_value_has_its_source(name):
    rules = load_censoring(endpoint_of(censoring=name))
    assert rules.citation
    assert set(rules.origins) == set(Censoring.model_fields) - {
        "name",
        "title",
        "citation",
        "origins",
    }
    table = rules.table()
    assert table[["source", "certainty", "value"]].notna().all(axis=None)
    assert set(table["certainty"]) <= {"verified", "secondary", "unverified", "assumed"}


def test_a_new_therapy_can_be_an_event():
    change = {"new_therapy_day": 150}
    assert _ends(GROWN, change, new_therapy="event") == (150, 1, "new therapy")
    assert _ends(GROWN, change, "TTP", new_therapy="event")[:2] == (150, 1)
    # Progression came first, and a death on the day itself.
    assert _ends(GROWN, {"new_therapy_day": 168}, new_therapy="event")[2] == "progression"
    dead = change | {"os_days": 150, "os_event": 1}
    assert _ends(STABLE, dead, new_therapy="event")[2] == "death"
    found = outcomes(
        GROWN,
        change,
        endpoint={
            "censoring": "own",
            "custom": {"own": {"base": "ema", "new_therapy": "event"}},
        },
    )
    assert found["PFS"]["trigger"] == "new_therapy"


def test_a_new_therapy_before_time_counts_has_no_time():
    how = {
        "censoring": "own",
        "custom": {"own": {"base": "fda", "new_therapy": "event"}},
        "origin": "treatment",
    }
    patient = {"new_therapy_day": 5, "treatment_day": 10}
    found = outcomes(GROWN, patient, endpoint=how)["PFS"]
    assert found["description"] == "new therapy before time counts"
    assert found["event"] is None or found["event"] != found["event"]


@pytest.mark.parametrize(("missed", "days"), [(1, 126), (2, 126), (3, 260), (None, 260)])
def test_the_number_of_missed_visits_is_a_value(missed, days):
    """134 days after the last: 3.2 planned intervals."""
    more = {"missed_before": []} if missed is None else {}
    assert _ends(LATE, missed_visits=missed, **more)[0] == days


def test_the_number_is_in_the_words():
    assert _ends(LATE, missed_visits=1)[2].endswith("progression after one or more missed visits")


def test_what_a_gap_censors_is_a_value():
    dead = {"os_days": 260, "os_event": 1}
    assert _ends(LATE, missed_before=["death"])[:2] == (260, 1)
    assert _ends(STABLE, dead, missed_before=["death"])[:2] == (126, 0)
    assert _ends(STABLE, dead, missed_before=["progression"])[:2] == (260, 1)


def test_a_decline_without_an_image_is_a_value():
    course = [*STABLE, {"day": 140, "ne": "no images acquired", "clinical": "worse"}]
    assert _ends(course, unseen_decline="event")[:2] == (140, 1)
    assert _ends(course, unseen_decline="ignore")[:2] == (126, 0)


def test_a_death_without_baseline_is_a_value():
    visits, dead = [{"day": 42, "value": 400}], {"os_days": 60, "os_event": 1}
    assert _ends(visits, dead, no_baseline="death_counts")[:2] == (60, 1)
    assert _ends(visits, dead, no_baseline="censor")[:2] == (0, 0)
    # A therapy that came before the death censors it as any other.
    change = dead | {"new_therapy_day": 30}
    assert _ends(visits, change, no_baseline="death_counts")[:2] == (0, 0)


@pytest.mark.parametrize(
    ("custom", "message"),
    [
        ({"own": {"base": "fda2018"}}, "`base` must name one of ema, fda"),
        ({"own": {"base": "fda", "new_terapy": "event"}}, "new_terapy: Extra inputs"),
        ({"own": {"base": "fda", "new_therapy": "ends"}}, "new_therapy: Input should be"),
        ({"own": {"base": "ema", "missed_visits": 2}}, "belong together"),
        ({"own": {"base": "fda", "missed_visits": 0}}, "greater than or equal to 1"),
        ({"fda": {"base": "ema"}}, "comes with Gadless"),
        ({"other": {"base": "fda"}}, "'own' is not known; known are ema, fda, other"),
        # A set that is not chosen is checked as well.
        ({"own": {"base": "fda"}, "bad": {"base": "x"}}, "endpoint.custom.bad"),
    ],
)
def test_rules_that_cannot_be_are_refused(custom, message):
    with pytest.raises(InputError, match=message):
        load_censoring(endpoint_of(censoring="own", custom=custom))


def test_what_is_ones_own_is_marked():
    rules = load_censoring(own(new_therapy="event"))
    assert rules.origins["new_therapy"].certainty == "user"
    assert rules.origins["missed_visits"].certainty == "verified"
    assert rules.title == "own (after the FDA's tables (2007), changed)"


@pytest.mark.parametrize(
    ("rules", "endpoint", "strategies"),
    [
        (endpoint_of(), "PFS", ("hypothetical", "composite variable", "hypothetical")),
        (endpoint_of(), "TTP", ("hypothetical", "while alive", "hypothetical")),
        (
            endpoint_of(censoring="ema"),
            "PFS",
            ("treatment policy", "composite variable", "treatment policy"),
        ),
        (
            own(new_therapy="event"),
            "PFS",
            ("composite variable", "composite variable", "hypothetical"),
        ),
    ],
)
def test_strategies_follow_from_the_values(rules, endpoint, strategies):
    found = load_censoring(rules).intercurrent(endpoint)
    events = ("new_therapy", "death", "missed_visits")
    assert tuple(found[event].strategy for event in events) == strategies
    assert all(each.label and each.handling for each in found.values())
    assert "candidate_failed" in found


def test_nothing_but_a_new_therapy_is_intercurrent_to_survival():
    for name in known_censoring():
        found = load_censoring(endpoint_of(censoring=name)).intercurrent("OS")
        assert {event: each.strategy for event, each in found.items()} == {
            "new_therapy": "treatment policy"
        }


def test_the_words_name_the_number_and_the_events():
    found = load_censoring(own(missed_visits=3, missed_before=["death"])).intercurrent("PFS")
    assert found["missed_visits"].label == "planned visits missed before death: 3 or more"
