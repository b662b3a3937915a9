"""At the end, how often each target was asked: a fuzz that refuses all has looked at nothing."""

from collections import Counter

import pytest
from judging import COUNTS

_MARKS = ("asked", "accepted", "refused")


def _add(counts: dict[str, dict[str, int]]) -> None:
    for target, count in counts.items():
        COUNTS.setdefault(target, Counter()).update(count)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's counts to whoever prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["fuzz"] = {target: dict(count) for target, count in COUNTS.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take a worker's counts."""
    _add(getattr(node, "workeroutput", {}).get("fuzz", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table of targets."""
    if not COUNTS:
        return
    terminalreporter.section("fuzz: how often each target was asked")
    terminalreporter.write_line(f"{'target':<28}" + "".join(f"{mark:>10}" for mark in _MARKS))
    for target, count in sorted(COUNTS.items()):
        numbers = "".join(f"{count[mark]:>10,}" for mark in _MARKS)
        terminalreporter.write_line(f"{target:<28}{numbers}")
