"""`km.tsv`: Kaplan-Meier and Aalen-Johansen curves with numbers at risk, overall and by arm."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gadless.statistics.comparisons import times
from gadless.statistics.estimators import library
from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.study import CUT, Study
from gadless.vocabulary.names import OS, PFS, TTP

LABELS = ("criteria", "endpoint", "analysis_set", "candidate", "contrast", "arm", "estimator")
COUNTS = ("day", "at_risk", "events", "censored")


def curves(study: Study) -> pd.DataFrame:
    """Every contrast under every criteria set and analysis set, and overall survival."""
    level = study.config.statistics.conf_level
    return pd.concat(list(_curves(study, level)), ignore_index=True)


def _curves(study: Study, level: float) -> Iterator[pd.DataFrame]:
    cohort = study.cohort
    members = [(name.removeprefix("arm:"), member) for name, member in times.groups(study)]
    for arm, member in members:
        table = curve_table(cohort.os_days[member], cohort.os_event[member], level)
        yield _labelled(table, None, OS, None, None, None, arm, "kaplan_meier")
    for analysis, contrast in study.units():
        criteria, name_of_set, pair = analysis
        if name_of_set == CUT:
            continue
        where = name_of_set, pair or None, contrast
        for arm, member in members:
            for name in (TTP, PFS):
                seen = study.endpoint(analysis, contrast, name)
                table = curve_table(seen.days[member], seen.event[member], level)
                yield _labelled(table, criteria, name, *where, arm, "kaplan_meier")
            table = incidence_table(seen.days[member], times.causes(seen)[member])
            yield _labelled(table, criteria, TTP, *where, arm, "aalen_johansen")


def curve_table(days: Floats, event: np.ndarray, level: float) -> pd.DataFrame:
    """Kaplan-Meier curve with numbers at risk and log-log interval.

    Returns
    -------
    DataFrame
        ``day at_risk events censored estimate lower upper``, day 0 first.

    Notes
    -----
    Greenwood's variance; Kalbfleisch & Prentice's log-log interval, as R's
    ``survfit(conf.type="log-log")``. No interval at survival 1 or 0.
    """
    curve = library.kaplan_meier(days, event, level)
    survival = curve.survival_function_.to_numpy(dtype=float)[:, 0]
    limits = curve.confidence_interval_.to_numpy(dtype=float)
    limits[(survival >= 1) | (survival <= 0)] = np.nan
    return _table(curve.event_table, survival, limits)


def incidence_table(days: Floats, cause: np.ndarray) -> pd.DataFrame:
    """Aalen-Johansen curve in the columns of :func:`curve_table`; deaths count as ``censored``."""
    curve = library.kaplan_meier(days, cause == 1, 0.95)  # for its counts alone
    at, share = library.incidence(days, cause)
    reached = np.searchsorted(at, curve.event_table.index.to_numpy(dtype=float), side="right")
    values = np.concatenate([[0.0], share])[reached]
    return _table(curve.event_table, values, np.full((len(values), 2), np.nan))


def _table(events: pd.DataFrame, estimate: Floats, limits: Floats) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "day": events.index.to_numpy(),
            "at_risk": events["at_risk"].to_numpy(),
            "events": events["observed"].to_numpy(),
            "censored": events["censored"].to_numpy(),
            "estimate": estimate,
            "lower": limits[:, 0],
            "upper": limits[:, 1],
        }
    )
    return table.astype(dict.fromkeys(COUNTS, "int64"))


def _labelled(table: pd.DataFrame, *labels: str | None) -> pd.DataFrame:
    for at, (name, value) in enumerate(zip(LABELS, labels, strict=True)):
        table.insert(at, name, pd.Series([value] * len(table), dtype="string"))
    table[["estimate", "lower", "upper"]] = table[["estimate", "lower", "upper"]].round(10)
    return table
