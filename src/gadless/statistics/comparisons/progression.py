"""Rows of `progression_status`: who progresses on one contrast, on both, and when."""

import numpy as np
import pandas as pd

from gadless.statistics.estimators import categories, library, proportions
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.rows import Rows
from gadless.statistics.study import Analysis, Study
from gadless.statistics.time_to_event import TimeToEvent
from gadless.vocabulary import Term
from gadless.vocabulary.names import ENHANCING_TRIGGER, EVERYONE, SITE
from gadless.vocabulary.population import IMAGELESS
from gadless.vocabulary.responses import (
    AC1,
    BOTH_IMAGELESS,
    BOTH_OTHER_VISIT,
    BOTH_SAME_VISIT,
    DISCORDANT,
    DISCORDANT_STATUS,
    KAPPA,
    MCNEMAR,
    NEITHER,
    NOT_ASSESSED,
    ONLY_CANDIDATE,
    ONLY_REFERENCE,
    SITE_SD_DISCORDANCE,
)

ENHANCEMENT = ("enhancing", "new_lesion")
"""Triggers that enhancement decides: growth, and a lesion that was not there."""

BY_PATIENT = [
    *("patient", "criteria", "analysis_set", "reference", "candidate", "status", "discordant"),
    *("reference_days", "candidate_days"),
]
"""Columns of the table that names patients."""


def write_rows(rows: Rows, study: Study, first: TimeToEvent, second: TimeToEvent) -> None:
    """Add the rows of one pair, in the order of time to progression on either contrast."""
    compared = first.comparable(second)
    rows.share(NOT_ASSESSED, int((~compared).sum()), len(compared))
    enhancing = [~one.event | np.isin(one.trigger, ENHANCEMENT) for one in (first, second)]
    for stratum, member in (
        (EVERYONE, compared),
        (ENHANCING_TRIGGER, compared & enhancing[0] & enhancing[1]),
    ):
        _statuses(rows.under(stratum=stratum), study, first, second, member)
    _by_site(rows, ~alike(first, second)[compared], study.sites[compared])


def _by_site(rows: Rows, discordant: np.ndarray, sites: np.ndarray) -> None:
    shares = []
    for site in sorted(set(sites) - {""}):
        here = discordant[sites == site]
        rows.share(DISCORDANT, int(here.sum()), len(here), stratum=f"{SITE}{site}")
        shares.append(here.mean())
    several = len(shares) > 1
    rows.add(
        SITE_SD_DISCORDANCE,
        float(np.std(shares, ddof=1)) if several else float("nan"),
        level="site",
        n=len(shares),
        method="sd of the sites' shares, not corrected for their error",
        warning="" if several else "fewer than two sites",
    )


def discordant(study: Study, analysis: Analysis, candidate: str) -> tuple[np.ndarray, np.ndarray]:
    """Who is compared, and who of them progresses on one contrast only or on another visit.

    Returns
    -------
    compared, unlike : array (patients,) of bool
    """
    first, second = (
        study.endpoint(analysis, contrast, "TTP")
        for contrast in (study.config.reference, candidate)
    )
    compared = first.comparable(second)
    return compared, ~alike(first, second) & compared


def by_patient(study: Study) -> pd.DataFrame:
    """Name the patients that `progression_status` counts under the primary criteria.

    Returns
    -------
    DataFrame
        A row a patient and candidate: ``patient``, ``criteria``, ``analysis_set``, ``reference``,
        ``candidate``; ``status``, the term that counts the patient (``not_assessed``: none does);
        ``discordant`` (0 or 1); ``reference_days`` and ``candidate_days`` to progression, missing
        without one.
    """
    tables = []
    for candidate in study.config.candidates:
        pair = study.pair(candidate)
        first, second = (
            study.endpoint(pair, contrast, "TTP")
            for contrast in (study.config.reference, candidate)
        )
        compared, unlike = discordant(study, pair, candidate)
        status = np.full(len(compared), str(NOT_ASSESSED), dtype=object)
        for term, group in _groups(first, second, compared).items():
            status[group] = str(term)
        tables.append(
            pd.DataFrame(
                {
                    "patient": study.cohort.patients,
                    "criteria": pair.criteria,
                    "analysis_set": pair.analysis_set,
                    "reference": study.config.reference,
                    "candidate": candidate,
                    "status": status,
                    "discordant": unlike.astype(int),
                    "reference_days": np.where(first.event, first.days, np.nan),
                    "candidate_days": np.where(second.event, second.days, np.nan),
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=BY_PATIENT)


def _groups(first: TimeToEvent, second: TimeToEvent, member: np.ndarray) -> dict[Term, np.ndarray]:
    """Divide those compared by on which contrast they progress, and when; (patients,) of bool."""
    one, two = first.event & member, second.event & member
    both = one & two
    same = both & (first.days == second.days)
    imageless = np.isin(first.trigger, IMAGELESS) & np.isin(second.trigger, IMAGELESS)
    return {
        BOTH_SAME_VISIT: same & ~imageless,
        BOTH_IMAGELESS: same & imageless,
        BOTH_OTHER_VISIT: both & ~same,
        ONLY_REFERENCE: one & ~two,
        ONLY_CANDIDATE: two & ~one,
        NEITHER: member & ~one & ~two,
    }


def alike(first: TimeToEvent, second: TimeToEvent) -> np.ndarray:
    """Who has no progression on either of two contrasts, or one on the same day; (patients,)."""
    return (first.event == second.event) & (~first.event | (first.days == second.days))


def _statuses(
    rows: Rows, study: Study, first: TimeToEvent, second: TimeToEvent, member: np.ndarray
) -> None:
    one, two = first.event & member, second.event & member
    n = int(member.sum())
    groups = {
        **_groups(first, second, member),
        DISCORDANT: member & ~alike(first, second),
        DISCORDANT_STATUS: member & (one != two),
    }
    counts = {term: int(group.sum()) for term, group in groups.items()}
    for term, count in counts.items():
        rows.share(term, count, n)
    weights = study.weights[:, member]
    table = categories.confusion(one[member].astype(int), two[member].astype(int), weights, 2)
    kappa = Bootstrapped.of(categories.kappa(table))
    kappa = library.settle(kappa, library.kappa(table[0], linear=False), "statsmodels")
    rows.figure(KAPPA, kappa, n=n, method="Cohen's kappa")
    rows.figure(AC1, Bootstrapped.of(categories.ac1(table)), n=n, method="Gwet's AC1")
    left, right = counts[ONLY_REFERENCE], counts[ONLY_CANDIDATE]
    lower, upper = proportions.exact(right, left + right, rows.level)
    rows.add(
        MCNEMAR,
        right / (left + right) if left + right else float("nan"),
        lower=lower,
        upper=upper,
        events=right,
        n=left + right,
        p=categories.mcnemar(left, right),
        method="exact McNemar test, exact interval",
        warning="" if left + right else "no patient is discordant",
    )
