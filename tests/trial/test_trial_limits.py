"""Numbers of the configuration: each has two ends, and what contradicts itself is refused."""

from collections.abc import Iterator
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import annotated_types
import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gadless.errors import InputError
from gadless.response.censoring import Censoring
from gadless.response.criteria import Criteria
from gadless.trial.config import Config, check_keys, read_config

SHEETS = {"patients": "p.tsv", "measurements": "m.tsv"}
LOW = (annotated_types.Ge, annotated_types.Gt)
HIGH = (annotated_types.Le, annotated_types.Lt)


def numbers(hint: Any, marks: list[Any], key: str, seen: set[str]) -> Iterator[tuple[str, list]]:
    """Yield every number that a model may hold, with what limits it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        found = [
            m for one in inner[1:] for m in (one.metadata if isinstance(one, FieldInfo) else [one])
        ]
        yield from numbers(inner[0], [*marks, *found], key, seen)
    elif origin in (Union, UnionType):
        for one in inner:
            yield from numbers(one, marks, key, seen)
    elif origin in (list, tuple, dict):
        for one in inner:
            yield from numbers(one, [], f"{key}[]", seen)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        for name, field in hint.model_fields.items():
            below = f"{hint.__name__}.{name}"
            if below not in seen:
                seen.add(below)
                yield from numbers(field.annotation, list(field.metadata), below, seen)
    elif hint in (int, float, Decimal):
        yield key, marks


@pytest.mark.parametrize("model", [Config, Criteria, Censoring])
def test_every_number_has_two_ends(model):
    found = list(numbers(model, [], "", set()))
    assert found
    for ends in (LOW, HIGH):
        without = [key for key, marks in found if not any(isinstance(m, ends) for m in marks)]
        assert without == []


@pytest.mark.parametrize(
    ("section", "given", "words"),
    [
        ("measurement", {"smallest_lesion_cm3": 0.5}, "`smallest_new_lesion_cm3` 0.2 is below"),
        ("response", {"absent_volume_cm3": 2}, "`absent_volume_cm3` 2 is above"),
        ("statistics", {"landmarks": [True]}, "`landmarks` is a number, and YAML takes on, off"),
        ("plan", {"discordance": [0.1, False]}, "`discordance` is a number, and YAML takes"),
        ("plan", {"patients": 10**30}, "plan.patients: is a number of 100 bits"),
        ("preprocess", {"bias_grid_mm": 1e-9}, "preprocess.bias_grid_mm: Input should be"),
    ],
)
def test_what_contradicts_itself_or_cannot_be_is_refused_by_name(section, given, words):
    with pytest.raises(InputError) as caught:
        read_config({**SHEETS, section: given})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: 2021-01-01", "name: YAML takes '2021-01-01' for a date; put it in quotes"),
        ("name: !!binary gIE=", "name: YAML takes"),
        ('labels: {gbca: "a\\0b"}', "labels.gbca: holds the character U+0000"),
        ('name: "\\ud800"', "name: holds the character U+D800"),
        ("response: {custom: {mine: {base: rano2010, growth: .nan}}}", "mine.growth: Input should"),
        (f"name: {'x' * 20_000}", "name: holds 20,000 characters"),
        ("? 1.5\n: x", "1.5 is no name of a key"),
    ],
)
def test_values_that_no_key_can_hold_are_named(text, words):
    with pytest.raises(InputError) as caught:
        read_config({**SHEETS, **yaml.safe_load(text)})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name: 2021-13-01\n", "is no YAML: month must be in 1..12"),
        ("name: Größe\n".encode("latin-1"), "is not UTF-8; save it as UTF-8"),
        (b"- a\n- b\n", "holds no keys"),
        (b"a: &a [*a]\n", "holds an alias of itself"),
        (b"a: " + b"[" * 3000, "is nested too deeply"),
        (b"? [1]\n: x\n", "is no YAML: while constructing a mapping"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(content, words, tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        check_keys([path])
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
