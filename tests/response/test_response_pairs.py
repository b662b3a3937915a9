"""Nothing of one pair of reference and candidate depends on another candidate."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from response_cases import endpoint_of, settings_of, tables

from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.courses import GROUP
from gadless.response.criteria import known_criteria, load_criteria
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals

CONTRASTS = ("gbca", "cgan", "unet")
FAILS = st.sets(st.sampled_from(CONTRASTS))


@st.composite
def courses(draw):
    """Visits of a patient on three contrasts, each of which fails now and then."""
    sizes = st.sampled_from([0.0, 0.5, 2.0, 4.0, 7.0, 10.0, 15.0])
    return [
        {"day": 42 * at, "fails": draw(FAILS), **{name: draw(sizes) for name in CONTRASTS}}
        for at in range(draw(st.integers(2, 7)))
    ]


def _derived(course, contrasts, criteria, censoring, absent):
    """All tables of one patient, without index columns that depend on the other contrasts."""
    made = tables(course, {"os_days": 400, "os_event": 1}, contrasts)
    rows = made["measurements"]
    failed = {f"V{at + 1}": visit["fails"] for at, visit in enumerate(course)}
    lost = pd.Series(
        [c in failed[v] for v, c in zip(rows["visit"], rows["contrast"], strict=True)],
        index=rows.index,
    )
    if absent:
        # At least one row of every contrast has to stay.
        lost &= rows.groupby("contrast").cumcount() > 0
        made["measurements"] = rows[~lost]
    else:
        rows.loc[lost, ["evaluable", "reason"]] = [0, "failed"]
    chosen, when = settings_of(), endpoint_of(censoring=censoring)
    sheet, visits, measured = (made[name] for name in ("patients", "visits", "measurements"))
    response = classify(
        **made, criteria=load_criteria([criteria]), settings=chosen, contrasts=contrasts
    )
    times = endpoints(response, sheet, visits, measured, when, chosen)
    return {
        "response": response,
        "best_response": best_response(response, sheet, chosen, when),
        "endpoints": times,
        "intervals": progression_intervals(response, times, sheet, when),
    }


def _rows_of(found, contrasts, candidates):
    """Text of the rows of some contrasts and pairs."""
    kept = {}
    for name, table in found.items():
        mine = table["contrast"].isin(contrasts)
        pair = table["candidate"].isna() | table["candidate"].isin(candidates)
        kept[name] = table[mine & pair].to_csv(index=False, sep="\t")
    return kept


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    courses(),
    st.sampled_from(["rano2-2023-volume", "volumetric-2019", "mrano2017-volume"]),
    st.sampled_from(["fda", "ema"]),
    st.booleans(),
)
def test_adding_or_failing_a_candidate_moves_no_row_of_another_pair(
    course, criteria, censoring, absent
):
    alone = _derived(course, CONTRASTS[:2], criteria, censoring, absent)
    beside = _derived(course, CONTRASTS, criteria, censoring, absent)
    whole = [{**visit, "fails": visit["fails"] - {"unet"}} for visit in course]
    unfailed = _derived(whole, CONTRASTS, criteria, censoring, absent)
    expected = _rows_of(alone, ("gbca", "cgan"), ("cgan",))
    assert _rows_of(beside, ("gbca", "cgan"), ("cgan",)) == expected
    assert _rows_of(unfailed, ("gbca", "cgan"), ("cgan",)) == expected
    for table in beside.values():
        assert list(table.columns[:1]) == ["patient"]
        assert set(GROUP) <= set(table)
        pairs = table.dropna(subset=["candidate"])
        assert set(pairs["analysis_set"]) <= {"common"}
        own = table[table["candidate"].isna()]
        assert set(own["analysis_set"]) == {"all"}
    assert criteria in known_criteria()


def test_a_scan_that_failed_on_the_candidate_is_no_missed_visit_of_the_reference():
    """Progression at V5; the candidate failed at the three visits before."""
    course = [
        {"day": 42 * at, "gbca": size, "cgan": size, "fails": {"cgan"} if 1 <= at <= 3 else set()}
        for at, size in enumerate([10.0, 10.0, 10.0, 10.0, 20.0])
    ]
    found = _derived(course, ("gbca", "cgan"), "rano2-2023-volume", "fda", False)["endpoints"]
    ttp = found[(found["endpoint"] == "TTP")].set_index(["analysis_set", "contrast"])
    assert ttp.loc[("common", "gbca"), ["days", "event"]].tolist() == [168, 1]
    assert ttp.loc[("all", "gbca"), ["days", "event"]].tolist() == [168, 1]
    assert "missed visits" in ttp.loc[("common", "cgan"), "description"]
    assert "missed visits" in ttp.loc[("all", "cgan"), "description"]
