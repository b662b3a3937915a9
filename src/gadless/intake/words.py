"""The words of a series' description that the field knows; everything else in it stays private."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def table() -> dict[str, Any]:
    """Return ``rules.yaml``: words with their patterns, and rules."""
    text = (files("gadless.intake") / "rules.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {word: re.compile(pattern) for word, pattern in table()["words"].items()}


def known_words(descriptions: Iterable[str]) -> tuple[str, ...]:
    """Return the known words of some descriptions, in the table's order.

    Separators of all kinds become blanks, letters small; ``*`` and ``+`` stay, because they mean
    something (``T2*``, ``+C``).
    """
    plain = " | ".join(re.sub(r"[^a-z0-9*+]+", " ", one.casefold()).strip() for one in descriptions)
    return tuple(word for word, pattern in _patterns().items() if pattern.search(f" {plain} "))
