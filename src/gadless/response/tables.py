"""From the trial's tables to the records that classification works on, checked on the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.measurement.visit import NO_IMAGES
from gadless.response.assessment import Assessment, Patient, Visit
from gadless.response.judge import Judge
from gadless.response.targets import (
    Key,
    Lesion,
    LesionHistory,
    lesions_by_visit,
    with_lesions,
    with_new_lesions,
)

_MEASURES = (
    "enhancing_cm3",
    "nonenhancing_cm3",
    "necrosis_cm3",
    "abnormality_cm3",
    "spd_mm2",
    "nonenhancing_spd_mm2",
)
_COUNTS = ("lesions", "measurable_lesions", "new_lesion")


def optional(frame: pd.DataFrame, column: str, cast: Callable[[Any], Any]) -> list[Any]:
    """Values of a column, None where the cell or the whole column is missing."""
    if column not in frame:
        return [None] * len(frame)
    return [None if pd.isna(value) else cast(value) for value in frame[column]]


def required_columns(judge: Judge, with_lesions: bool) -> list[str]:
    """Return the columns of measurements that a criteria set needs."""
    names = [] if with_lesions and judge.criteria.measure == "products" else [judge.measure]
    if judge.mixed and not (with_lesions and judge.criteria.measure == "products"):
        names.append(judge.nonenhancing_measure)
    if judge.t2flair == "volume":
        names.append("abnormality_cm3")
    return names


@dataclass(frozen=True)
class Tables:
    """The trial, grouped by patient.

    Attributes
    ----------
    patients : list of Patient
        In the order of the sheet.
    visits : dict of str to list of Visit
        Of each patient, by day.
    measured : dict
        (patient, contrast, visit) to the row of measurements, None for a missing cell.
    lesions : dict or None
        (patient, contrast, visit) to the lesions seen; None where lesions were not tracked.
    """

    patients: list[Patient]
    visits: dict[str, list[Visit]]
    measured: dict[Key, dict[str, Any]]
    lesions: dict[Key, list[Lesion]] | None
    _histories: dict[tuple[str, str, int], LesionHistory] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        measurements: pd.DataFrame,
        visits: pd.DataFrame,
        patients: pd.DataFrame,
        lesions: pd.DataFrame | None,
        contrasts: Sequence[str],
    ) -> "Tables":
        """Check the tables against each other and group them; the reference comes first.

        Raises
        ------
        InputError
            For a duplicate, unknown or contradictory row; the message names it.
        """
        grouped = _visits(visits, _unique_patients(patients))
        measured, reference = _measured(measurements, grouped, contrasts), contrasts[0]
        seen = None if lesions is None else lesions_by_visit(lesions)
        for patient, contrast, visit in sorted((seen or {}).keys() - measured.keys()):
            raise InputError(
                f"lesions: {_where(patient, visit, contrast)}: lesions of a visit that is not"
                " measured; give it a row in measurements"
            )
        return cls(
            [
                Patient(*row)
                for row in zip(
                    patients["patient"].astype(str),
                    optional(patients, "treatment_day", int),
                    optional(patients, "radiotherapy_end_day", int),
                    optional(patients, "new_therapy_day", int),
                    strict=True,
                )
            ],
            {
                patient: [
                    replace(visit, contact=_is_contact(measured, patient, visit.visit, reference))
                    for visit in own
                ]
                for patient, own in grouped.items()
            },
            measured,
            seen,
        )

    def reasons(self, patient: str, contrast: str, judge: Judge) -> list[str | None]:
        """Why each visit of a patient cannot be evaluated on a contrast; None where it can."""
        needed = required_columns(judge, self.lesions is not None)
        # T2/FLAIR takes part where it is measured; enhancing tumour can be judged without it.
        needed = [name for name in needed if name != "abnormality_cm3"]
        found: list[str | None] = []
        for visit in self.visits[patient]:
            row = self.measured.get((patient, contrast, visit.visit))
            if row is None:
                found.append("not measured")
            elif row["evaluable"] == 0:
                found.append(row["reason"] or "no reason given")
            else:
                missing = [name for name in needed if row[name] is None]
                unmeasured = f"no {missing[0]}" if missing else None
                found.append((row["reason"] or unmeasured) if missing else None)
        return found

    def assessments(
        self,
        patient: str,
        contrast: str,
        judge: Judge,
        reasons: Sequence[str | None],
        baseline: int,
    ) -> list[Assessment]:
        """Tell what a contrast shows at each visit, in the measures of a criteria set."""
        history = self._history(patient, contrast, baseline)
        evaluable = [reason is None for reason in reasons]
        return [
            self._assess(patient, contrast, visit, judge, history, position, evaluable)
            if reason is None
            else Assessment(None, reason)
            for position, (visit, reason) in enumerate(
                zip(self.visits[patient], reasons, strict=True)
            )
        ]

    def _history(self, patient: str, contrast: str, baseline: int) -> LesionHistory | None:
        if self.lesions is None:
            return None
        key = (patient, contrast, baseline)
        if key not in self._histories:
            visits = [
                self.lesions.get((patient, contrast, v.visit), []) for v in self.visits[patient]
            ]
            self._histories[key] = LesionHistory(visits, baseline)
        return self._histories[key]

    def _assess(
        self,
        patient: str,
        contrast: str,
        visit: Visit,
        judge: Judge,
        history: LesionHistory | None,
        position: int,
        evaluable: Sequence[bool],
    ) -> Assessment:
        row = self.measured[patient, contrast, visit.visit]
        shown = Assessment(
            row[judge.measure],
            nonenhancing=row[judge.nonenhancing_measure] if judge.mixed else None,
            abnormality=row["abnormality_cm3"],
            new_lesion=bool(row["new_lesion"]),
        )
        products = judge.criteria.measure == "products"
        if history is not None:
            shown = with_new_lesions(shown, history, position, judge)
            return with_lesions(shown, history, position, judge, evaluable) if products else shown
        if not products:
            # A volume speaks for itself; a sum of products leaves out what is not measurable.
            return shown
        measurable = row["measurable_lesions"]
        return replace(
            shown,
            enhancing_lesions=row["lesions"],
            measurable=None if measurable is None else bool(measurable),
        )


def _where(patient: Any, visit: Any, contrast: Any = None) -> str:
    place = f"patient {patient}, visit {visit}"
    return place if contrast is None else f"{place}, contrast {contrast}"


def _is_contact(
    measured: Mapping[Key, Mapping[str, Any]], patient: str, visit: str, reference: str
) -> bool:
    """Whether no scan was attempted: the reference gives that as its reason."""
    row = measured.get((patient, reference, visit))
    return bool(row and row["evaluable"] == 0 and row["reason"] == NO_IMAGES)


def _unique_patients(patients: pd.DataFrame) -> list[str]:
    names = patients["patient"].astype(str)
    if names.duplicated().any():
        raise InputError(
            f"patient {names[names.duplicated()].iloc[0]} stands twice in the patients sheet;"
            " keep one row"
        )
    return names.to_list()


def _visits(visits: pd.DataFrame, patients: Sequence[str]) -> dict[str, list[Visit]]:
    grouped: dict[str, list[Visit]] = {patient: [] for patient in patients}
    seen = set()
    for patient, visit, day, steroid, status, worse, outside, histology in zip(
        visits["patient"].astype(str),
        visits["visit"].astype(str),
        optional(visits, "day", int),
        optional(visits, "steroid_mg", float),
        optional(visits, "clinical_status", str),
        optional(visits, "t2flair_worse", bool),
        optional(visits, "outside_field", bool),
        optional(visits, "histology_pd", bool),
        strict=True,
    ):
        if patient not in grouped:
            raise InputError(f"{_where(patient, visit)}: the patient is not in the patients sheet")
        if (patient, visit) in seen:
            raise InputError(f"{_where(patient, visit)}: the visit stands twice; keep one row")
        if day is None:
            raise InputError(f"{_where(patient, visit)}: no day; visits are ordered by it")
        seen.add((patient, visit))
        grouped[patient].append(Visit(visit, day, steroid, status, worse, outside, histology))
    for own in grouped.values():
        own.sort(key=lambda visit: (visit.day, visit.visit))
    return grouped


def _measured(
    measurements: pd.DataFrame, visits: dict[str, list[Visit]], contrasts: Sequence[str]
) -> dict[Key, dict[str, Any]]:
    days = {(patient, v.visit): v.day for patient, own in visits.items() for v in own}
    names = ("evaluable", "reason", *_MEASURES, *_COUNTS)
    casts = {"evaluable": int, "reason": str} | dict.fromkeys(_MEASURES, float)
    columns = [optional(measurements, name, casts.get(name, int)) for name in names]
    measured: dict[Key, dict[str, Any]] = {}
    for patient, visit, contrast, day, *values in zip(
        measurements["patient"].astype(str),
        measurements["visit"].astype(str),
        measurements["contrast"].astype(str),
        optional(measurements, "day", int),
        *columns,
        strict=True,
    ):
        row = dict(zip(names, values, strict=True))
        _check_row(row, (patient, contrast, visit), day, days, contrasts, measured)
        measured[patient, contrast, visit] = row
    absent = sorted(set(contrasts) - {contrast for _, contrast, _ in measured})
    if absent and measured:
        raise InputError(
            f"contrast {absent[0]!r} has no row in measurements;"
            " correct `reference` or `candidates`"
        )
    return measured


def _check_row(
    row: dict[str, Any],
    key: Key,
    day: int | None,
    days: dict[tuple[str, str], int],
    contrasts: Sequence[str],
    measured: dict[Key, dict[str, Any]],
) -> None:
    patient, contrast, visit = key
    place = f"measurements: {_where(patient, visit, contrast)}"
    if contrast not in contrasts:
        raise InputError(
            f"{place}: unknown contrast; the configuration names {', '.join(contrasts)}"
        )
    if (patient, visit) not in days:
        raise InputError(f"{place}: no such visit of this patient")
    if key in measured:
        raise InputError(f"{place}: measured twice; keep one row")
    if day is not None and day != days[patient, visit]:
        raise InputError(f"{place}: day {day}, but the visit is on day {days[patient, visit]}")
    for name in _MEASURES:
        if row[name] is not None and not 0 <= row[name] < float("inf"):
            raise InputError(f"{place}: {name} is {row[name]}; give a number of at least 0")
