"""The comparisons that decide about a candidate, with their margins.

None rests on resampling: with few patients, or where few of them differ, percentiles of resamples
call a difference at the margin inside it two to five times as often as they say
(docs/simulation.md). So the intervals are the same whatever `statistics.bootstrap` is.
"""

from collections.abc import Iterator

import numpy as np

from gadless.statistics import covariates, models
from gadless.statistics.comparisons import interchangeability
from gadless.statistics.comparisons.margin import (
    Evidence,
    Margin,
    compare,
    not_applicable,
)
from gadless.statistics.comparisons.survival import Figures
from gadless.statistics.estimators.clustered_median import ClusteredMedian
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.paired_times import (
    hazard_ratio_ratio,
    restricted_mean_difference,
)
from gadless.statistics.figures import within
from gadless.statistics.rows import Rows, joined
from gadless.statistics.strata import Strata
from gadless.statistics.study import Analysis, Study, Unit
from gadless.statistics.time_to_event import TimeToEvent
from gadless.trial.config.statistics import Term
from gadless.vocabulary.equivalence import (
    DISCORDANCE,
    EQUIVALENCE,
    EQUIVALENCE_FLIP,
    EQUIVALENCE_MARGIN,
    EXCESS_DISCORDANCE,
    HAZARD_RATIO,
    RMST,
)
from gadless.vocabulary.names import EVERYONE, PFS, TTP
from gadless.vocabulary.survival import RMST_DAYS, TIME_TO_EVENT, TREATMENT_EFFECT, TREATMENT_HR

ENDPOINT = PFS
"""The endpoint of the treatment's hazard ratio: censoring deaths would be informative."""
NOBODY = "nobody progresses on either contrast"
LEFT_OUT = "each patient left out, one more who differs most imagined"


def margins(
    study: Study,
    figures: dict[Unit, Figures],
    bias: tuple[ClusteredMedian | None, str],
    analysis: Analysis,
    candidate: str,
) -> list[Margin]:
    """Return the comparisons of one candidate with the reference in one analysis.

    Where nobody progresses on either contrast, two of them have nothing in common but the deaths:
    that is absence of evidence, and only the volumes are compared.

    Parameters
    ----------
    figures : dict
        From :func:`gadless.statistics.comparisons.survival.all_figures`.
    bias : tuple
        From :func:`gadless.statistics.comparisons.volumes.percent_bias`.
    """
    both = study.config.reference, candidate
    pair = [figures[Unit(analysis, contrast)] for contrast in both]
    times = [study.endpoint(analysis, name, TTP) for name in both]
    calm = "" if any(each.event.any() for each in times) else NOBODY
    return [
        _size(study, *bias),
        *_hazard_ratios(study, pair, analysis, candidate, calm),
        _restricted_means(study, pair, analysis, candidate, calm),
        interchangeability.disagreement(study, analysis, candidate).judged(study, calm),
    ]


def _size(study: Study, bias: ClusteredMedian | None, method: str) -> Margin:
    term: Term = "volume_bias_percent"
    settings = study.config.statistics
    if bias is None:
        return not_applicable(term, settings.margins.volume_bias_percent, method)
    found = Evidence.median(bias, method)
    margin = settings.margins.volume_bias_percent
    return compare(term, found, margin, side=settings.side(term))


def _restricted_means(
    study: Study, pair: list[Figures], analysis: Analysis, candidate: str, calm: str
) -> Margin:
    """Difference of restricted means of the primary endpoint.

    Undecided where the trial says nothing of it: without anybody followed to the horizon, without
    an event before it, and where nobody progresses.
    """
    term: Term = "rmst_days"
    settings, method = study.config.statistics, f"Kaplan-Meier; {LEFT_OUT}"
    endpoint, horizon = study.config.endpoint.primary, settings.rmst_days
    key = (TIME_TO_EVENT, endpoint, EVERYONE, RMST_DAYS)
    values = [figures[key].value.value for figures in pair]
    said = joined(*(figures[key].warning for figures in pair), calm)
    if all(value >= horizon for value in values):
        said = joined(said, f"no event before day {horizon:g} on either contrast")
    difference = float(values[1] - values[0])
    if said or not np.isfinite(difference):
        size = len(study.cohort.patients)
        found = Evidence.none(size, method, said or "no estimate")
    else:
        days, event = _times(study, analysis, candidate, endpoint)
        moved = restricted_mean_difference(days, event, float(horizon))
        found = Evidence.jackknifed(moved, study.equivalence_level, method, ())
    return compare(term, found, settings.margins.rmst_days, side=settings.side(term))


def _times(
    study: Study, analysis: Analysis, candidate: str, endpoint: str
) -> tuple[np.ndarray, np.ndarray]:
    pair = [
        study.endpoint(analysis, name, endpoint) for name in (study.config.reference, candidate)
    ]
    return np.array([each.days for each in pair]), np.array([each.event for each in pair])


def _hazard_ratios(
    study: Study, pair: list[Figures], analysis: Analysis, candidate: str, calm: str
) -> Iterator[Margin]:
    """Ratio of treatment hazard ratios on PFS, one for each arm beyond the first."""
    term: Term = "hazard_ratio"
    settings, method = study.config.statistics, f"Cox; {LEFT_OUT}"
    names = covariates.arms(study.cohort).names
    margin, side = settings.margins.hazard_ratio, settings.side(term)
    if not names:
        yield not_applicable(term, margin, "one arm: no treatment effect to compare")
    first, second = (
        _treatment_rows(study, study.endpoint(analysis, name, ENDPOINT))
        for name in (study.config.reference, candidate)
    )
    for column, arm in enumerate(names):
        key = (TREATMENT_EFFECT, ENDPOINT, arm, TREATMENT_HR)
        said = joined(*(figures[key].warning for figures in pair), calm)
        found = hazard_ratio_ratio(first, second, column)
        evidence = Evidence.jackknifed(found, study.equivalence_level, method, said, ratio=True)
        if calm:
            evidence = Evidence.none(evidence.n, method, said)
        stratum = arm if len(names) > 1 else EVERYONE
        yield compare(term, evidence, margin, ratio=True, side=side, stratum=stratum)


def _treatment_rows(study: Study, times: TimeToEvent) -> CoxRows:
    """Rows of the model that `treatment_hr` comes from."""
    model = models.plain(times.days, times.event, covariates.arms(study.cohort))
    return within(model, Strata.of(study.cohort, study.config.statistics.strata)).rows


def write_rows(rows: Rows, study: Study, found: list[Margin]) -> None:
    """Add the rows of `equivalence`, its margins and where each flips."""
    for one in found:
        _one(rows.under(level="patient", stratum=one.stratum, n=one.n), study, one)


def _one(rows: Rows, study: Study, one: Margin) -> None:
    endpoints: dict[str, str] = {
        HAZARD_RATIO: ENDPOINT,
        RMST: study.config.endpoint.primary,
        DISCORDANCE: TTP,
        EXCESS_DISCORDANCE: TTP,
    }
    rows = rows.under(endpoint=endpoints.get(one.term))
    rows.add(
        one.term,
        one.estimate,
        analysis=EQUIVALENCE,
        lower=one.lower,
        upper=one.upper,
        conf_level=study.equivalence_level,
        p=one.p,
        method=one.method,
        outcome=one.outcome,
        warning=one.warning,
    )
    rows.add(
        one.term,
        one.margin,
        analysis=EQUIVALENCE_MARGIN,
        lower=max(one.low, 0.0) if one.term == DISCORDANCE else one.low,
        upper=one.high,
        conf_level=np.nan,
        method="set in the config; no consensus exists",
    )
    rows.add(
        one.term,
        one.needed,
        analysis=EQUIVALENCE_FLIP,
        lower=one.excluded,
        conf_level=np.nan,
        method="smallest margin that holds; wholly outside all margins under the lower one",
    )
