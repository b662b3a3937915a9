"""The sizes at which the primary criteria call growth progression, and shrinkage a response."""

import re
from dataclasses import dataclass

import pandas as pd

from gadless.report import words
from gadless.report.measured import TITLES
from gadless.report.patients.chart import Limit

_COLUMNS = {"volume": "enhancing_cm3", "products": "spd_mm2", "diameters": "sld_mm"}


@dataclass(frozen=True)
class Limits:
    """What a criteria set asks of enhancing tumour on one contrast.

    Attributes
    ----------
    column : str
        Of measurements, which is compared.
    growth : float
        Share over the nadir that is progression.
    partial : float
        Share of the baseline that must be gone for a response.
    least : float
        Size that growth must reach, in the unit of the column.
    risen : float
        Least growth of a single lesion beside it, in the same unit; 0: none is asked for.
    """

    column: str
    growth: float
    partial: float
    least: float
    risen: float

    @classmethod
    def of(cls, criteria: pd.DataFrame, name: str, contrast: str) -> "Limits | None":
        """Read a set's values as ``criteria.tsv`` lists them; None where nothing is measured.

        Parameters
        ----------
        criteria : DataFrame
            ``criteria``, ``key``, ``value``.
        name, contrast : str
            Of the set, and of the contrast whose repeatability it may take in.
        """
        own = criteria[criteria["criteria"] == name]
        values = dict(zip(own["key"], own["value"].astype(str), strict=True))
        column = _COLUMNS.get(values.get("measure", ""))
        if column is None or not {"growth", "partial", "least_size"} <= values.keys():
            return None
        repeat = re.search(
            r"least growth (\S+), shrinkage (\S+)", values.get(f"repeatability of {contrast}", "")
        )
        growth, shrinkage = (float(one) for one in repeat.groups()) if repeat else (0.0, 0.0)
        risen = values.get("least_growth", "none")
        return cls(
            column,
            max(float(values["growth"]), growth),
            max(float(values["partial"]), shrinkage),
            float(values["least_size"].split()[0]),
            0.0 if risen == "none" else float(risen),
        )

    def over(self, nadir: float) -> float:
        """Size from which a visit is progression by growth alone."""
        return max(nadir * (1 + self.growth), self.least)

    def under(self, baseline: float) -> float:
        """Size up to which a visit is a response by shrinkage alone."""
        return baseline * (1 - self.partial)

    @property
    def words(self) -> str:
        """What is drawn, and what is not."""
        unit = TITLES[self.column].rpartition(", ")[2]
        least = f", and at least {self.least:g} {unit}" if self.least else ""
        risen = f" (one lesion by {self.risen:g} {unit} besides)" if self.risen else ""
        return (
            f"Dashes: progression from nadir × {1 + self.growth:.4g}{least}{risen}. Dots: response"
            f" down to baseline × {round(1 - self.partial, 4):.4g}. Each visit is held against the"
            " line that ends at it. What else decides (new lesions, clinical state, steroids,"
            " confirmation) is in the table of responses."
        )

    def drawn(self, rows: pd.DataFrame) -> tuple[Limit, Limit]:
        """Lay out both limits over the visits of one patient on one contrast.

        Parameters
        ----------
        rows : DataFrame
            Of ``response``, in the order of days: ``day``, ``measure``, ``baseline``, ``nadir``.
        """
        grown: list[tuple[float, float, float]] = []
        shrunk: list[tuple[float, float, float]] = []
        before = None
        for row in rows.to_dict("records"):
            day = float(row["day"])
            known = row["measure"] == self.column and not words.missing(row["nadir"])
            if before is not None and known:
                grown.append((before, day, self.over(float(row["nadir"]))))
                shrunk.append((before, day, self.under(float(row["baseline"]))))
            if before is not None or known:
                before = day
        return (
            Limit("progression from", "6 3", tuple(grown)),
            Limit("response to", "2 3", tuple(shrunk)),
        )
