"""How good each step was: a figure, and whether it passes."""

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from gadless.errors import DataFault

Outcome = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One row of ``quality.json``.

    Attributes
    ----------
    sequence : str
        Whose figure it is; figures of the whole visit go under ``t1``.
    step, figure : str
    value : float or str
    outcome : {"pass", "warn", "fail"}
    limit : str or None
        The limits in words.
    """

    sequence: str
    step: str
    figure: str
    value: float | str
    outcome: Outcome
    limit: str | None


class Findings:
    """The rows of one visit, in the order of the steps."""

    def __init__(self) -> None:
        self.rows: list[Finding] = []

    def note(
        self, sequence: str, step: str, figure: str, value: float | str, *, warn: bool = False
    ) -> None:
        """Record a figure that has no limit, or a circumstance to flag."""
        shown = _rounded(value)
        self.rows.append(Finding(sequence, step, figure, shown, "warn" if warn else "pass", None))

    def at_least(
        self, sequence: str, step: str, figure: str, value: float, warn: float, fail: float
    ) -> Outcome:
        """Judge a figure that should be high; not a number fails."""
        outcome: Outcome = "pass" if value >= warn else "warn" if value >= fail else "fail"
        limit = f"at least {warn:g}; fails below {fail:g}"
        self.rows.append(Finding(sequence, step, figure, _rounded(value), outcome, limit))
        return outcome

    def at_most(
        self, sequence: str, step: str, figure: str, value: float, warn: float, fail: float
    ) -> Outcome:
        """Judge a figure that should be low; not a number fails."""
        outcome: Outcome = "pass" if value <= warn else "warn" if value <= fail else "fail"
        limit = f"at most {warn:g}; fails above {fail:g}"
        self.rows.append(Finding(sequence, step, figure, _rounded(value), outcome, limit))
        return outcome

    def within(
        self,
        sequence: str,
        step: str,
        figure: str,
        value: float,
        warn: tuple[float, float],
        fail: tuple[float, float],
    ) -> Outcome:
        """Judge a figure that should lie in a range."""
        if warn[0] <= value <= warn[1]:
            outcome: Outcome = "pass"
        else:
            outcome = "warn" if fail[0] <= value <= fail[1] else "fail"
        limit = f"{warn[0]:g} to {warn[1]:g}; fails outside {fail[0]:g} to {fail[1]:g}"
        self.rows.append(Finding(sequence, step, figure, _rounded(value), outcome, limit))
        return outcome

    def require(self, outcome: Outcome, reason: str) -> None:
        """Turn a failed figure into the fault it means.

        Raises
        ------
        DataFault
            With `reason` if `outcome` is ``fail``.
        """
        if outcome == "fail":
            raise DataFault(reason)

    def drop(self, sequence: str) -> None:
        """Forget a sequence's rows."""
        self.rows = [row for row in self.rows if row.sequence != sequence]

    def as_records(self) -> list[dict]:
        """Return the rows as plain dictionaries."""
        return [asdict(row) for row in self.rows]


def _rounded(value: float | str) -> float | str:
    """Keep four significant digits; `nan` cannot stand in JSON."""
    if isinstance(value, str):
        return value
    return float(f"{value:.4g}") if np.isfinite(value) else "not a number"
