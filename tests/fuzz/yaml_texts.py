"""Configurations: every key with odd values, and YAML that is written oddly."""

import datetime
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any, get_args

import yaml
from hypothesis import strategies as st

from gadless.trial.config import Config, Section
from gadless.trial.config.networks import TrainedOn
from gadless.trial.config.training import TrainingSet

Keys = tuple[str, ...]

NAMED = {"networks": "cgan", "sequences": "t1", "recipes": "cgan", "also": "mine"}
"""A name for each mapping of names to sections."""


def keys_of(model: type[Section] = Config, above: Keys = ()) -> Iterator[Keys]:
    """Yield every key that a configuration may have."""
    for name, field in model.model_fields.items():
        keys = (*above, name)
        yield keys
        inner = _section(field.annotation)
        if inner is not None:
            yield from keys_of(inner, (*keys, NAMED[name]) if name in NAMED else keys)


def _section(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    found = [one for one in map(_section, get_args(annotation)) if one is not None]
    return found[0] if found else None


KEYS = tuple(keys_of())
DEFAULTS = Config(patients="p.tsv", measurements="m.tsv").model_dump(mode="json")
assert ("networks", "cgan", "spacing_mm") in KEYS
assert {TrainedOn, TrainingSet}  # both are reached through unions and mappings

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 0.5, -0.5, 1e-300, 1e300, -0.0, 10**9, 10**12, 10**30),
    *(float("inf"), float("-inf"), float("nan"), "", " ", "NA", "5", "x", "on", "~", "/", ".."),
    *(".",),
    *([], {}, [[]], [1], [1, 2], [2, 1], [0.5, 0.5], ["t1"], ["t1", "t1"], [True], [None]),
    *({"a": 1},),
    *({"a": {"b": {"c": 1}}}, {1: 1}, {True: 1}, {"gbca": 0.1}, {"cgan": "brats2021"}),
    *([float("nan")],),
    *(datetime.date(2021, 1, 1), b"\xff\xfe", {"a", "b"}, "\0", "\ud800", "\x1b[31m", "x" * 300),
    *("<script>alert(1)</script>", "${HOME}", "{patient}", "a\nb", "\u202e", "../../x"),
    *("~nobody/x",),
    *("-x", "con:", "a|b", "res (1)", "res+1", "[a-z]", "*", "R\u00e9sultats", "\U0001f9e0"),
    *({"mine": {"base": "rano2010"}}, {"mine": {"base": "fda"}}),
    *({"mine": {"base": "rano2010", "growth": "x"}},),
    *({"mine": {"base": "fda", "missed_visits": 10**20}}, {"mine": 5}, {"fda": {"base": "ema"}}),
)  # fmt: skip
"""Values of every type, most of them wrong for most keys."""


def odd() -> st.SearchStrategy[Any]:
    """Draw a value for a key."""
    number = st.floats(allow_nan=True) | st.integers(-(2**70), 2**70) | st.integers(-5, 400)
    return st.sampled_from(ODD) | number | st.text(max_size=8) | st.lists(number, max_size=3)


def fitting(keys: Keys) -> st.SearchStrategy[Any]:
    """Draw a value that may well suit a key: near its default, or of its kind."""
    value: Any = DEFAULTS
    for name in keys:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return st.integers(*sorted((value // 2, 2 * value + 1)))
    if isinstance(value, float):
        return st.floats(*sorted((value / 2, value * 2)))
    # A copy: what is drawn may be changed further.
    return (
        st.builds(deepcopy, st.just(value))
        if value
        else st.sampled_from((None, "x", ["t1"], {}, 1, 0.5))
    )


@st.composite
def configurations(draw: st.DrawFn, sound: dict[str, Any]) -> dict[str, Any]:
    """Draw a configuration with up to three keys at an odd value."""
    made = yaml.safe_load(yaml.safe_dump(sound))
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 3)))):
        keys = draw(st.sampled_from(KEYS))
        *above, last = keys
        place = made
        for name in above:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place[last if draw(st.integers(0, 30)) else last.upper()] = draw(
            fitting(keys) if draw(st.booleans()) else odd()
        )
    return made


_LETTERS = "abcdefghijklmnopqr"
LISTS = "\n".join(
    ["a: &a [x,x,x,x,x,x,x,x,x]"]
    + [f"{n}: &{n} [{','.join([f'*{m}'] * 9)}]" for m, n in pairwise(_LETTERS[:9])]
)
MAPPINGS = "\n".join(
    ["a: &a {x: 1}", *(f"{n}: &{n} {{p: *{m}, q: *{m}}}" for m, n in pairwise(_LETTERS))]
)
LINES = (
    *("name: again", "name: [", "\tname: x", "&a [*a]", "x: &a [*a]", "x: &a {y: *a}"),
    *("? [1, 2]\n: 3",),
    *("<<: *a", "<<: {name: merged}", "labels: {<<: {gbca: Merged}}", "--- \nname: second", "..."),
    *("%YAML 1.1",),
    *("name: !!python/object/apply:os.system ['true']", "name: !!binary gIE=", "name: 2021-01-01"),
    *("name: !x y", "name: !!set {a, b}", "name: 1_000", "name: 0o17", "name: 1:30", "name: ~"),
    *("name: No",),
    *("name: |\n  two\n  lines", "name: 'it''s'", 'name: "\\ud800"', 'name: "\\0"'),
    *("name: \u2028x", "[]", "5", "# x"),
    *("statistics: {seed: 1, seed: 2}", "statistics: {bootstrap: 0x10}"),
    *("response:\n  criteria:\n  - rano2010",),
    *("{" * 2000, "[" * 2000, "a: " * 50 + "1", "x: " + "[[" * 50 + "]]" * 50, "\x00", "\ufeff"),
    *("\x85", "}"),
    LISTS,
    MAPPINGS,
)  # fmt: skip
"""Lines that may stand in a YAML file."""


@st.composite
def texts(draw: st.DrawFn, sound: dict[str, Any]) -> bytes:
    """Draw the bytes of a YAML file that were written by hand."""
    lines = yaml.safe_dump(sound, allow_unicode=True).splitlines()
    for _ in range(draw(st.sampled_from((0, 1, 1, 2)))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(LINES)))
    if draw(st.integers(0, 7)) == 0:
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(lines)))
    coding = draw(st.sampled_from(("utf-8",) * 30 + ("utf-8-sig", "utf-16", "latin-1")))
    content = bytearray("\n".join(lines).encode(coding, errors="replace"))
    for _ in range(draw(st.sampled_from((0,) * 6 + (1, 2)))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)
