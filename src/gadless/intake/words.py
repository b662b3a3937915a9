"""The words of a series' description that the field knows; everything else in it stays private."""

import re
import unicodedata
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
    agent = table()["agent"]
    words = {word: pattern.replace("AGENT", agent) for word, pattern in table()["words"].items()}
    return {word: re.compile(pattern) for word, pattern in words.items()}


@cache
def _minus() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what finds the dash of ``KM-`` and ``-Gd``, and none that parts two words."""
    agent = f"({table()['agent']}|c|k|iv)"
    after = re.compile(rf"(?<![a-z0-9]){agent}(-(?![^\s_)/,;.])| -$)")
    before = re.compile(rf"(?<![^\s_(/])-{agent}(?![a-z0-9])")
    return (after, r"\1 neg "), (before, r" neg \1 ")


def known_words(descriptions: Iterable[str]) -> tuple[str, ...]:
    """Return the known words of some descriptions, in the table's order.

    Separators of all kinds become blanks, letters small and without accents; ``*`` and ``+`` stay,
    because they mean something (``T2*``, ``+C``), and so does the dash of ``KM-``.
    """
    plain = f" {' | '.join(map(_plain, descriptions))} "
    found = {word for word, pattern in _patterns().items() if pattern.search(plain)}
    # `ohne KM` names an agent, and says that none was given.
    if "post" in found and not _patterns()["post"].search(_patterns()["pre"].sub(" ", plain)):
        found.remove("post")
    return tuple(word for word in _patterns() if word in found)


def _plain(description: str) -> str:
    small = unicodedata.normalize("NFKD", description.casefold().replace("\u00f8", "oe"))
    letters = "".join(one for one in small if not unicodedata.combining(one))
    for pattern, said in _minus():
        letters = pattern.sub(said, letters)
    return re.sub(r"[^a-z0-9*+]+", " ", letters).strip()
