"""Response of every visit, on every contrast, by every criteria set."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from gadless.errors import InputError
from gadless.response.assessment import Patient
from gadless.response.baseline import find_baseline
from gadless.response.course import Settled, judge_course, read_course
from gadless.response.criteria import Criteria
from gadless.response.exact import change
from gadless.response.judge import Judge
from gadless.response.needed import lacking_measures
from gadless.response.rules import OUTSIDE_THE_PAIR, Rule
from gadless.response.tables import Tables
from gadless.response.tracks import Verdict
from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Response

COLUMNS = (
    "patient",
    "visit",
    "day",
    "contrast",
    "criteria",
    "analysis_set",
    "candidate",
    "response",
    "confirmed",
    "dated_visit",
    "rule",
    "measure",
    "value",
    "baseline",
    "baseline_visit",
    "nadir",
    "nadir_visit",
    "change_from_baseline",
    "change_from_nadir",
)
_NUMBERS = ("value", "baseline", "nadir", "change_from_baseline", "change_from_nadir")
Row = tuple[Any, ...]


def classify(
    measurements: pd.DataFrame,
    visits: pd.DataFrame,
    patients: pd.DataFrame,
    lesions: pd.DataFrame | None,
    criteria: Sequence[Criteria],
    settings: Response,
    contrasts: Sequence[str],
    measurement: Measurement | None = None,
    *,
    pairs_only: bool = False,
) -> pd.DataFrame:
    """Classify every visit.

    Parameters
    ----------
    measurements : DataFrame
        One row a visit and contrast, as ``measurements.tsv``.
    visits : DataFrame
        One row a visit: ``patient``, ``visit``, ``day`` and the optional clinical columns.
    patients : DataFrame
        One row a patient; ``treatment_day`` and ``radiotherapy_end_day`` are used where they exist.
    lesions : DataFrame or None
        As ``lesions.tsv``; sums of products are then formed from it, and new lesions found in it.
    criteria : sequence of Criteria
    settings : Response
        Section `response` of the configuration.
    contrasts : sequence of str
        All contrasts of the trial, the reference first.
    measurement : Measurement, optional
        Section `measurement`, for what is measurable; without it, the defaults.
    pairs_only : bool
        Leaves out analysis set ``all``.

    Returns
    -------
    DataFrame
        As ``response.tsv``: in analysis set ``all``, a row for every visit, contrast and criteria
        set, each contrast on the visits that it shows; in ``common``, a row for each of a pair of
        reference and candidate (column ``candidate``) on the visits that both show. No row of one
        pair depends on another candidate.
        ``confirmed`` is ``yes``, ``no``, ``pending``, ``not_needed``, or missing where nothing is
        to be confirmed; ``dated_visit`` the visit to which a progression is dated.
        A contrast with a column ``response`` in its rows stands as it was read, under every
        criteria set. Values are in the unit of ``measure``, changes are shares (0.25: 25% more).

    Raises
    ------
    InputError
        For tables that contradict each other or lack what the criteria need.
    """
    judges = [Judge.of(each, settings, measurement) for each in criteria]
    tables = Tables.read(measurements, visits, patients, lesions, contrasts)
    if measured := [name for name in contrasts if name not in tables.as_read]:
        with_lesions = lesions is not None
        faults = lacking_measures(measurements, judges, measured, with_lesions=with_lesions)
        if faults:
            raise InputError("\n".join(faults))
    rows: list[Row] = []
    for patient in tables.patients:
        for judge in judges:
            rows.extend(_patient_rows(tables, patient, judge, contrasts, pairs_only=pairs_only))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"day": "int64"} | dict.fromkeys(_NUMBERS, "float64"))


def _patient_rows(
    tables: Tables,
    patient: Patient,
    judge: Judge,
    contrasts: Sequence[str],
    *,
    pairs_only: bool,
) -> Iterator[Row]:
    """Judge one patient on each contrast's own visits, then pair by pair on those of both."""
    own = {name: tables.reasons(patient.patient, name, judge) for name in contrasts}
    unfit = {
        name: tables.unfit_as_baseline(patient.patient, name, reasons)
        for name, reasons in own.items()
    }
    judges = {name: judge if name in tables.as_read else judge.on(name) for name in contrasts}
    for contrast in () if pairs_only else contrasts:
        alone = Lacking(own[contrast], own[contrast], unfit[contrast])
        yield from _rows_of(tables, patient, judges[contrast], contrast, alone, None)
    reference, *candidates = contrasts
    for candidate in candidates:
        pair = (reference, candidate)
        shared = _reasons_in_common({name: own[name] for name in pair})
        no_baseline = _reasons_in_common({name: unfit[name] for name in pair})
        for contrast in pair:
            lacking = Lacking(own[contrast], shared, no_baseline)
            yield from _rows_of(tables, patient, judges[contrast], contrast, lacking, candidate)


class Lacking(NamedTuple):
    """Why each visit of a patient lacks what an analysis asks of it; None where it does not.

    Attributes
    ----------
    own : sequence of str or None
        The contrast's own reason for not being evaluable.
    shared : sequence of str or None
        That of any contrast of the analysis.
    baseline : sequence of str or None
        Why the visit cannot be the baseline.
    """

    own: Sequence[str | None]
    shared: Sequence[str | None]
    baseline: Sequence[str | None]


def _rows_of(
    tables: Tables,
    patient: Patient,
    judge: Judge,
    contrast: str,
    lacking: Lacking,
    candidate: str | None,
) -> Iterator[Row]:
    """Judge one contrast on the visits without a shared reason against them."""
    visits = tables.visits[patient.patient]
    usable = [reason is None for reason in lacking.baseline]
    baseline, why = find_baseline(visits, usable, patient, judge.settings.baseline)
    # The contrast's own reason says more than that the other of the pair lacks the visit.
    reasons = [
        mine or (theirs and f"{OUTSIDE_THE_PAIR}; {theirs}")
        for mine, theirs in zip(lacking.own, lacking.shared, strict=True)
    ]
    analysis_set = "all" if candidate is None else "common"
    for each in _course(tables, patient, contrast, judge, reasons, baseline, why):
        yield (
            patient.patient,
            each.visit.visit,
            each.visit.day,
            contrast,
            judge.criteria.name,
            analysis_set,
            candidate,
            *_cells(each),
        )


def _reasons_in_common(own: dict[str, list[str | None]]) -> list[str | None]:
    """Why each visit is not evaluable on every contrast; None where it is."""
    return [
        next((f"{name}: {why}" for name, why in zip(own, whys, strict=True) if why), None)
        for whys in zip(*own.values(), strict=True)
    ]


def _cells(settled: Settled) -> Row:
    verdict = settled.verdict
    track, value = verdict.track, verdict.value
    known: Row = (None, settled.baseline if verdict.rule == Rule.AS_READ else None, *[None] * 4)
    if track is not None:
        known = (
            track.baseline,
            track.baseline_visit,
            track.nadir,
            track.nadir_visit,
            None if value is None else change(value, track.baseline),
            None if value is None else change(value, track.nadir),
        )
    measure = None if track is None else track.measure
    said = (verdict.response, settled.confirmed, settled.dated, verdict.rule)
    return (*said, measure, value, *known)


def _course(
    tables: Tables,
    patient: Patient,
    contrast: str,
    judge: Judge,
    reasons: Sequence[str | None],
    baseline: int | None,
    why: str,
) -> list[Settled]:
    """Judge one patient's visits on one contrast, in order of days."""
    visits, name = tables.visits[patient.patient], patient.patient
    if baseline is None:
        verdict = Verdict("NE", f"{Rule.NO_BASELINE}; {why}", None, None)
        return [Settled(visit, verdict) for visit in visits]
    if contrast in tables.as_read:
        categories = [
            tables.category(name, contrast, visit.visit) if reason is None else None
            for visit, reason in zip(visits, reasons, strict=True)
        ]
        return read_course(visits, categories, reasons, baseline)
    # Of a pair, the other may have no reading at the baseline: that takes no scan from this one.
    fit = [None if at == baseline else reason for at, reason in enumerate(reasons)]
    assessments = tables.assessments(name, contrast, judge, fit, baseline)
    return judge_course(visits, assessments, baseline, judge, patient)
