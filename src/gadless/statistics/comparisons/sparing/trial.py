"""The trial as sparing asks for it: who was scanned with contrast, and where a candidate doubts."""

from dataclasses import dataclass

import pandas as pd

from gadless.response.baseline import find_baseline
from gadless.response.criteria import Criteria
from gadless.response.judge import Judge
from gadless.response.measures import MEASURES
from gadless.response.tables import Tables
from gadless.statistics.tables import Cohort
from gadless.trial.config import Config

NO_ANSWER = 1.0
"""Doubt of a visit that the candidate could not evaluate."""


@dataclass(frozen=True)
class SparingTables:
    """What sparing reads of ``results/trial``; each as the contract has it.

    Attributes
    ----------
    patients, visits, measurements, lesions : DataFrame
    probability : DataFrame
        As :func:`gadless.response.probability.response_probability` returns it.
    """

    patients: pd.DataFrame
    visits: pd.DataFrame
    measurements: pd.DataFrame
    lesions: pd.DataFrame | None
    probability: pd.DataFrame


@dataclass(frozen=True)
class Exam:
    """One visit of the trial under full contrast.

    Attributes
    ----------
    visit : str
    doubt : float
        1 less the probability of the category that the candidate gives: 0 where no category was
        drawn, as at the baseline; 1 where the candidate could not evaluate the visit.
    counted : bool
        Whether the reference could evaluate it: an exam with contrast, which may be spared.
    """

    visit: str
    doubt: float
    counted: bool


@dataclass(frozen=True)
class Followed:
    """One patient's visits.

    Attributes
    ----------
    exams : list of Exam
        By day.
    baseline : str or None
        The first visit that counts, of those that both contrasts show.
    """

    exams: list[Exam]
    baseline: str | None


def followed(
    tables: SparingTables, config: Config, criteria: Criteria, candidate: str
) -> dict[str, Followed]:
    """Look up each patient's visits, and how much the candidate doubts each."""
    judge = Judge.of(criteria, config.response, config.measurement)
    pair = [config.reference, candidate]
    trial = _read(tables, pair)
    given = _given(tables.probability, criteria.name, candidate)
    found = {}
    for patient in trial.patients:
        name, visits = patient.patient, trial.visits[patient.patient]
        whys = list(zip(*(trial.reasons(name, one, judge) for one in pair), strict=True))
        usable = [first is None and second is None for first, second in whys]
        baseline, _ = find_baseline(visits, usable, patient, judge.settings.baseline)
        exams = [
            Exam(
                visit.visit,
                NO_ANSWER if failed else round(1 - given.get((name, visit.visit), 1.0), 9),
                why is None,
            )
            for visit, (why, failed) in zip(visits, whys, strict=True)
        ]
        found[name] = Followed(exams, None if baseline is None else visits[baseline].visit)
    return found


def _given(rows: pd.DataFrame, criteria: str, candidate: str) -> dict[tuple[str, str], float]:
    """Probability of the category that the candidate gives, by patient and visit."""
    chosen = (rows["contrast"] == candidate) & (rows["criteria"] == criteria)
    own = rows[chosen & (rows["given"] == 1)]
    keys = zip(own["patient"].astype(str), own["visit"].astype(str), strict=True)
    return dict(zip(keys, own["probability"].astype(float), strict=True))


def with_own_news(
    tables: SparingTables, config: Config, criteria: Criteria, candidate: str
) -> pd.DataFrame:
    """Measurements of the pair, in which every visit says itself whether it has a new lesion.

    Lesions are called by contrast: in a series of two contrasts, their table would take one of them
    for another. What is new is asked on each contrast by itself, from the pair's baseline.
    """
    pair = [config.reference, candidate]
    table = tables.measurements[tables.measurements["contrast"].isin(pair)]
    if tables.lesions is None or tables.lesions.empty:
        return table
    judge = Judge.of(criteria, config.response, config.measurement)
    trial, new = _read(tables, pair), {}
    for patient in trial.patients:
        name, visits = patient.patient, trial.visits[patient.patient]
        reasons = {one: trial.reasons(name, one, judge) for one in pair}
        usable = [not any(whys) for whys in zip(*reasons.values(), strict=True)]
        baseline, _ = find_baseline(visits, usable, patient, judge.settings.baseline)
        for one in pair if baseline is not None else ():
            shown = trial.assessments(name, one, judge, reasons[one], baseline or 0)
            for visit, each in zip(visits, shown, strict=True):
                new[name, visit.visit, one] = int(each.new_lesion)
    columns = (table[name].astype(str) for name in ("patient", "visit", "contrast"))
    cells = [new.get(key, 0) for key in zip(*columns, strict=True)]
    return table.assign(new_lesion=pd.array(cells, dtype="Int64"))


def _read(tables: SparingTables, pair: list[str]) -> Tables:
    own = tables.measurements[tables.measurements["contrast"].isin(pair)]
    lesions = tables.lesions
    if lesions is not None:
        lesions = lesions[lesions["contrast"].isin(pair)] if len(lesions) else None
    return Tables.read(own, tables.visits, tables.patients, lesions, pair)


def why_not(tables: SparingTables, config: Config, criteria: Criteria, candidate: str) -> str:
    """Say why exams cannot be spared by a candidate's doubt; empty where they can."""
    read = MEASURES["category"].column
    table = tables.measurements
    if criteria.measure != "volume":
        return f"criteria {criteria.name} compare no volume, and only volumes state an interval"
    if read in table:
        categories = table[table[read].notna()]["contrast"].astype(str)
        for contrast in (config.reference, candidate):
            if (categories == contrast).any():
                who = "the reference" if contrast == config.reference else "the candidate"
                return f"{who} brings readers' categories: there is no volume to mix"
    stating = tables.probability["contrast"].astype(str)
    if not (stating == candidate).any():
        return (
            "the candidate states no interval of its volumes (enhancing_low_cm3,"
            " enhancing_high_cm3): nothing tells where it is unsure"
        )
    return ""


def cohort_of(tables: SparingTables, config: Config) -> Cohort:
    """Order the patients as the statistics do."""
    own = tables.measurements[tables.measurements["contrast"] == config.reference]
    return Cohort.of(tables.patients, control=config.statistics.control_arm, seen=own)
