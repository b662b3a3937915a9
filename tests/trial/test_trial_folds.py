"""Whom a network has not seen: folds and splits by patient, site or column."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.errors import InputError
from gadless.trial.folds import fold_of, last_units, sites_of, units_of

NAMES = st.lists(st.text("abcdef0123", min_size=1, max_size=4), min_size=2, unique=True)


def patients(**columns) -> pd.DataFrame:
    return pd.DataFrame({"patient": ["p1", "p2", "p3"], **columns})


VISITS = pd.DataFrame(
    {
        "patient": ["p1", "p1", "p2", "p3"],
        "visit": ["V1", "V2", "V1", "V1"],
        "site": ["north", "north", "south", None],
    }
)


@given(NAMES, st.floats(0.01, 0.99))
def test_the_last_units_are_held_out_and_some_remain(names, share):
    last = last_units({name: name for name in names}, share)
    assert 0 < len(last) < len(names)


def test_one_unit_is_too_few():
    with pytest.raises(InputError, match="at least 2 are needed"):
        last_units({"p1": "north", "p2": "north"}, 0.5)


def test_sites_go_as_a_whole():
    units = {"p1": "north", "p2": "south", "p3": "north", "p4": "south"}
    assert last_units(units, 0.1) == {"p2", "p4"}


@given(NAMES, st.integers(2, 6))
def test_every_fold_has_somebody_and_everybody_is_in_one(names, count):
    units = {name: name for name in names}
    if len(names) < count:
        with pytest.raises(InputError, match="set it to"):
            fold_of(units, count, "patient")
        return
    folds = fold_of(units, count, "patient")
    assert set(folds) == set(names)
    assert set(folds.values()) == set(range(1, count + 1))
    assert folds == fold_of(dict(reversed(units.items())), count, "patient")


def test_who_joins_moves_nobody():
    few = {f"P{i:03}": f"P{i:03}" for i in range(60)}
    more = {**few, **{f"A{i:03}": f"A{i:03}" for i in range(40)}}
    before, after = fold_of(few, 5, "patient"), fold_of(more, 5, "patient")
    assert {name: after[name] for name in few} == before


def test_patients_of_a_site_are_in_one_fold():
    units = {f"p{i}": f"site{i % 4}" for i in range(20)}
    folds = fold_of(units, 3, "site")
    assert all(len({folds[p] for p in units if units[p] == site}) == 1 for site in units.values())


def test_the_column_decides():
    units = units_of(patients(fold=["10", "2", "10"]), VISITS, "fold")
    assert fold_of(units, 2, "fold") == {"p1": 2, "p2": 1, "p3": 2}
    with pytest.raises(InputError, match="the column `fold` has 2 values"):
        fold_of(units, 3, "fold")


def test_a_gap_in_the_column_is_named():
    with pytest.raises(InputError, match="patient p2 has no `fold`"):
        units_of(patients(fold=["1", None, "2"]), VISITS, "fold")
    with pytest.raises(InputError, match="patient p1 has no `fold`"):
        units_of(patients(), VISITS, "fold")


def test_the_site_is_the_patients_or_that_of_all_visits():
    assert units_of(patients(site=["a", "b", "c"]), VISITS, "site")["p1"] == "a"
    with pytest.raises(InputError, match="patient p3 needs one site, and has none"):
        units_of(patients(), VISITS, "site")
    moved = VISITS.assign(site=["north", "south", "south", "east"])
    with pytest.raises(InputError, match="patient p1 needs one site, and has north and south"):
        units_of(patients(), moved, "site")


def test_the_site_of_a_visit_is_its_own_or_its_patients():
    found = sites_of(patients(site=[None, None, "east"]), VISITS)
    assert found == {("p1", "V1"): "north", ("p1", "V2"): "north", ("p2", "V1"): "south"} | {
        ("p3", "V1"): "east"
    }
