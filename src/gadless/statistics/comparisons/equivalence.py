"""Equivalence against margins, and the verdict that follows.

Two one-sided tests at level alpha: equivalent if the 1 - 2 alpha interval lies inside the margin
(Schuirmann 1987). Several co-primary margins are an intersection-union test: each at level alpha,
all must hold, and no correction is due (Berger 1982).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, binomtest

from gadless.statistics.comparisons import progression
from gadless.statistics.comparisons.survival import Figures
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.rows import Rows, joined
from gadless.statistics.study import Analysis, Study, Unit

TREATMENT = ("treatment_effect", "PFS", "treatment_hr")
INSIDE, OUTSIDE, UNDECIDED = "inside", "outside", "undecided"
NOBODY = "nobody progresses on either contrast"
WIDTHLESS = (
    "the same in every resample, because no patient in the trial differs; an interval without width"
    " is no certainty, and only the share that differs says how many may"
)


@dataclass(frozen=True)
class Margin:
    """One co-primary comparison with its margin.

    Attributes
    ----------
    term, stratum : str
    estimate, lower, upper, p : float
        90% interval (at alpha 0.05), and the larger of the two one-sided p-values.
    margin : float
        On the config's scale.
    low, high : float
        Limits on the scale of the estimate.
    needed : float
        Smallest margin, on the config's scale, that holds the interval.
    excluded : float
        Margins below it leave the interval wholly outside; NaN where none does.
    """

    term: str
    stratum: str
    estimate: float
    lower: float
    upper: float
    p: float
    margin: float
    low: float
    high: float
    needed: float
    excluded: float
    n: int
    warning: str
    method: str = ""
    applies: bool = True

    @property
    def outcome(self) -> str:
        """Inside, outside, or undecided."""
        if not (np.isfinite(self.lower) and np.isfinite(self.upper)):
            return UNDECIDED
        if self.low < self.lower and self.upper < self.high:
            return INSIDE
        # The one-sided margin of a share has no lower limit to fall below.
        return OUTSIDE if self.lower > self.high or self.upper < self.low else UNDECIDED


def symmetric(
    term: str,
    value: Bootstrapped,
    margin: float,
    level: float,
    n: int,
    *,
    ratio: bool = False,
    stratum: str = "all",
    warning: str = "",
) -> Margin:
    """Build a comparison with limits either way: -margin to margin, or 1/margin to margin."""
    lower, upper, failed = value.interval(level)
    warning = joined(warning, failed)
    low, high = (1 / margin, margin) if ratio else (-margin, margin)
    known = value.draws[np.isfinite(value.draws)]
    p = needed = excluded = float("nan")
    if np.isfinite(lower):
        # Share of resamples beyond each limit, the sample itself counted once.
        beyond = max((known <= low).sum(), (known >= high).sum())
        p = float((beyond + 1) / (len(known) + 1))
        needed = max(1 / lower, upper) if ratio else max(-lower, upper)
        nearest = max(lower, 1 / upper) if ratio else max(lower, -upper)
        excluded = nearest if nearest > (1 if ratio else 0) else excluded
        warning = joined(warning, WIDTHLESS if np.ptp(known) == 0 else "")
    elif not failed:
        reason = "no estimate" if not np.isfinite(value.value) else "no resamples, no interval"
        warning = joined(warning, reason)
    return Margin(
        term,
        stratum,
        value.value,
        lower,
        upper,
        p,
        margin,
        low,
        high,
        needed,
        excluded,
        n,
        warning,
    )


def discordance(count: int, n: int, margin: float, level: float, warning: str = "") -> Margin:
    """Build the one-sided comparison of the discordant share with the largest tolerated.

    Exact limits (Clopper & Pearson 1934), so that the interval and the binomial test decide alike
    and neither errs more often than it says. A `warning` leaves the comparison undecided.
    """
    estimate = lower = upper = p = float("nan")
    if n:
        estimate, p = count / n, float(binom.cdf(count, n, margin))
        interval = binomtest(count, n).proportion_ci(level, method="exact")
        lower, upper = float(interval.low), float(interval.high)
    warning = joined(warning, "" if n else "no patient")
    if warning:
        lower = upper = p = float("nan")
    return Margin(
        term="discordance",
        stratum="all",
        estimate=estimate,
        lower=lower,
        upper=upper,
        p=p,
        margin=margin,
        low=-np.inf,  # an interval of a share may touch 0, which is inside
        high=margin,
        needed=upper,
        excluded=lower if lower > 0 else float("nan"),
        n=n,
        warning=warning,
    )


def margins(
    study: Study,
    figures: dict[Unit, Figures],
    bias: dict[str, tuple[Bootstrapped, int]],
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
    bias : dict
        Candidate to its median volume bias in percent and the visits that it rests on.
    """
    limits = study.config.statistics.margins
    level = 1 - 2 * study.config.statistics.equivalence_alpha
    both = study.config.reference, candidate
    size = len(study.cohort.patients)
    pair = [figures[Unit(analysis, contrast)] for contrast in both]
    value, n = bias[candidate]
    times = [study.endpoint(analysis, name, "TTP") for name in both]
    calm = "" if any(each.event.any() for each in times) else NOBODY
    difference, said = _restricted_means(study, pair, calm)
    compared, unlike = progression.discordant(study, analysis, candidate)
    return [
        symmetric("volume_bias_percent", value, limits.volume_bias_percent, level, n),
        *_hazard_ratios(study, pair, level, calm),
        symmetric("rmst_days", difference, limits.rmst_days, level, size, warning=said),
        discordance(int(unlike.sum()), int(compared.sum()), limits.discordance, level, calm),
    ]


def _restricted_means(study: Study, pair: list[Figures], calm: str) -> tuple[Bootstrapped, str]:
    """Difference of restricted means, missing where the trial says nothing of it, and why.

    Two contrasts on which nobody has the event have the same mean in every resample; an interval
    without width inside the margin would take absence of evidence for equivalence.
    """
    key = ("time_to_event", study.config.endpoint.primary, "all", "rmst_days")
    horizon, said = study.config.statistics.rmst_days, joined(_said(pair, key), calm)
    if calm:
        return Bootstrapped.missing(study.config.statistics.bootstrap), said
    if all(figures[key].value.value >= horizon for figures in pair):
        missing = Bootstrapped.missing(study.config.statistics.bootstrap)
        return missing, joined(said, f"no event before day {horizon:g} on either contrast")
    return pair[1][key].value - pair[0][key].value, said


def _hazard_ratios(study: Study, pair: list[Figures], level: float, calm: str) -> Iterator[Margin]:
    """Ratio of treatment hazard ratios on PFS, one for each arm beyond the first."""
    margin, size = study.config.statistics.margins.hazard_ratio, len(study.cohort.patients)
    keys = [key for key in pair[0] if (key[0], key[1], key[3]) == TREATMENT]
    for key in keys:
        ratio = (pair[1][key].value - pair[0][key].value).exp()
        stratum, said = key[2] if len(keys) > 1 else "all", joined(_said(pair, key), calm)
        if calm:
            ratio = Bootstrapped.missing(study.config.statistics.bootstrap)
        yield symmetric(
            "hazard_ratio", ratio, margin, level, size, ratio=True, stratum=stratum, warning=said
        )
    if not keys:
        none = Bootstrapped.missing(study.config.statistics.bootstrap)
        said = "one arm: no treatment effect to compare"
        yield symmetric("hazard_ratio", none, margin, level, size, ratio=True, warning=said)


def _said(pair: list[Figures], key: tuple[str, str, str, str]) -> str:
    return joined(*(figures[key].warning for figures in pair))


def write_rows(rows: Rows, study: Study, found: list[Margin]) -> None:
    """Add the rows of `equivalence`, its margins and where each flips."""
    level = 1 - 2 * study.config.statistics.equivalence_alpha
    for one in found:
        _one(rows.under(level="patient", stratum=one.stratum, n=one.n), study, one, level)


def _one(rows: Rows, study: Study, one: Margin, level: float) -> None:
    endpoint = {
        "hazard_ratio": "PFS",
        "rmst_days": study.config.endpoint.primary,
        "discordance": "TTP",
    }.get(one.term)
    rows = rows.under(endpoint=endpoint)
    rows.add(
        one.term,
        one.estimate,
        analysis="equivalence",
        lower=one.lower,
        upper=one.upper,
        conf_level=level,
        p=one.p,
        method=one.method,
        outcome=one.outcome,
        warning=one.warning,
    )
    rows.add(
        one.term,
        one.margin,
        analysis="equivalence_margin",
        lower=max(one.low, 0.0) if one.term == "discordance" else one.low,
        upper=one.high,
        conf_level=np.nan,
        method="set in the config; no consensus exists",
    )
    rows.add(
        one.term,
        one.needed,
        analysis="equivalence_flip",
        lower=one.excluded,
        conf_level=np.nan,
        method="smallest margin that holds; wholly outside all margins under the lower one",
    )
