"""Criteria as data: complete, sourced, and a user's own."""

from decimal import Decimal

import pytest
import yaml
from response_cases import settings_of

from gadless.errors import InputError
from gadless.response.criteria import Criteria, known_criteria, load_criteria

NAMES = [
    "as-read",
    "irano2015",
    "macdonald1990",
    "mrano2017-2d",
    "mrano2017-volume",
    "rano-bm",
    "rano2-2023-2d",
    "rano2-2023-volume",
    "rano2010",
    "volumetric-2019",
]


def test_all_sets_are_there():
    assert known_criteria() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_a_source_and_a_certainty(name):
    (criteria,) = load_criteria([name])
    values = set(Criteria.model_fields) - {"name", "title", "citation", "origins"}
    assert set(criteria.origins) == values
    for origin in criteria.origins.values():
        assert origin.certainty in ("verified", "secondary", "unverified", "assumed")
        assert origin.source


@pytest.mark.parametrize(
    ("name", "growth", "partial", "measure"),
    [
        # REFERENCE 3.1: the tables of PMC10584081, PMC6499019 and the volumetric options.
        ("macdonald1990", "0.25", "0.5", "products"),
        ("rano2010", "0.25", "0.5", "products"),
        ("mrano2017-2d", "0.25", "0.5", "products"),
        ("mrano2017-volume", "0.4", "0.65", "volume"),
        ("rano2-2023-2d", "0.25", "0.5", "products"),
        ("rano2-2023-volume", "0.4", "0.65", "volume"),
        ("volumetric-2019", "0.4", "0.65", "volume"),
        ("irano2015", "0.25", "0.5", "products"),
        ("rano-bm", "0.2", "0.3", "diameters"),
    ],
)
def test_thresholds(name, growth, partial, measure):
    (criteria,) = load_criteria([name])
    assert (criteria.growth, criteria.partial) == (Decimal(growth), Decimal(partial))
    assert criteria.measure == measure


def test_volume_thresholds_are_those_of_the_products_on_a_sphere():
    """A product goes with the diameter squared, a volume with its cube."""
    growth, shrinkage = 1.25**1.5 - 1, 1 - 0.5**1.5
    assert growth == pytest.approx(0.40, abs=0.005)
    assert shrinkage == pytest.approx(0.65, abs=0.005)


def test_a_users_own_set_differs_where_it_says_so():
    (own,) = load_criteria(["strict"], {"strict": {"base": "rano2010", "growth": 0.3}})
    assert own.name == "strict"
    assert own.growth == Decimal("0.3")
    assert own.partial == Decimal("0.5")
    assert own.origins["growth"].certainty == "user"
    assert own.origins["partial"].certainty == "verified"


def test_off_may_be_written_bare():
    """YAML reads `off` as false."""
    (own,) = load_criteria(["own"], {"own": yaml.safe_load("{base: rano2010, t2flair: off}")})
    assert own.t2flair == "off"
    assert settings_of(**yaml.safe_load("t2flair: off")).t2flair == "off"


def test_order_is_kept():
    names = ["volumetric-2019", "rano2010"]
    assert [each.name for each in load_criteria(names)] == names


@pytest.mark.parametrize(
    ("names", "custom", "message"),
    [
        (["rano2011"], {}, "rano2011.*known are.*rano2010"),
        (["rano2010", "rano2010"], {}, "twice"),
        (["own"], {"own": {"growth": 0.3}}, "own.*base"),
        (["own"], {"own": {"base": "rano2010", "grwth": 0.3}}, "own: grwth"),
        (["own"], {"own": {"base": "rano2010", "growth": -1}}, "own: growth"),
        (["rano2010"], {"rano2010": {"base": "rano2010"}}, "another name"),
        (["rano2010"], {"unused": {"base": "rano2010", "growth": -1}}, "unused: growth"),
        (["own"], {"own": {"base": "rano2010", "growth": 40}}, "own: growth.*5"),
        (
            ["own"],
            {"own": {"base": "mrano2017-volume", "confirm_progression": "early"}},
            "own: .*need an early_window",
        ),
        (
            ["own"],
            {"own": {"base": "rano2-2023-2d", "confirm_against": "first"}},
            "own: .*needs refuted_becomes_reference",
        ),
        (
            ["own"],
            {"own": {"base": "rano-bm", "nonenhancing_disease": True}},
            "own: .*diameters are of enhancing tumour only",
        ),
    ],
)
def test_faults_are_named(names, custom, message):
    with pytest.raises(InputError, match=message):
        load_criteria(names, custom)


def test_criteria_cannot_be_changed_afterwards():
    (criteria,) = load_criteria(["rano2010"])
    with pytest.raises(ValueError, match="frozen"):
        criteria.growth = Decimal("0.5")
