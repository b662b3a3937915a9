"""What every fuzz target has in common: how often it is asked, and what may come of it."""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

from gadless.errors import GadlessError

COUNTS: dict[str, Counter[str]] = {}
"""Target to how often it was `asked`, and `accepted` or `refused` what it was given."""

LONGEST = 20_000
"""Characters of a message: who is to mend something reads no more."""

Given = TypeVar("Given")


def budget(share: float = 1.0) -> settings:
    """Return settings with a share of the profile's examples, so that one number sets the time."""
    chosen = settings()
    examples = max(1, round(chosen.max_examples * share))
    unimportant = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(chosen, max_examples=examples, deadline=None, suppress_health_check=unimportant)


def judge(target: str, ask: Callable[[], Given], *named: str) -> Given | None:
    """Return what is made of something; None if it is refused in words that name it.

    Any other error than one of ours passes through, and fails the test.

    Parameters
    ----------
    target : str
        Counted under this name.
    ask : callable
    named : str
        One of these must stand in the refusal.
    """
    count = COUNTS.setdefault(target, Counter())
    count["asked"] += 1
    try:
        made = ask()
    except GadlessError as error:
        count["refused"] += 1
        check_words(str(error), *named)
        return None
    count["accepted"] += 1
    return made


def check_words(said: str, *named: str) -> None:
    """Check that a message can be read, and names what it is about."""
    assert said.strip()
    assert len(said) < LONGEST
    assert "Traceback" not in said
    assert not named or any(name in said for name in named), said
