"""Probability of each response category at each visit, from how unsure each volume is.

The series of a patient up to a visit is drawn again and again, baseline and nadir with it, and
judged by the same code as the measured one. Most draws differ in nothing that a criterion asks for:
they are grouped by the answers to what it asks (grown over the nadir, shrunk from baseline, large
enough, gone), and one of each group is judged for all.

What a volume does not decide (steroids, clinical state, new lesions, T2/FLAIR) stays as it is.
Errors of one patient's visits are taken as independent: what they have in common cancels in every
change from baseline or nadir.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.response.assessment import Assessment, Patient, Visit
from gadless.response.baseline import find_baseline
from gadless.response.course import judge_course
from gadless.response.criteria import Criteria
from gadless.response.judge import Judge
from gadless.response.spread import (
    DRAWS,
    HIGH,
    LOW,
    USUAL_CHANGE,
    Floats,
    drawn,
    normal_scores,
)
from gadless.response.tables import Tables
from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Response

COLUMNS = ("patient", "visit", "contrast", "criteria", "category", "probability", "given")
Flags = NDArray[np.bool_]


def response_probability(
    measurements: pd.DataFrame,
    visits: pd.DataFrame,
    patients: pd.DataFrame,
    lesions: pd.DataFrame | None,
    criteria: Sequence[Criteria],
    settings: Response,
    contrasts: Sequence[str],
    measurement: Measurement | None = None,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    change: float | None = USUAL_CHANGE,
) -> pd.DataFrame:
    """Give each category of each visit its probability, on the contrast's own visits.

    Parameters
    ----------
    measurements, visits, patients, lesions, criteria, settings, contrasts, measurement
        As :func:`gadless.response.classify.classify` takes them.
    seed : int
        Of the draws.
    draws : int
        Series drawn for each patient.
    change : float or None
        As :func:`gadless.response.spread.drawn` has it.

    Returns
    -------
    DataFrame
        As ``response_probability.tsv``: the categories that are possible at each evaluable visit
        after baseline, on every contrast that states intervals, under every criteria set that
        compares volumes; of a visit they add up to 1. ``given`` is 1 for the category that the
        measured volumes give.
    """
    tables = Tables.read(measurements, visits, patients, lesions, contrasts)
    judges = [Judge.of(each, settings, measurement) for each in criteria]
    stated = [name for name in stating(measurements, contrasts) if name not in tables.as_read]
    most = max((len(own) for own in tables.visits.values()), default=0)
    scores = normal_scores(most, seed, draws)
    rows: list[tuple[Any, ...]] = []
    for patient in tables.patients:
        for judge in judges:
            if judge.criteria.measure == "volume":
                for contrast in stated:
                    series = Series.of(tables, patient, contrast, judge.on(contrast))
                    if series is not None:
                        rows.extend(series.rows(contrast, scores, change))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"probability": "float64", "given": "int64"})


def stating(measurements: pd.DataFrame, contrasts: Sequence[str]) -> list[str]:
    """Name the contrasts that state an interval for any volume."""
    if not {LOW, HIGH} <= set(measurements):
        return []
    known = measurements[[LOW, HIGH]].notna().all(axis=1)
    found = set(measurements.loc[known, "contrast"].astype(str))
    return [name for name in contrasts if name in found]


@dataclass(frozen=True)
class Series:
    """One patient's visits on one contrast, as far as they take part: from baseline, evaluable.

    Attributes
    ----------
    visits : list of Visit
        All visits, the unevaluable and the earlier ones as well.
    assessments : list of Assessment
        What was measured.
    baseline : int
        Position of the baseline.
    used : list of int
        Positions of the evaluable visits from the baseline on.
    low, high : array (used,)
        Ends of each volume's interval in cm3; NaN where none is stated.
    judge : Judge
    patient : Patient
    """

    visits: list[Visit]
    assessments: list[Assessment]
    baseline: int
    used: list[int]
    low: Floats
    high: Floats
    judge: Judge
    patient: Patient

    @classmethod
    def of(cls, tables: Tables, patient: Patient, contrast: str, judge: Judge) -> "Series | None":
        """Take a patient's visits from the trial's tables; None without a baseline."""
        name = patient.patient
        visits, reasons = tables.visits[name], tables.reasons(name, contrast, judge)
        usable = [reason is None for reason in reasons]
        baseline, _ = find_baseline(visits, usable, patient, judge.settings.baseline)
        if baseline is None:
            return None
        shown = tables.assessments(name, contrast, judge, reasons, baseline)
        used = [at for at in range(baseline, len(visits)) if shown[at].evaluable]
        rows = [tables.measured[name, contrast, visits[at].visit] for at in used]
        low, high = (
            np.array([np.nan if row[end] is None else row[end] for row in rows], dtype=float)
            for end in (LOW, HIGH)
        )
        return cls(visits, shown, baseline, used, low, high, judge, patient)

    @property
    def volumes(self) -> Floats:
        """Measured volumes of the visits used, in cm3."""
        return np.array([self.assessments[at].value for at in self.used], dtype=float)

    def rows(
        self, contrast: str, scores: Floats, change: float | None
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of the table, in order of days."""
        given = self._judged(self.volumes)
        who = self.patient.patient, contrast, self.judge.criteria.name
        least = self.judge.measurement.smallest_lesion_cm3
        known = drawn(self.volumes, self.low, self.high, scores[: len(self.used)], least, change)
        for at, series in zip(self.used, known, strict=True):
            if at > self.baseline:
                shares = {given[at]: 0.0} | self._shares(series)
                for category in sorted(shares):
                    own = int(category == given[at])
                    yield (who[0], self.visits[at].visit, *who[1:], category, shares[category], own)

    def _shares(self, series: Floats) -> dict[str, float]:
        """Share of each category at the last visit of drawn series."""
        kinds = _kinds(asked(series, self.judge))
        _, first, counts = np.unique(kinds, return_index=True, return_counts=True)
        found: dict[str, int] = {}
        for one, count in zip(first, counts, strict=True):
            category = self._judged(series[:, one])[-1]
            found[category] = found.get(category, 0) + int(count)
        return {category: count / series.shape[1] for category, count in found.items()}

    def _judged(self, volumes: Floats) -> list[str]:
        """Category of every visit, were these the volumes of those used; up to the last given."""
        end = self.used[len(volumes) - 1] + 1
        shown, absent = self.assessments[:end], self.judge.absent
        for at, volume in zip(self.used, volumes, strict=False):
            measured = self.assessments[at]
            # What else shows tumour stands against a measured volume of nothing, not a drawn one.
            tumour = measured.tumour and (measured.value or 0.0) <= absent
            shown[at] = replace(measured, value=float(volume), tumour=tumour)
        settled = judge_course(self.visits[:end], shown, self.baseline, self.judge, self.patient)
        return [each.verdict.response for each in settled]


def _kinds(answers: Flags) -> NDArray[Any]:
    """One value for each column of answers: equal where all answers are."""
    packed = np.ascontiguousarray(np.packbits(answers, axis=0).T)
    if packed.shape[1] > 8:
        return np.unique(packed, axis=0, return_inverse=True)[1].ravel()
    wide = np.zeros((len(packed), 8), dtype=np.uint8)
    wide[:, : packed.shape[1]] = packed
    return wide.view(np.uint64)[:, 0]


def asked(volumes: Floats, judge: Judge) -> Flags:
    """Answer all that criteria ask of volumes, the baseline's first; series alike are judged alike.

    Parameters
    ----------
    volumes : array (visits, draws)
    judge : Judge

    Returns
    -------
    array (questions, draws) of bool
    """
    criteria, first = judge.criteria, volumes[0]
    least, growth = judge.least, 1 + float(judge.growth)
    partial = 1 - float(max(criteria.partial, judge.repeat.shrinkage))
    answers = [first >= least, first <= judge.absent, first > 0]
    # Growth may be measured anew from a refuted progression, or from the first scan that showed it.
    anew = criteria.refuted_becomes_reference or criteria.confirm_against == "first"
    for at in range(1, len(volumes)):
        now = volumes[at]
        nadirs = [volumes[start:at].min(axis=0) for start in (range(at) if anew else [0])]
        befores = [*nadirs, *(volumes[1:at] if anew else [])]
        answers += [now <= judge.absent, (now <= partial * first) & (first > 0)]
        for before in befores:
            grown = (now > before) & (now >= growth * before) & (now >= least)
            if criteria.least_growth is not None:
                grown &= now - before >= float(criteria.least_growth)
            answers.append(grown)
    return np.array(answers)
