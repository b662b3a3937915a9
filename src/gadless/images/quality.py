"""How good each step was: figures, taken where images are made, and graded where they are listed.

A stage that makes images keeps the figures and is stopped by the limits that mean a fault. What is
merely flagged is decided by `graded`, afterwards, so that another limit of a warning makes no image
again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from gadless.errors import DataFault
from gadless.trial.config.quality import AT_LEAST, AT_MOST, OTHER, Quality

Outcome = Literal["pass", "warn", "fail"]
Range = tuple[float, float]
NOT_A_NUMBER = "not a number"


@dataclass(frozen=True)
class Limit:
    """What a figure is held to; not a number fails.

    Attributes
    ----------
    kind : {"at_least", "at_most", "within"}
    warn, fail : float, or (float, float)
        Flagged and unusable beyond these; a `fail` of None: it is flagged alone.
    name : str or None
        Under which the configuration sets it (`preprocess.quality`); None: it is fixed.
    """

    kind: Literal["at_least", "at_most", "within"]
    warn: Any
    fail: Any
    name: str | None = None

    def fails(self, value: float) -> bool:
        """Whether a figure means a fault."""
        return self.fail is not None and not self._meets(value, self.fail)

    def outcome(self, value: float) -> Outcome:
        """Grade a figure."""
        return "fail" if self.fails(value) else "pass" if self._meets(value, self.warn) else "warn"

    @property
    def words(self) -> str:
        """The limits, for a reader."""
        if self.kind == "within":
            usual, usable = (f"{low:g} to {high:g}" for low, high in (self.warn, self.fail))
            return f"{usual}; fails outside {usable}"
        said = f"{self.kind.replace('_', ' ')} {self.warn:g}"
        beyond = "below" if self.kind == "at_least" else "above"
        return said if self.fail is None else f"{said}; fails {beyond} {self.fail:g}"

    def _meets(self, value: float, limit: Any) -> bool:
        if self.kind == "at_least":
            return bool(value >= limit)
        return bool(value <= limit if self.kind == "at_most" else limit[0] <= value <= limit[1])


SIDED: Mapping[Literal["at_least", "at_most"], tuple[str, ...]] = {
    "at_least": AT_LEAST,
    "at_most": AT_MOST,
}


def limits(quality: Quality) -> dict[str, Limit]:
    """Return the limits that the configuration sets, by name.

    The likeness of a sequence with its T1 has one of its own for each sequence that is named
    (`limit_of`).
    """
    found: dict[str, Limit] = {}
    for kind, names in SIDED.items():
        for name in names:
            warn, fail = getattr(quality, f"{name}_warn"), getattr(quality, f"{name}_fail")
            if not isinstance(warn, dict):
                found[name] = Limit(kind, warn, fail, name)
                continue
            for sequence in {**warn, **fail}:
                own = name if sequence == OTHER else _of(name, sequence)
                found[own] = Limit(kind, *quality.similarity(sequence), name)
    found["shift"] = Limit("at_most", quality.shift_warn_mm, quality.shift_fail_mm, "shift")
    brain = quality.brain_cm3_warn, quality.brain_cm3_fail
    found["brain_cm3"] = Limit("within", *brain, "brain_cm3")
    for name in (
        "header_turn",
        "header_shift_mm",
        "brain_change",
        "tumour_shift_mm",
        "tissue_change",
    ):
        stem, unit = name.removesuffix("_mm"), "_mm" if name.endswith("_mm") else ""
        found[stem] = Limit("at_most", getattr(quality, f"{stem}_warn{unit}"), None, stem)
    return found


def limit_of(known: Mapping[str, Limit], name: str, sequence: str) -> Limit:
    """Return a limit, for a sequence that may have one of its own."""
    return known.get(_of(name, sequence), known[name])


def _of(name: str, sequence: str) -> str:
    return f"{name} of {sequence}"


@dataclass(frozen=True)
class Finding:
    """One row of ``quality.json``.

    Attributes
    ----------
    sequence : str
        Whose figure it is; figures of the whole visit go under ``t1``.
    step, figure : str
    value : float or str
    limit : str, dict or None
        Name of the limit that the configuration sets, or a fixed one's ``kind``, ``warn`` and
        ``fail``.
    flagged : bool
        Whether it is a circumstance to warn of, whatever the figure.
    """

    sequence: str
    step: str
    figure: str
    value: float | str
    limit: str | dict[str, Any] | None
    flagged: bool


class Findings:
    """The rows of one visit, in the order of the steps."""

    def __init__(self) -> None:
        self.rows: list[Finding] = []

    def note(
        self, sequence: str, step: str, figure: str, value: float | str, *, warn: bool = False
    ) -> None:
        """Record a figure that has no limit, or a circumstance to flag."""
        self.rows.append(Finding(sequence, step, figure, _plain(value), None, warn))

    def hold(
        self,
        sequence: str,
        step: str,
        figure: str,
        value: float,
        limit: Limit,
        reason: str | None = None,
    ) -> None:
        """Record a figure that has a limit.

        Parameters
        ----------
        reason : str, optional
            The fault that it means to fail; None: what comes of it is said elsewhere.

        Raises
        ------
        DataFault
            With `reason`, if the figure fails.
        """
        stated = limit.name or {"kind": limit.kind, "warn": limit.warn, "fail": limit.fail}
        self.rows.append(Finding(sequence, step, figure, _plain(value), stated, False))
        if reason is not None and limit.fails(value):
            raise DataFault(reason)

    def as_records(self) -> list[dict[str, Any]]:
        """Return the rows as plain dictionaries."""
        return [asdict(row) for row in self.rows]


def graded(row: Mapping[str, Any], known: Mapping[str, Limit]) -> dict[str, Any]:
    """Grade a row of ``quality.json``: it passes, warns or fails, by which limit in words.

    Parameters
    ----------
    row : mapping
        As `Findings.as_records` gives it.
    known : mapping of str to Limit
        Those that the configuration sets (`limits`).
    """
    value, stated = row["value"], row["limit"]
    shown = value if isinstance(value, str) else float(f"{value:.4g}")
    found = {name: row[name] for name in ("sequence", "step", "figure")} | {"value": shown}
    if stated is None:
        return found | {"outcome": "warn" if row["flagged"] else "pass", "limit": None}
    own = isinstance(stated, str)
    limit = limit_of(known, stated, row["sequence"]) if own else Limit(**stated)
    number = float("nan") if isinstance(value, str) else float(value)
    return found | {"outcome": limit.outcome(number), "limit": limit.words}


def _plain(value: float | str) -> float | str:
    """Return a number that can stand in JSON, as `nan` cannot."""
    if isinstance(value, str):
        return value
    return float(value) if np.isfinite(value) else NOT_A_NUMBER
