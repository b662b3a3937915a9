"""The configuration in full."""

from pathlib import Path

import yaml

from gadless.trial.config import Config, read_config
from gadless.trial.defaults import defaults

ROOT = Path(__file__).parents[2]


def test_it_says_the_defaults_and_every_key():
    raw = yaml.safe_load(defaults())
    assert read_config(raw) == Config(patients="patients.tsv", visits="visits.tsv")
    assert set(raw) == set(Config.model_fields)


def test_a_key_that_is_left_out_has_the_value_that_stands_there():
    raw = yaml.safe_load(defaults())
    whole = read_config(raw)
    for name in set(raw) - {"patients", "visits"}:
        assert read_config({key: raw[key] for key in raw if key != name}) == whole
