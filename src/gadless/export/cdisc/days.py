"""Days and dates: CDISC's relative day, the date that stands for day 0, numbers of visits."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from gadless.export.cdisc.dataset import sas_date


def relative(days: pd.Series) -> pd.Series:
    """CDISC's relative day: randomisation is day 1, the day before is -1."""
    values = days.astype("float64")
    return values.where(values < 0, values + 1)


@dataclass(frozen=True)
class Calendar:
    """Each patient's day 0.

    Attributes
    ----------
    zero : Series of float
        SAS' days, by patient.
    imputed : Series of str
        ``Y`` where the reference date stands for it, else empty; by patient.
    """

    zero: pd.Series
    imputed: pd.Series

    @classmethod
    def of(cls, patients: pd.DataFrame, reference: date) -> "Calendar":
        """Take the sheet's dates, and the reference date where it has none."""
        names = pd.Index(patients["patient"].astype(str))
        given = patients.get("randomisation_date")
        dates = pd.Series(float("nan"), index=names)
        if given is not None:
            dates = pd.Series(sas_date(given).to_numpy(), index=names)
        standing = float(sas_date(pd.Series([pd.Timestamp(reference)])).iloc[0])
        return cls(dates.fillna(standing), dates.isna().map({True: "Y", False: ""}))

    def date(self, patients: pd.Series, days: pd.Series) -> pd.Series:
        """SAS' days of study days; missing where the day is."""
        return patients.map(self.zero).astype("float64") + days.astype("float64")

    def flag(self, patients: pd.Series, dates: pd.Series) -> pd.Series:
        """``Y`` of each date that rests on the reference date (a whole date, imputed)."""
        return patients.map(self.imputed).astype(object).where(dates.notna(), "")


def visit_numbers(visits: pd.DataFrame) -> dict[str, int]:
    """Give the names of visits numbers from 1, in the order of their median days.

    Parameters
    ----------
    visits : DataFrame
        ``patient``, ``visit`` and ``day``.
    """
    known = visits[["patient", "visit", "day"]].drop_duplicates()
    median = known.groupby(known["visit"].astype(str))["day"].median()
    ordered = sorted(median.items(), key=lambda each: (float(each[1]), str(each[0])))
    return {str(name): place for place, (name, _) in enumerate(ordered, start=1)}
