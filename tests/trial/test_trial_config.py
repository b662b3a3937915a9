"""The configuration: what would fail late, or be taken for something else, is refused at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.errors import InputError
from gadless.trial.config import check_keys, read_config

SHEETS = {"patients": "p.tsv", "measurements": "m.tsv"}
INFINITE = (float("inf"), float("-inf"), float("nan"))


def fault(**keys):
    with pytest.raises(InputError) as caught:
        read_config({**SHEETS, **keys})
    return str(caught.value)


def test_a_trial_measured_elsewhere_names_its_contrasts_as_it_likes():
    config = read_config({**SHEETS, "reference": "local", "candidates": ["reader2", "Zentral 1"]})
    assert config.shown == ["local", "reader2", "Zentral 1"]
    assert config.contrasts == ["local", "Zentral 1", "reader2"]
    assert read_config({**SHEETS, "candidates": []}).contrasts == ["gbca"]


def test_a_key_that_has_gone_says_what_replaced_it():
    said = fault(report={"phantom": True})
    assert "report.phantom: this key has gone; delete it." in said
    assert "column `phantom` of the patients sheet" in said
    assert "unknown key" not in said


@pytest.mark.parametrize("name", ["", " ", "NA", "n/a", ".", " a", "a\tb", "a\nb"])
def test_a_name_that_no_sheet_can_hold_is_refused(name):
    assert "cannot name a contrast" in fault(candidates=[name])


@pytest.mark.parametrize("name", [100, 0.1, 7, True])
def test_a_name_that_yaml_takes_for_a_number_is_to_be_quoted(name):
    assert "put it in quotes" in fault(candidates=[name])


def test_labels_are_what_a_person_reads():
    labels = {"gbca": "Gadolinium, central"}
    config = read_config({**SHEETS, "candidates": ["cgan", "reader2"], "labels": labels})
    shown = [config.label_of(name) for name in config.contrasts]
    assert shown == ["Gadolinium, central", "cGAN", "reader2"]
    assert read_config(SHEETS).label_of("gbca") == "Gadolinium"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"reader3": "x"}, "names no contrast of the trial: ['reader3']"),
        ({"gbca": "cGAN"}, "each contrast needs a label of its own"),
        ({"gbca": " "}, "each contrast needs a label of its own"),
    ],
)
def test_labels_that_tell_nothing_apart_are_refused(labels, words):
    assert words in fault(labels=labels)


def test_a_repeat_is_a_contrast_of_its_own_and_no_candidate():
    config = read_config({**SHEETS, "repeat": "second", "labels": {"second": "Second reading"}})
    assert config.contrasts == ["gbca", "cgan", "unet"]
    assert config.readings == ["gbca", "cgan", "unet", "second"]
    assert config.label_of("second") == "Second reading"
    for name in ("gbca", "cgan"):
        assert "`repeat` names the reference or a candidate" in fault(repeat=name)
    # With scans, it is a contrast whose masks stand in the sheet, which reading the sheet finds.
    config = read_config({"patients": "p.tsv", "visits": "v.tsv", "repeat": "second"})
    assert config.readings[-1] == "second"


@pytest.mark.parametrize("value", INFINITE)
@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("statistics.margins", "hazard_ratio"),
        ("statistics.margins", "volume_bias_percent"),
        ("statistics.margins", "rmst_days"),
        ("statistics", "events_per_variable"),
        ("report", "days_per_month"),
        ("preprocess.quality", "identity_fail"),
        ("preprocess.quality", "shift_fail_mm"),
        ("preprocess", "spacing_mm"),
        ("measurement", "measurable_mm"),
        ("response", "physiologic_steroid_mg"),
    ],
)
def test_numbers_are_finite(section, key, value):
    given = {key: value}
    for name in reversed(section.split(".")):
        given = {name: given}
    assert f"{section}.{key}: Input should be" in fault(**given)


@pytest.mark.parametrize(
    "keys",
    [
        {"statistics": {"seed": -1}},
        {"statistics": {"seed": 2**32}},
        {"preprocess": {"seed": -1}},
        {"training": {"recipes": {"cgan": {"seed": -1}}}},
        {"statistics": {"landmarks": [-90]}},
        {"statistics": {"rmst_days": 10**9}},
        {"report": {"days_per_month": 1}},
    ],
)
def test_numbers_that_nothing_can_use_are_refused(keys):
    assert "Input should be" in fault(**keys)


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        ({"similarity_fail": 0.3}, "`similarity_fail` 0.3 is milder than `similarity_warn`"),
        ({"followup_warn": 0.7}, "`followup_fail` 0.8 is milder"),
        ({"coverage_fail": 0.99}, "`coverage_fail` 0.99 is milder"),
        ({"shift_fail_mm": 10}, "`shift_fail_mm` 10 is milder"),
        ({"brain_cm3_fail": [1000, 2500]}, "must lie within `brain_cm3_fail`"),
        ({"brain_cm3_warn": [2200, 900]}, "the lesser first"),
    ],
)
def test_what_fails_is_worse_than_what_warns(quality, words):
    assert words in fault(preprocess={"quality": quality})


def test_a_mapping_is_merged_over_its_defaults():
    config = read_config({**SHEETS, "networks": {"cgan": {"weights": "mine.safetensors"}}})
    assert {name: one.weights for name, one in config.networks.items()} == {
        "cgan": "mine.safetensors",
        "unet": None,
        "segmenter": None,
        "abnormality": None,
    }
    recipes = {"cgan": {"steps": 5, "losses": {"rest": 2.0}}, "own": {"kind": "generator"}}
    merged = read_config({**SHEETS, "training": {"recipes": recipes}}).training.recipes
    assert list(merged) == ["segmenter", "abnormality", "unet", "cgan", "own"]
    assert merged["cgan"].steps == 5
    assert merged["cgan"].adversarial_start == 750
    assert (merged["cgan"].losses.rest, merged["cgan"].losses.adversarial) == (2.0, 0.02)
    assert "networks.cgan.weigths: unknown key" in fault(networks={"cgan": {"weigths": "x"}})


def test_a_key_that_stands_twice_is_a_fault_with_both_lines(tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(
        "name: one\n"
        "statistics: {seed: 1, bootstrap: 5, seed: 2}\n"
        "response:\n"
        "  criteria: [rano2010]\n"
        "  custom:\n"
        "    mine: {base: rano2010}\n"
        "    'mine': {base: rano2010}\n"
        "name: two\n"
    )
    with pytest.raises(InputError) as caught:
        check_keys([path])
    text = str(caught.value)
    assert f"{path}: `name` stands twice, in rows 1 and 8; keep one" in text
    assert "`statistics.seed` stands twice, in rows 2 and 2" in text
    assert "`response.custom.mine` stands twice, in rows 6 and 7" in text
    assert len(text.splitlines()) == 4


def test_keys_within_lists_and_anchors_are_each_their_own(tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(
        "a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}\n"
        "schedule: [{until_day: 1}, {until_day: 2}]\n1: x\n'1': y\n"
    )
    check_keys([path])
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "trial.json").write_text('{"name": "x", "candidates": ["cgan"]}')
    check_keys([tmp_path / "empty.yaml", tmp_path / "trial.json"])


_KEYS = st.text("abc", min_size=1, max_size=2)


@given(st.lists(st.tuples(_KEYS, st.integers()), min_size=1, max_size=6))
def test_a_file_passes_if_and_only_if_no_key_is_lost(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("yaml") / "trial.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in pairs))
    if len({key for key, _ in pairs}) == len(pairs):
        check_keys([path])
    else:
        with pytest.raises(InputError, match="stands twice"):
            check_keys([path])


@pytest.mark.parametrize(
    ("section", "key"), [("statistics", "seed"), ("statistics", "alpha"), ("preprocess", "seed")]
)
def test_yes_and_no_are_no_numbers(section, key):
    with pytest.raises(InputError, match=f"`{key}` is a number, and YAML takes on, off"):
        read_config({"patients": "p.tsv", "visits": "v.tsv", section: {key: True}})


@pytest.mark.parametrize("given", [20000101, 5.5, True, "1e3", "2000-13-01", "1800-01-01"])
def test_a_number_is_no_date(given):
    """Pydantic alone would take it for seconds since 1970."""
    assert "cdisc.reference_date: " in fault(cdisc={"reference_date": given})
    config = read_config({**SHEETS, "cdisc": {"reference_date": "2011-02-03"}})
    assert config.model_dump(mode="json")["cdisc"] == {"reference_date": "2011-02-03"}
