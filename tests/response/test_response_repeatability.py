"""The least change that counts, against its closed form and a simulation; and where it is on."""

import math

import numpy as np
import pytest
from response_cases import respond, settings_of

from gadless.errors import InputError
from gadless.response.criteria_table import criteria_of, criteria_table
from gadless.response.repeatability import least_change

OWN = {"own": {"base": "rano2-2023-volume", "repeatability": True}}


@pytest.mark.parametrize("variation", [0.02, 0.05])
def test_a_small_variation_gives_the_coefficient_of_bland_and_altman(variation):
    """Stat Methods Med Res 1999;8:135: 2.77 times the within-subject standard deviation."""
    found = least_change(variation)
    assert float(found.growth) == pytest.approx(2.77 * variation, rel=0.08)
    assert float(found.shrinkage) == pytest.approx(2.77 * variation, rel=0.08)
    factor = (1 + float(found.growth)) * (1 - float(found.shrinkage))
    assert factor == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("variation", [0.1, 0.3, 0.6])
def test_one_of_twenty_unchanged_tumours_shows_as_much_by_itself(variation):
    """Two readings of one tumour whose error goes with its size."""
    rng = np.random.default_rng(8)
    spread = math.sqrt(math.log1p(variation**2))
    first, second = np.exp(rng.normal(0, spread, (2, 200_000)))
    assert np.std(first) / np.mean(first) == pytest.approx(variation, rel=0.03)
    found, ratio = least_change(variation), second / first
    beyond = (ratio >= 1 + float(found.growth)) | (ratio <= 1 - float(found.shrinkage))
    assert beyond.mean() == pytest.approx(0.05, abs=0.002)


def test_one_exam_scanned_three_times_is_no_progression():
    """The candidate saw 0.78, 0.41 and 1.44 cm3 in the same exam."""
    course = [{"day": 42 * at, "value": value} for at, value in enumerate([0.78, 0.41, 1.44])]
    seen = np.array([visit["value"] for visit in course])
    variation = float(np.std(seen, ddof=1) / np.mean(seen))
    published = respond(course, "rano2-2023-volume")
    assert published["response"].tolist()[-1] == "PD"
    settings = {"repeatability": {"gbca": round(variation, 2)}}
    own = respond(course, "rano2-2023-volume", custom={"repeatability": True}, settings=settings)
    assert "PD" not in set(own["response"])
    assert own["rule"].iloc[-1].startswith("change within the repeatability; least growth ")


def test_it_is_off_for_published_sets():
    course = [{"day": 0, "value": 10}, {"day": 42, "value": 15}]
    settings = {"repeatability": {"gbca": 0.6}}
    assert respond(course, "rano2-2023-volume", settings=settings)["response"].iloc[-1] == "PD"


def test_each_contrast_has_its_own():
    course = [{"day": 0, "value": 10}, {"day": 42, "value": 15}]
    found = respond(
        course,
        "rano2-2023-volume",
        custom={"repeatability": True},
        settings={"repeatability": {"gbca": 0.05, "cgan": 0.3}},
        contrasts=("gbca", "cgan"),
    )
    last = found[(found["visit"] == "V2") & (found["analysis_set"] == "all")]
    assert dict(zip(last["contrast"], last["response"], strict=True)) == {
        "gbca": "PD",
        "cgan": "SD",
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"repeatability": {"gbca": 0.1}}, "no criteria set in use takes it in"),
        ({"repeatability": {"unet": 0.1}}, "'unet' is no contrast of the trial"),
        (
            {"criteria": ["own"], "custom": OWN, "repeatability": {"gbca": 0.1}},
            "criteria own take the repeatability of each contrast in; give that of cgan",
        ),
    ],
)
def test_numbers_without_a_use_and_a_use_without_numbers_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        criteria_of(settings_of(**settings), ["gbca", "cgan"])


def test_the_table_of_criteria_lists_every_value_in_use():
    settings = settings_of(
        criteria=["rano2010", "own", "as-read"],
        custom=OWN,
        repeatability={"gbca": 0.05, "cgan": 0.3},
        t2flair="volume",
        smallest_volume_cm3=0.5,
    )
    sets = criteria_of(settings, ["gbca", "cgan"])
    table = criteria_table(sets, settings)
    assert table.columns.tolist() == ["criteria", "key", "value", "source", "certainty"]
    assert not table.isna().any(axis=None)
    assert not table.duplicated(["criteria", "key"]).any()
    cells = table.set_index(["criteria", "key"])
    assert set(sets[0].origins) <= set(table.loc[table["criteria"] == "rano2010", "key"])
    assert cells.loc[("rano2010", "growth")].tolist() == ["0.25", "PMC6499019 table 2", "verified"]
    assert cells.loc[("rano2010", "confirm_missed"), "value"] == "1"
    assert cells.loc[("rano2010", "t2flair")].tolist() == ["volume", "response.t2flair", "user"]
    assert cells.loc[("rano2010", "least_size")].tolist() == [
        "100 mm2",
        "measurement.measurable_mm",
        "assumed",
    ]
    assert cells.loc[("own", "least_size"), ["value", "certainty"]].tolist() == ["0.5 cm3", "user"]
    assert cells.loc[("own", "repeatability"), ["value", "certainty"]].tolist() == ["yes", "user"]
    assert cells.loc[("own", "repeatability of cgan"), "value"].startswith("0.3: least growth 1.2")
    assert table.loc[table["criteria"] == "as-read", "key"].tolist() == ["measure"]
