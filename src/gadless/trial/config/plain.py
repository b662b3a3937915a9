"""Values as they come from YAML, before any key is looked at: text, numbers, yes and no."""

import math
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from gadless.trial.config.base import Section

_LONGEST = 10_000


def strange_values(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what no key can hold, a line each: dates, bytes, infinity, text that is none.

    Parameters
    ----------
    raw : mapping
        A configuration; sections may have been read already.
    """
    yield from _strange(raw, "")


def _strange(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, Section):
        return
    if isinstance(value, Mapping):
        for name, one in value.items():
            if not isinstance(name, str | int):
                yield f"{key or 'the configuration'}: {name!r:.80} is no name of a key"
                continue
            yield from _unreadable(str(name), key)
            yield from _strange(one, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strange(one, key)
    elif isinstance(value, str):
        yield from _unreadable(value, key)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield f"{key}: Input should be a finite number (given: {value})"
    elif isinstance(value, int):
        if abs(value) >= 2**63:
            yield f"{key}: is a number of {value.bit_length()} bits; no key takes as much"
    elif value is not None:
        yield (
            f"{key}: YAML takes {str(value)!r:.80} for a {type(value).__name__}; put it in quotes"
            " if it is text"
        )


def _unreadable(text: str, key: str) -> Iterator[str]:
    """Yield a character that no page and no table can hold."""
    if len(text) > _LONGEST:
        yield f"{key}: holds {len(text):,} characters; {_LONGEST:,} are the most"
    strange = next((c for c in text if is_unprintable(c)), None)
    if strange is not None:
        yield f"{key}: holds the character U+{ord(strange):04X}, which is no text; remove it"


def is_unprintable(character: str) -> bool:
    """Whether a character is none that XML knows, or half of one."""
    if " " <= character < "\x7f":
        return False
    controls = character < " " and character not in "\t\n\r"
    return controls or unicodedata.category(character) == "Cs" or character in "\x7f\ufffe\uffff"
