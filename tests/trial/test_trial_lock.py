"""The lock holds what decides, names what changed, and is never overwritten."""

import datetime
from dataclasses import asdict

import pytest
import yaml

from gadless.errors import InputError
from gadless.response.described import resolved
from gadless.trial.config import Config, read_config
from gadless.trial.lock import (
    BESIDE,
    DECISIVE,
    IMAGING,
    LockStatus,
    decisive,
    digest,
    lock_path,
    lock_status,
    write_lock,
)

DAY = datetime.date(2026, 3, 1)


def config(**changes):
    raw = {"patients": "p.tsv", "measurements": "m.tsv", "candidates": ["cgan", "unet"]}
    return read_config(raw | changes)


def values(**changes):
    chosen = config(**changes)
    return decisive(chosen, resolved(chosen))


def changed(tmp_path, **changes):
    path = tmp_path / "trial.lock.yaml"
    write_lock(values(), path, DAY)
    return [str(change) for change in lock_status(values(**changes), path).changes]


def test_every_key_of_the_configuration_decides_or_does_not():
    assert sorted([*DECISIVE, *IMAGING, *BESIDE]) == sorted(Config.model_fields)


def test_what_is_locked_is_read_back(tmp_path):
    path = tmp_path / "trial.lock.yaml"
    assert lock_status(values(), path) == LockStatus(None)
    assert write_lock(values(), path, DAY) == LockStatus("2026-03-01")
    assert lock_status(values(), path) == LockStatus("2026-03-01")
    held = yaml.safe_load(path.read_text())
    assert held["hash"] == digest(values())
    assert held["values"]["criteria"]["rano2-2023-volume"]["growth"] == "0.4"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"statistics": {"margins": {"discordance": 0.2}}},
            "statistics.margins.discordance: 0.15 → 0.2",
        ),
        ({"endpoint": {"primary": "TTP"}}, 'endpoint.primary: "PFS" → "TTP"'),
        ({"reference": "t1c"}, 'reference: "gbca" → "t1c"'),
        ({"candidates": ["cgan"]}, 'candidates: ["cgan", "unet"] → ["cgan"]'),
        ({"measurement": {"measurable_mm": 5}}, "measurement.measurable_mm: 10.0 → 5.0"),
    ],
)
def test_a_change_is_named_with_its_old_and_its_new_value(tmp_path, changes, expected):
    assert changed(tmp_path, **changes) == [expected]


def test_rules_count_by_their_values_not_by_their_names(tmp_path):
    own = {"base": "rano2-2023-volume", "growth": 0.3}
    sets = ["own", "volumetric-2019", "rano2010"]
    response = {"criteria": sets, "custom": {"own": own}}
    path = tmp_path / "trial.lock.yaml"
    write_lock(values(response=response), path, DAY)
    looser = {"criteria": sets, "custom": {"own": own | {"growth": 0.5}}}
    found = lock_status(values(response=looser), path).changes
    assert [str(change) for change in found] == ['criteria.own.growth: "0.3" → "0.5"']
    unused = {"criteria": sets, "custom": {"own": own, "other": own}}
    assert not lock_status(values(response=unused), path).changes


def test_other_censoring_rules_show_every_value_that_they_change(tmp_path):
    keys = {text.split(":")[0] for text in changed(tmp_path, endpoint={"censoring": "ema"})}
    assert {"endpoint.censoring", "censoring.new_therapy", "censoring.missed_visits"} <= keys


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another"},
        {"results": "elsewhere"},
        {"patients": "q.tsv"},
        {"candidates": ["unet", "cgan"]},
        {"report": {"panels": 1}},
        {"plan": {"patients": 99}},
        {"lock": "there.yaml"},
    ],
)
def test_what_does_not_decide_is_no_change(tmp_path, changes):
    assert changed(tmp_path, **changes) == []


def test_images_and_weights_decide_where_tumours_are_measured_here(tmp_path):
    raw = {"patients": "p.tsv", "visits": "v.tsv", "candidates": ["cgan"]}
    before = decisive(read_config(raw), {"weights": {"cgan": "aa"}})
    coarse = read_config(raw | {"preprocess": {"spacing_mm": 2.0, "fingerprint": "content"}})
    path = tmp_path / "lock.yaml"
    write_lock(before, path, DAY)
    found = lock_status(decisive(coarse, {"weights": {"cgan": "bb"}}), path).changes
    assert [change.key for change in found] == ["preprocess.spacing_mm", "weights.cgan"]


def test_a_lock_that_stands_is_left_and_says_when_it_was_made(tmp_path):
    path = tmp_path / "trial.lock.yaml"
    write_lock(values(), path, DAY)
    before = path.read_bytes()
    later = datetime.date(2027, 1, 1)
    assert write_lock(values(), path, later).locked == "2026-03-01"
    with pytest.raises(InputError, match=r"statistics\.alpha: 0\.05 → 0\.1\n.*remove the file"):
        write_lock(values(statistics={"alpha": 0.1}), path, later)
    assert path.read_bytes() == before


def test_a_lock_edited_by_hand_is_none(tmp_path):
    path = tmp_path / "trial.lock.yaml"
    write_lock(values(), path, DAY)
    path.write_text(path.read_text().replace("discordance: 0.15", "discordance: 0.3"))
    with pytest.raises(InputError, match="edited after it was written"):
        lock_status(values(), path)


@pytest.mark.parametrize("text", ["", "[1, 2]", "locked: [", "\tx", "locked: 2026-01-01\n"])
def test_a_file_that_is_no_lock_is_refused(tmp_path, text):
    path = tmp_path / "trial.lock.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match="is no"):
        lock_status(values(), path)


def test_the_lock_lies_beside_the_configuration():
    assert str(lock_path(config(), ["config/my.yaml"])) == "config/my.lock.yaml"
    assert str(lock_path(config(), ["a.yaml", "b/c.yaml"])) == "b/c.lock.yaml"
    assert str(lock_path(config(lock="kept/here.yaml"), ["a.yaml"])) == "kept/here.yaml"
    assert str(lock_path(config(), [])) == "trial.lock.yaml"


def test_it_travels_to_a_job(tmp_path):
    path = tmp_path / "trial.lock.yaml"
    write_lock(values(), path, DAY)
    status = lock_status(values(reference="t1c"), path)
    assert LockStatus.of(asdict(status)) == status
