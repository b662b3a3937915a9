"""Configurations: a fault that names the key or the file, or every value as it was written."""

import json
import math
from pathlib import Path

import pytest
import yaml
from grids import NASTY
from hypothesis import given
from judging import budget, judge
from yaml_texts import configurations, texts

from gadless.response.censoring import load_censoring
from gadless.response.criteria_table import criteria_of
from gadless.trial.config import Config, check_keys, read_config, with_paths
from gadless.trial.config.paths import _IsPath

MEASURED = {
    "name": "a trial",
    "patients": "patients.tsv",
    "measurements": "measurements.tsv",
    "candidates": ["cgan"],
    "statistics": {"bootstrap": 5, "covariates": ["age"]},
}
SCANNED = {
    "patients": "patients.tsv",
    "visits": "visits.tsv",
    "preprocess": {"quality": {"similarity_warn": 0.4}},
    "networks": {"cgan": {"weights": "mine.safetensors"}},
    "response": {"custom": {"mine": {"base": "rano2010", "growth": 0.3}}},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("configuration") / "trial.yaml"


def started(path: Path, raw: dict) -> Config:
    """Do what a start does with a configuration, before it looks at any sheet."""
    check_keys([path])
    config = read_config(with_paths(raw, Config, [path], {}))
    criteria_of(config.response, config.readings)
    load_censoring(config.endpoint)
    return config


def same(given, held) -> bool:
    """Whether a value is held as it was written; a mapping may have gained its defaults."""
    if isinstance(given, dict):
        held = {str(key): value for key, value in held.items()}
        # A recipe without inputs has those of its kind.
        stated = {
            key: one for key, one in given.items() if key != "inputs" or one not in (None, [])
        }
        return all(str(key) in held and same(one, held[str(key)]) for key, one in stated.items())
    if isinstance(held, dict):
        # One limit for all sequences.
        return all(same(given, one) for one in held.values())
    if isinstance(given, list):
        return len(given) == len(held) and all(map(same, given, held))
    if isinstance(held, str) and isinstance(given, str):
        return given == held or given.upper() == held or Path(given).name == Path(held).name
    if isinstance(held, bool):
        words = {"yes": 1, "on": 1, "y": 1, "t": 1, "true": 1, "1": 1}
        return held == (words.get(given.casefold(), 0) if isinstance(given, str) else given)
    if isinstance(given, bool) or given is None:
        return given is held or (given is False and held == "off")
    return math.isfinite(float(given)) and float(given) == float(held)


def check_held(raw: dict, config: Config) -> None:
    plain = config.model_dump(mode="json")
    assert same(raw, plain), (raw, plain)
    # As jobs, the lock and the report get it.
    assert yaml.safe_load(yaml.safe_dump(plain)) == plain
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    json.dumps(plain, ensure_ascii=False).encode()


@budget(1.5)
@given(raw=configurations(MEASURED) | configurations(SCANNED))
def test_odd_values(raw, file):
    try:
        file.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    except UnicodeEncodeError:
        file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    config = judge("keys with odd values", lambda: started(file, raw), *named(raw))
    if config is not None:
        check_held(raw, config)


def named(raw: dict) -> list[str]:
    """Return keys of which a message must name one."""
    found = []
    for key, value in raw.items():
        found += [str(key), *(named(value) if isinstance(value, dict) else ())]
    return found


@budget(1.2)
@given(content=texts(MEASURED) | texts(SCANNED))
def test_odd_yaml(content, file):
    file.write_bytes(content)
    try:
        raw = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError, TypeError):
        # Snakemake reads the file first, and says so in its own words; ours must be words too.
        raw = {}
    if not isinstance(raw, dict):
        raw = {}
    config = judge("YAML written by hand", lambda: started(file, raw))
    if config is not None:
        check_held(raw, config)


@pytest.mark.parametrize("text", NASTY)
def test_a_text_of_a_sheet_as_a_name_or_a_label(text, file):
    raw = {**MEASURED, "name": text, "labels": {"cgan": text}, "report": {"title": text}}
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    config = judge("texts of the report", lambda: started(file, raw), "labels", "name", "title")
    if config is not None:
        assert (config.name, config.report.title) == (text, text)


def test_paths_are_marked():
    assert any(isinstance(mark, _IsPath) for mark in Config.model_fields["results"].metadata)
