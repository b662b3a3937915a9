"""A configuration in full: every key with its default and what it means, to copy from."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic_core import to_jsonable_python

from gadless.trial.config import Config, Section

_WIDTH = 100
_HEAD = """\
# Every key of the configuration with its default and what it means. Nothing needs to be copied: a
# key that is left out has the value that stands here. Copy what you change, and name your sheets.
#
# Written by `python -m gadless.trial.documentation`; a test fails when it drifts.
"""
_REQUIRED = {"patients": "patients.tsv", "visits": "visits.tsv"}
"""Where a key has no default, or one of several must be given: what stands for it."""


def defaults() -> str:
    """Return the configuration with all defaults, as YAML with a comment a key."""
    return _HEAD + "\n".join(_lines(Config, "")) + "\n"


def _lines(kind: type[Section], indent: str) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        value = _REQUIRED.get(name) if not indent else None
        if value is None:
            value = field.get_default(call_default_factory=True)
        if not indent:
            yield ""
        yield from _comment(field.description or "", indent)
        if isinstance(value, Section):
            yield f"{indent}{name}:"
            yield from _lines(type(value), f"{indent}  ")
        else:
            yield from _entry(name, value, indent)


def _entry(name: str, value: Any, indent: str) -> Iterator[str]:
    """Sections by name, such as `networks`, take lines of their own; all else is one."""
    if isinstance(value, Section):
        value = value.model_dump(mode="json")
        nested = True
    else:
        nested = isinstance(value, dict) and any(isinstance(one, Section) for one in value.values())
    if not nested:
        yield f"{indent}{name}: {_plain(value)}"
        return
    yield f"{indent}{name}:"
    for key, one in value.items():
        yield from _entry(key, one, f"{indent}  ")


def _plain(value: Any) -> str:
    """Return a value as YAML in one line; JSON is YAML."""
    return json.dumps(to_jsonable_python(value), ensure_ascii=False)


def _comment(text: str, indent: str) -> Iterator[str]:
    words, line = text.split(), f"{indent}#"
    for word in words:
        if len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = f"{indent}#"
        line += f" {word}"
    yield line
