"""Rows of the result tables: one row, one number with its interval."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless import vocabulary
from gadless.statistics.estimators import continuous
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.estimators.categories import wilson
from gadless.vocabulary import SEPARATOR

COLUMNS = (
    "analysis",
    "criteria",
    "endpoint",
    "analysis_set",
    "level",
    "stratum",
    "reference",
    "candidate",
    "contrast",
    "term",
    "estimate",
    "lower",
    "upper",
    "conf_level",
    "p",
    "n",
    "events",
    "method",
    "outcome",
    "warning",
)
NUMBERS = ("estimate", "lower", "upper", "conf_level", "p")
COUNTS = ("n", "events")
Warnings = tuple[str, ...]
"""What a reader must know of a figure; one text in the table alone."""
DIGITS = 10
"""Significant digits written: more than any reader needs, fewer than the last bits of a sum."""


@dataclass
class Rows:
    """Collects rows that share some columns.

    Parameters
    ----------
    level : float
        Level of the intervals.
    shared : dict
        Values of the columns that all rows have in common.
    """

    level: float
    shared: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def under(self, **shared: Any) -> Self:
        """Collect into the same list with more columns fixed."""
        return replace(self, shared={**self.shared, **shared})

    def add(self, term: str, estimate: float = float("nan"), **columns: Any) -> None:
        """Add a row without an interval, or with one given as `lower` and `upper`.

        Raises
        ------
        ValueError
            If the vocabulary does not know the term: nobody could say what its number is.
        """
        row = {"stratum": "all", **self.shared, **columns, "term": str(term), "estimate": estimate}
        vocabulary.term(str(row.get("analysis")), term)
        # The tables hold names; what they mean stays in the vocabulary.
        row = {name: str(cell) if isinstance(cell, str) else cell for name, cell in row.items()}
        known = np.isfinite([row.get("lower", np.nan), row.get("upper", np.nan)]).any()
        if known and "conf_level" not in row:
            row["conf_level"] = self.level
        row["warning"] = joined(self.shared.get("warning"), columns.get("warning"))
        self.rows.append(row)

    def figure(self, term: str, figure: Bootstrapped, **columns: Any) -> None:
        """Add a figure with its bootstrap interval; a figure that is missing says why."""
        lower, upper, warning = figure.interval(columns.get("conf_level", self.level))
        said = joined(figure.doubt, warning)
        given = joined(columns.pop("warning", None))
        if not np.isfinite(figure.value) and not given:
            said = ("cannot be estimated from these patients",)
        limits = {"lower": lower, "upper": upper, **columns}
        self.add(term, figure.value, **limits, warning=joined(given, said))

    def weighted_share(
        self,
        term: str,
        hit: NDArray[np.bool_],
        group: NDArray[np.bool_],
        weights: Floats,
        method: str,
    ) -> None:
        """Add the share of a group's visits that are hits, bootstrapped by patient.

        Parameters
        ----------
        hit, group : array (visits,)
        weights : array (samples, visits)
            Weight of each visit's patient in the sample and in each resample.
        """
        value = continuous.weighted_mean(hit[group].astype(float), weights[:, group])
        counted, hits = int(group.sum()), int((hit & group).sum())
        self.figure(term, Bootstrapped.of(value), n=counted, events=hits, method=method)

    def share(self, term: str, events: float, n: float, **columns: Any) -> None:
        """Add a share of independent patients with Wilson's interval."""
        lower, upper = wilson(events, n, self.level)
        estimate = events / n if n else float("nan")
        shown = {"method": "share, Wilson interval", **columns}
        self.add(term, estimate, lower=lower, upper=upper, events=events, n=n, **shown)

    def count(self, term: str, count: float, n: float | None = None, **columns: Any) -> None:
        """Add a count with the denominator that it is out of."""
        self.add(term, float(count), n=n, method="count", **columns)

    def table(self) -> pd.DataFrame:
        """All rows collected, in the contract's columns."""
        frame = pd.DataFrame(self.rows, columns=list(COLUMNS))
        for column in NUMBERS:
            values = pd.to_numeric(frame[column]).to_numpy(dtype=float)
            frame[column] = [rounded(value) for value in values]
        for column in COUNTS:
            frame[column] = pd.to_numeric(frame[column]).round().astype("Int64")
        texts = [column for column in COLUMNS if column not in (*NUMBERS, *COUNTS)]
        frame["warning"] = [written(warnings) for warnings in frame["warning"]]
        frame[texts] = frame[texts].astype("string").replace("", pd.NA)
        return frame


def joined(*warnings: str | Warnings | None) -> Warnings:
    """Put warnings together, each said once; a text is one warning, whatever it holds."""
    each = [(one,) if isinstance(one, str) else one or () for one in warnings]
    return tuple(dict.fromkeys(text for texts in each for text in texts if text))


def written(warnings: Warnings) -> str:
    """Write warnings into one cell; those of a user's own words hold no separator either."""
    bar = SEPARATOR.strip()
    return SEPARATOR.join(text.replace(bar, "/") for text in warnings)


def rounded(value: float) -> float:
    """Round to the digits that are the same on any machine; infinite becomes missing."""
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else float("nan")
