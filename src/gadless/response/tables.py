"""From the trial's tables to the records that classification works on, checked on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.assessment import Assessment, Patient, Visit
from gadless.response.completed import CompletedCriteria
from gadless.response.lesions import Lesion, lesions_by_visit
from gadless.response.measures import MEASURES, shows_tumour
from gadless.response.reading import (
    is_contact,
    read_measured,
    read_visits,
    unique_patients,
    where,
)
from gadless.response.records import Key, optional
from gadless.response.targets import LesionHistory, with_lesions, with_new_lesions

READ = MEASURES["category"].column


def required_columns(judge: CompletedCriteria, with_lesions: bool) -> list[str]:
    """Return the columns of measurements that a criteria set needs."""
    summed = with_lesions and judge.measure.lesion is not None
    names = [] if summed else [judge.measure.column]
    if judge.mixed and not summed and judge.measure.nonenhancing is not None:
        names.append(judge.measure.nonenhancing)
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
    as_read : frozenset of str
        Contrasts that bring a reader's own category: nothing of them is measured here.
    """

    patients: list[Patient]
    visits: dict[str, list[Visit]]
    measured: dict[Key, dict[str, Any]]
    lesions: dict[Key, list[Lesion]] | None
    as_read: frozenset[str] = frozenset()
    _histories: dict[tuple[Any, ...], LesionHistory] = field(default_factory=dict)

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
        grouped = read_visits(visits, unique_patients(patients))
        measured, reference = read_measured(measurements, grouped, contrasts), contrasts[0]
        seen = None if lesions is None else lesions_by_visit(lesions)
        for patient, contrast, visit in sorted((seen or {}).keys() - measured.keys()):
            raise InputError(
                f"lesions: {where(patient, visit, contrast)}: lesions of a visit that is not"
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
                    replace(visit, contact=is_contact(measured, patient, visit.visit, reference))
                    for visit in own
                ]
                for patient, own in grouped.items()
            },
            measured,
            seen,
            frozenset(contrast for (_, contrast, _), row in measured.items() if row[READ]),
        )

    def reasons(self, patient: str, contrast: str, judge: CompletedCriteria) -> list[str | None]:
        """Why each visit of a patient cannot be evaluated on a contrast; None where it can."""
        if contrast in self.as_read:
            return [self._unread(patient, contrast, visit) for visit in self.visits[patient]]
        needed = required_columns(judge, self.lesions is not None)
        # T2/FLAIR takes part where it is measured; enhancing tumour can be judged without it.
        needed = [name for name in needed if name != "abnormality_cm3"]
        found: list[str | None] = []
        for visit in self.visits[patient]:
            row = self.measured.get((patient, contrast, visit.visit))
            if row is None:
                found.append("not measured")
            elif row["evaluable"] is False:
                found.append(row["reason"] or "no reason given")
            else:
                missing = [name for name in needed if row[name] is None]
                unmeasured = f"no {missing[0]}" if missing else None
                found.append((row["reason"] or unmeasured) if missing else None)
        return found

    def _unread(self, patient: str, contrast: str, visit: Visit) -> str | None:
        """Why a visit has no category of the reader."""
        row = self.measured.get((patient, contrast, visit.visit))
        if row is not None and row["evaluable"] is False:
            return row["reason"] or "no reason given"
        category = None if row is None else row[READ]
        if category is None or row is None:
            return "not read"
        return (row["reason"] or "read as NE") if category == "NE" else None

    def unfit_as_baseline(
        self, patient: str, contrast: str, reasons: Sequence[str | None]
    ) -> list[str | None]:
        """Why each visit cannot be the baseline of a contrast; None where it can.

        A reader gives the baseline no category, or no row: there, only what is said to be not
        evaluable cannot be one.
        """
        if contrast not in self.as_read:
            return list(reasons)
        rows = [self.measured.get((patient, contrast, v.visit)) for v in self.visits[patient]]
        return [
            why if row is not None and row["evaluable"] is False else None
            for row, why in zip(rows, reasons, strict=True)
        ]

    def category(self, patient: str, contrast: str, visit: str) -> str:
        """Return the reader's category of a visit that has one."""
        return str(self.measured[patient, contrast, visit][READ])

    def assessments(
        self,
        patient: str,
        contrast: str,
        judge: CompletedCriteria,
        reasons: Sequence[str | None],
        baseline: int,
    ) -> list[Assessment]:
        """Tell what a contrast shows at each visit, in the measures of a criteria set."""
        history = self._history(patient, contrast, baseline, judge)
        evaluable = [reason is None for reason in reasons]
        return [
            self._assess(patient, contrast, visit, judge, history, position, evaluable)
            if reason is None
            else Assessment(None, reason)
            for position, (visit, reason) in enumerate(
                zip(self.visits[patient], reasons, strict=True)
            )
        ]

    def _history(
        self, patient: str, contrast: str, baseline: int, judge: CompletedCriteria
    ) -> LesionHistory | None:
        if self.lesions is None:
            return None
        short_mm = judge.criteria.measurable_short_mm
        key = (patient, contrast, baseline, short_mm)
        if key not in self._histories:
            long_mm = judge.measurement.measurable_mm
            self._histories[key] = LesionHistory(
                [
                    [
                        lesion.measured_by(long_mm, short_mm)
                        for lesion in self.lesions.get((patient, contrast, visit.visit), [])
                    ]
                    for visit in self.visits[patient]
                ],
                baseline,
            )
        return self._histories[key]

    def _assess(
        self,
        patient: str,
        contrast: str,
        visit: Visit,
        judge: CompletedCriteria,
        history: LesionHistory | None,
        position: int,
        evaluable: Sequence[bool],
    ) -> Assessment:
        row, measure = self.measured[patient, contrast, visit.visit], judge.measure
        other = measure.nonenhancing if judge.mixed else None
        shown = Assessment(
            row[measure.column],
            nonenhancing=None if other is None else row[other],
            abnormality=row["abnormality_cm3"],
            new_lesion=bool(row["new_lesion"]),
            tumour=shows_tumour(row, measure.column, judge.tumour_from),
        )
        summed = measure.lesion is not None
        if history is not None:
            shown = with_new_lesions(shown, history, position, judge)
            return with_lesions(shown, history, position, judge, evaluable) if summed else shown
        if not summed:
            # A volume speaks for itself; a sum over targets leaves out what is not measurable.
            return shown
        measurable = row["measurable_lesions"]
        return replace(
            shown,
            enhancing_lesions=row["lesions"],
            measurable=None if measurable is None else bool(measurable),
        )
