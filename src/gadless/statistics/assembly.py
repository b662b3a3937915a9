"""From the trial's tables to a study: endpoints aligned with the cohort, sites and intervals."""

import numpy as np
import pandas as pd

from gadless.response.censoring import load_censoring
from gadless.response.courses import origins, seen
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals
from gadless.statistics.pairing import site_of
from gadless.statistics.study import CUT, IGNORED, PAIR, Analysis, Bounds, Key, Study, Unit
from gadless.statistics.tables import Cohort, TrialTables, pairs_filled, rows_of
from gadless.statistics.time_to_event import TimeToEvent
from gadless.trial.config import Config
from gadless.vocabulary.names import OS, PFS, TTP

_ANALYSIS = ["criteria", "analysis_set", "candidate"]


def assemble(tables: TrialTables, config: Config, *, kernel_only: bool = False) -> Study:
    """Make the study that every analysis starts from.

    The pairs of the primary criteria are also followed as if nobody had changed therapy, and cut
    at the first progression on either contrast.

    Parameters
    ----------
    tables : TrialTables
    config : Config
    kernel_only : bool
        As :class:`Study` has it.
    """
    survival = _survival(tables, config)
    measured = tables.measurements
    own = measured[measured["contrast"] == config.reference]
    cohort = Cohort.of(tables.patients, survival, config.statistics.control_arm, own)
    found = _aligned(tables.endpoints, cohort, _assessed(judged(tables, config), cohort))
    study = Study(cohort, config, found, {}, site_of(cohort, tables.measurements), kernel_only)
    if study.criteria:
        found |= _without_new_therapy(study, tables)
        for candidate in config.compared:
            found |= _cut(study, candidate)
        study.bounds.update(_bounds(study, tables))
    return study


def judged(tables: TrialTables, config: Config, *, therapy: bool = True) -> pd.DataFrame:
    """Rows of ``response.tsv`` at which a progression would have counted.

    Not those without a judgement or before time begins to count; by the censoring rules neither
    clinical contacts without an evaluable image nor, with `therapy`, visits under a new therapy.
    """
    return judged_rows(tables.response, tables.patients, config, therapy=therapy)


def judged_rows(
    rows: pd.DataFrame, sheet: pd.DataFrame, config: Config, *, therapy: bool = True
) -> pd.DataFrame:
    """Tell the same of any table of responses and its sheet of patients."""
    censoring = load_censoring(config.endpoint)
    begin = dict(zip(sheet["patient"], origins(sheet, config.endpoint), strict=True))
    begun = rows["day"] >= rows["patient"].map(begin).astype(float).fillna(-np.inf)
    kept = rows["response"].notna() & (rows["response"] != "NE") & begun
    if censoring.unseen_decline == "ignore":
        kept &= seen(rows)
    if therapy and censoring.new_therapy != "ignore" and "new_therapy_day" in sheet:
        started = sheet.set_index("patient")["new_therapy_day"].astype("Float64")
        limit = rows["patient"].map(started).astype(float).fillna(np.inf)
        kept &= rows["day"] <= limit
    return rows[kept]


def _assessed(rows: pd.DataFrame, cohort: Cohort) -> dict[Unit, np.ndarray]:
    """Who has a row."""
    found = {}
    for key, own in pairs_filled(rows).groupby([*_ANALYSIS, "contrast"]):
        who = np.zeros(len(cohort.patients), dtype=bool)
        who[cohort.position(own["patient"])] = True
        *analysis, contrast = map(str, key)
        found[Unit(Analysis(*analysis), contrast)] = who
    return found


def _aligned(
    table: pd.DataFrame, cohort: Cohort, assessed: dict[Unit, np.ndarray]
) -> dict[Key, TimeToEvent]:
    found: dict[Key, TimeToEvent] = {}
    nobody = np.zeros(len(cohort.patients), dtype=bool)
    for key, rows in pairs_filled(table).groupby([*_ANALYSIS, "contrast", "endpoint"]):
        *analysis, contrast, name = map(str, key)
        unit = Unit(Analysis(*analysis), contrast)
        found[Key(*unit, name)] = TimeToEvent.of(rows, cohort, assessed.get(unit, nobody))
    return found


def _survival(tables: TrialTables, config: Config) -> pd.DataFrame:
    """Overall survival from the endpoint's own origin: the same under every criteria set."""
    table = tables.endpoints
    return table[(table["endpoint"] == OS) & (table["contrast"] == config.reference)]


def _without_new_therapy(study: Study, tables: TrialTables) -> dict[Key, TimeToEvent]:
    """Endpoints of the pairs as if nobody had changed therapy: progression under it counts."""
    response, config = tables.response, study.config
    primary = (response["criteria"] == study.criteria[0]) & (response["analysis_set"] == PAIR)
    chosen = response[primary]
    followed = load_censoring(config.endpoint).new_therapy == "ignore"
    if followed or "new_therapy_day" not in tables.patients:
        return {}
    if chosen.empty or not {"rule", "confirmed", "value"} <= set(chosen):
        return {}
    patients = tables.patients.drop(columns="new_therapy_day")
    visits = chosen if tables.visits is None else tables.visits
    times = endpoints(chosen, patients, visits, chosen, config.endpoint, config.response)
    seen = judged(tables, config, therapy=False)
    seen = seen[(seen["criteria"] == study.criteria[0]) & (seen["analysis_set"] == PAIR)]
    renamed = [table.assign(analysis_set=IGNORED) for table in (times, seen)]
    return _aligned(renamed[0], study.cohort, _assessed(renamed[1], study.cohort))


def _cut(study: Study, candidate: str) -> dict[Key, TimeToEvent]:
    """End both contrasts of a pair at a patient's first progression on either.

    After it, therapy changes and scans stop: what one contrast shows later is seen by chance.
    """
    found: dict[Key, TimeToEvent] = {}
    analysis = study.pair(candidate)
    contrasts = study.contrasts(analysis)
    times = [study.endpoint(analysis, name, TTP) for name in contrasts]
    first = np.min([np.where(each.event, each.days, np.inf) for each in times], axis=0)
    cut = analysis._replace(analysis_set=CUT)
    for contrast in contrasts:
        for name in (TTP, PFS):
            whole = study.endpoint(analysis, contrast, name)
            found[Key(cut, contrast, name)] = whole.cut(first)
    return found


def _bounds(study: Study, tables: TrialTables) -> dict[Key, Bounds]:
    """Bracket each time of the pairs under the primary criteria, as ``intervals.tsv`` has it.

    Returns
    -------
    dict
        The last day seen free of the event, and the day on which it was seen; the second is
        infinite where it was not, and where it was on day 0.
    """
    found: dict[Key, Bounds] = {}
    for candidate in study.config.compared:
        analysis = study.pair(candidate)
        response, times = (
            rows_of(table, *analysis) for table in (tables.response, tables.endpoints)
        )
        table = progression_intervals(response, times, tables.patients, study.config.endpoint)
        for (contrast, name), rows in table.groupby(["contrast", "endpoint"]):
            left = np.zeros(len(study.cohort.patients))
            right = np.full(len(study.cohort.patients), np.inf)
            own = study.cohort.position(rows["patient"])
            left[own] = rows["left"].astype("Float64").fillna(0).to_numpy(float)
            right[own] = rows["right"].astype("Float64").fillna(np.inf).to_numpy(float)
            # An event on day 0 has no interval, and a Weibull model no density there.
            right[right == 0] = np.inf
            found[Key(analysis, str(contrast), str(name))] = left, right
    return found
