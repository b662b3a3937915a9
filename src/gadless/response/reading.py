"""The trial's sheets, read row by row and checked against each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.measurement.visit import NO_IMAGES
from gadless.response.assessment import Visit
from gadless.response.records import (
    MEASURED,
    SEEN_AT_A_VISIT,
    Key,
    check_record,
    optional,
    read_records,
)


def where(patient: Any, visit: Any, contrast: Any = None) -> str:
    """Name a visit, and the contrast it is seen on, for a message."""
    place = f"patient {patient}, visit {visit}"
    return place if contrast is None else f"{place}, contrast {contrast}"


def is_contact(
    measured: Mapping[Key, Mapping[str, Any]], patient: str, visit: str, reference: str
) -> bool:
    """Whether no scan was attempted: the reference gives that as its reason."""
    row = measured.get((patient, reference, visit))
    return bool(row and row["evaluable"] is False and row["reason"] == NO_IMAGES)


def unique_patients(patients: pd.DataFrame) -> list[str]:
    """Names of the patients' sheet, which must each stand there once."""
    names = patients["patient"].astype(str)
    if names.duplicated().any():
        raise InputError(
            f"patient {names[names.duplicated()].iloc[0]} stands twice in the patients sheet;"
            " keep one row"
        )
    return names.to_list()


def read_visits(visits: pd.DataFrame, patients: Sequence[str]) -> dict[str, list[Visit]]:
    """Visits of each patient, by day."""
    grouped: dict[str, list[Visit]] = {patient: [] for patient in patients}
    seen = set()
    for patient, visit, day, said in zip(
        visits["patient"].astype(str),
        visits["visit"].astype(str),
        optional(visits, "day", int),
        read_records(visits, SEEN_AT_A_VISIT),
        strict=True,
    ):
        if patient not in grouped:
            raise InputError(f"{where(patient, visit)}: the patient is not in the patients sheet")
        if (patient, visit) in seen:
            raise InputError(f"{where(patient, visit)}: the visit stands twice; keep one row")
        if day is None:
            raise InputError(f"{where(patient, visit)}: no day; visits are ordered by it")
        check_record(said, SEEN_AT_A_VISIT, f"visits: {where(patient, visit)}")
        seen.add((patient, visit))
        grouped[patient].append(Visit(visit, day, **said))
    for own in grouped.values():
        own.sort(key=lambda visit: (visit.day, visit.visit))
    return grouped


def read_measured(
    measurements: pd.DataFrame, visits: dict[str, list[Visit]], contrasts: Sequence[str]
) -> dict[Key, dict[str, Any]]:
    """Rows of measurements by patient, contrast and visit; each must be of a visit, and one."""
    days = {(patient, v.visit): v.day for patient, own in visits.items() for v in own}
    measured: dict[Key, dict[str, Any]] = {}
    for patient, visit, contrast, day, row in zip(
        measurements["patient"].astype(str),
        measurements["visit"].astype(str),
        measurements["contrast"].astype(str),
        optional(measurements, "day", int),
        read_records(measurements, MEASURED),
        strict=True,
    ):
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
    place = f"measurements: {where(patient, visit, contrast)}"
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
    check_record(row, MEASURED, place)
