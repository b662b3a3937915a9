"""What the statistics start from: the trial's tables, read and aligned by patient."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from gadless.errors import InputError
from gadless.statistics.estimators.bootstrap import Floats
from gadless.tables import read_table

_KEYS = ("patient", "contrast", "criteria", "analysis_set", "candidate")
NEEDED = {
    "patients": ["patient", "arm", "os_days", "os_event"],
    "measurements": ["patient", "visit", "day", "contrast"],
    "response": [*_KEYS, "visit", "day", "response"],
    "best_response": [*_KEYS, "best_response"],
    "endpoints": [*_KEYS, "endpoint", "days", "event", "trigger"],
}


@dataclass(frozen=True)
class TrialTables:
    """The tables of one trial, as `docs/design.md` names them.

    Attributes
    ----------
    patients, measurements, response, best_response, endpoints : DataFrame
    image_metrics : DataFrame or None
        Absent where tumours were measured elsewhere.
    visits : DataFrame or None
        For the days on which visits were planned; without it, the schedule of the configuration
        holds.
    """

    patients: pd.DataFrame
    measurements: pd.DataFrame
    response: pd.DataFrame
    best_response: pd.DataFrame
    endpoints: pd.DataFrame
    image_metrics: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None

    @classmethod
    def read(cls, folder: Path | str, patients: pd.DataFrame | Path | str) -> Self:
        """Read ``results/trial`` and join the sheet of patients.

        Parameters
        ----------
        folder : path
            Holds ``measurements.tsv``, ``response.tsv``, ``best_response.tsv``, ``endpoints.tsv``
            and, where there are, ``image_metrics.tsv`` and ``visits.tsv``.
        patients : DataFrame, or path of the sheet
        """
        folder = Path(folder)
        metrics, visits = folder / "image_metrics.tsv", folder / "visits.tsv"
        sheet = patients if isinstance(patients, pd.DataFrame) else read_table(patients)
        return cls(
            patients=sheet,
            measurements=read_table(folder / "measurements.tsv"),
            response=read_table(folder / "response.tsv"),
            best_response=read_table(folder / "best_response.tsv"),
            endpoints=read_table(folder / "endpoints.tsv"),
            image_metrics=read_table(metrics) if metrics.exists() else None,
            visits=read_table(visits) if visits.exists() else None,
        )

    def __post_init__(self) -> None:
        faults = []
        for name, columns in NEEDED.items():
            missing = [column for column in columns if column not in getattr(self, name)]
            if missing:
                faults.append(f"{name}: no column {', '.join(missing)}")
        if not faults:
            faults = [*self._keys("patients", ["patient"]), *self._strangers(), *self._amounts()]
            faults += self._keys("measurements", ["patient", "visit", "contrast"])
            faults += self._keys("endpoints", [*_KEYS, "endpoint"])
        if faults:
            raise InputError("the trial's tables have faults:\n  " + "\n  ".join(faults))

    def _keys(self, name: str, columns: list[str]) -> list[str]:
        table = getattr(self, name)
        twice = table[table.duplicated(columns)]
        return [
            f"{name}: {', '.join(map(str, row))} stands there twice; keep one row"
            for row in twice[columns].itertuples(index=False)
        ]

    def _strangers(self) -> list[str]:
        known = set(self.patients["patient"])
        return [
            f"{name}: patient {patient} is not in the sheet of patients"
            for name in ("measurements", "response", "best_response", "endpoints", "image_metrics")
            if getattr(self, name) is not None
            for patient in sorted(set(getattr(self, name)["patient"]) - known)
        ]

    def _amounts(self) -> list[str]:
        faults = []
        for name, columns in (
            ("measurements", ["enhancing_cm3", "abnormality_cm3"]),
            ("endpoints", ["days"]),
            ("patients", ["os_days"]),
        ):
            table = getattr(self, name)
            for column in columns:
                if column in table:
                    bad = table[pd.to_numeric(table[column], errors="coerce") < 0]
                    faults += [
                        f"{name}: patient {row['patient']}: {column} is negative ({row[column]})"
                        for _, row in bad.iterrows()
                    ]
        return faults


@dataclass(frozen=True)
class Cohort:
    """Patients in a fixed order, with what does not depend on the contrast.

    Attributes
    ----------
    patients : array of str
    arm : array of str
    os_days : array
    os_event : array of bool
    sheet : DataFrame
        The sheet in the same order.
    control : str
        The arm that others are compared with.
    place : array (patients,) of int
        Each patient's place in what is drawn at random, whatever he is called.
    unknown : int
        Patients whose survival is not known.
    """

    patients: np.ndarray
    arm: np.ndarray
    os_days: Floats
    os_event: np.ndarray
    sheet: pd.DataFrame
    control: str
    place: np.ndarray
    unknown: int = 0

    @classmethod
    def of(
        cls,
        patients: pd.DataFrame,
        survival: pd.DataFrame | None = None,
        control: str | None = None,
        seen: pd.DataFrame | None = None,
    ) -> Self:
        """Order the patients by identifier: results do not depend on the sheet's order.

        Parameters
        ----------
        patients : DataFrame
            The sheet.
        survival : DataFrame, optional
            Rows of ``endpoints.tsv`` on overall survival, used instead of the sheet's days. A
            patient whose survival is not known is censored on day 0.
        control : str, optional
            The control arm; the first in alphabetical order unless given.
        seen : DataFrame, optional
            Rows of ``measurements.tsv`` on the reference, for the places alone.

        Raises
        ------
        InputError
            Without patients, for a patient without arm, or if nobody is in the control arm.
        """
        sheet = patients.sort_values("patient", kind="stable").reset_index(drop=True)
        if sheet.empty:
            raise InputError("the sheet of patients is empty: there is nothing to compare")
        gaps = sheet.loc[sheet["arm"].isna(), "patient"].astype(str)
        if len(gaps):
            raise InputError(f"patients without arm: {', '.join(gaps)}; fill these in")
        names, arm = sheet["patient"].astype(str), sheet["arm"].astype(str)
        if control is not None and control not in set(arm):
            raise InputError(
                f"statistics.control_arm is {control!r}, but the sheet of patients has only"
                f" {', '.join(sorted(set(arm)))}"
            )
        days, event = sheet["os_days"], sheet["os_event"]
        if survival is not None and len(survival):
            own = survival.drop_duplicates("patient").set_index("patient").reindex(names)
            days, event = own["days"], own["event"]
        days, event = numbers(days), numbers(event)
        return cls(
            patients=names.to_numpy(dtype=str),
            arm=arm.to_numpy(dtype=str),
            os_days=days.fillna(0).to_numpy(dtype=np.float64),
            os_event=(event.fillna(0) == 1).to_numpy(dtype=bool)
            & days.notna().to_numpy(dtype=bool),
            sheet=sheet,
            control=min(arm) if control is None else control,
            place=_places(sheet, seen),
            unknown=int((days.isna() | event.isna()).sum()),
        )

    @property
    def arms(self) -> list[str]:
        """The control arm, then the others in alphabetical order."""
        others = set(self.arm) - {self.control}
        return [self.control, *sorted(others)]

    def position(self, patients: pd.Series) -> np.ndarray:
        """Index of each patient."""
        return np.searchsorted(self.patients, patients.astype(str).to_numpy())


_SEEN = (
    *("day", "evaluable", "enhancing_cm3", "nonenhancing_cm3", "abnormality_cm3", "spd_mm2"),
    "response",
)
"""What the places of patients hang on in the reference's measurements."""


def _places(sheet: pd.DataFrame, seen: pd.DataFrame | None) -> np.ndarray:
    """Order the patients by survival, then by what the reference showed, then by arm and name.

    A resample draws places. If these were in the order of the names, renaming patients would move
    every limit; if they hung on candidates or covariates, adding one would. Patients whom survival
    and reference do not tell apart are interchangeable in every figure of the reference.
    """
    own: dict[str, list[str]] = {}
    if seen is not None:
        columns = [name for name in _SEEN if name in seen]
        for patient, *cells in seen[["patient", *columns]].itertuples(index=False):
            own.setdefault(str(patient), []).append("\t".join(map(_text, cells)))
    keys = [
        (_text(days), _text(event), sorted(own.get(str(name), [])), str(arm), str(name))
        for name, arm, days, event in sheet[["patient", "arm", "os_days", "os_event"]].itertuples(
            index=False
        )
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return np.argsort(np.array(order, dtype=np.int64)).astype(np.int64)


def _text(cell: object) -> str:
    """Write a cell so that equal numbers are equal texts, whatever type a column has."""
    if pd.isna(cell):  # type: ignore[call-overload]
        return ""
    return f"{float(cell):.10g}" if isinstance(cell, int | float | np.number) else str(cell)


def numbers(column: pd.Series) -> pd.Series:
    """Nullable numbers of a column."""
    return pd.to_numeric(column).astype("Float64")


def pairs_filled(table: pd.DataFrame) -> pd.DataFrame:
    """Say in words that a row holds for no pair: an empty candidate can be grouped by."""
    return table.assign(candidate=table["candidate"].astype(object).fillna("").astype(str))


def rows_of(
    table: pd.DataFrame, criteria: str, analysis_set: str, candidate: str = ""
) -> pd.DataFrame:
    """Rows of one analysis; `candidate` is that of the pair, empty outside of pairs."""
    pair = table["candidate"] == candidate if candidate else table["candidate"].isna()
    return table[(table["criteria"] == criteria) & (table["analysis_set"] == analysis_set) & pair]
