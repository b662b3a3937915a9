"""Where the candidate could not be evaluated and the reference could: how often, and for whom.

A candidate that fails has failed at what it was for. Its share of the reference's evaluable visits
is one of the verdict's comparisons; whether it fails where it matters decides beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gadless.statistics.comparisons.margin import Margin
from gadless.statistics.estimators import informative
from gadless.statistics.estimators.clustered_share import ClusteredShare, clustered_share
from gadless.statistics.pairing import seen
from gadless.statistics.rows import Rows
from gadless.statistics.study import Study
from gadless.statistics.tables import TrialTables, rows_of
from gadless.vocabulary.equivalence import EVALUABILITY, EVALUABLE, INFORMATIVE_FAILING
from gadless.vocabulary.names import (
    ARM,
    BY,
    EVERYONE,
    OFF_PROGRESSION,
    ON_PROGRESSION,
    SITE,
)

COLUMNS = (
    "candidate",
    "arm",
    "stratum",
    "reference_visits",
    "candidate_visits",
    "share",
    "lower",
    "upper",
)


@dataclass(frozen=True)
class Evaluability:
    """The reference's evaluable visits, and which of them the candidate could evaluate.

    Attributes
    ----------
    candidate : str
    patient : array (visits,) of int
        Position in the cohort.
    hit : array (visits,) of bool
        Whether the candidate could evaluate the visit; no row counts as no.
    progression : array (visits,) of bool
        Whether the reference shows progression there.
    """

    candidate: str
    patient: np.ndarray
    hit: np.ndarray
    progression: np.ndarray

    def share(self, member: np.ndarray, patients: int, level: float) -> ClusteredShare:
        """Share of some of the visits that the candidate could evaluate."""
        hits = np.asarray(
            np.bincount(self.patient[member], self.hit[member], patients), dtype=np.float64
        )
        totals = np.asarray(np.bincount(self.patient[member], minlength=patients), dtype=np.float64)
        return clustered_share(hits, totals, level)

    def failures(self, patients: int) -> np.ndarray:
        """How many visits of each patient failed; (patients,)."""
        return np.bincount(self.patient[~self.hit], minlength=patients)


def evaluability(study: Study, tables: TrialTables, candidate: str) -> Evaluability:
    """Look up a candidate's failures under the primary criteria."""
    measure = study.measure(study.criteria[0])
    visits = seen(study.config, tables.measurements, measure)
    visits = visits[visits[study.config.reference]].reset_index("day", drop=True)
    response = rows_of(tables.response, *study.own())
    response = response[response["contrast"] == study.config.reference]
    progressed = response[response["response"] == "PD"]
    keys = pd.MultiIndex.from_frame(progressed[["patient", "visit"]].astype(str))
    patients = visits.index.get_level_values("patient").to_series()
    return Evaluability(
        candidate,
        study.cohort.position(patients),
        visits[candidate].to_numpy(dtype=bool),
        visits.index.isin(keys),
    )


def margins(study: Study, found: Evaluability) -> list[Margin]:
    """Return the share overall and by arm as comparisons with the least tolerated."""
    return [_margin(study, found, stratum, member) for stratum, member in _arms(study, found)]


def _arms(study: Study, found: Evaluability) -> Iterator[tuple[str, np.ndarray]]:
    yield EVERYONE, np.ones(len(found.hit), dtype=bool)
    if len(study.cohort.arms) > 1:
        arm = study.cohort.arm[found.patient]
        yield from ((f"{ARM}{name}", arm == name) for name in study.cohort.arms)


def _margin(study: Study, found: Evaluability, stratum: str, member: np.ndarray) -> Margin:
    settings = study.config.statistics
    level, least = study.equivalence_level, settings.margins.evaluability
    share = found.share(member, len(study.cohort.patients), level)
    return Margin(
        term=EVALUABLE,
        stratum=stratum,
        estimate=share.estimate,
        lower=share.lower,
        upper=share.upper,
        p=share.above(least),
        margin=least,
        low=least,
        high=np.inf,
        needed=share.lower,
        excluded=share.upper if share.upper < 1 else float("nan"),
        n=int(member.sum()),
        warning=() if member.any() else ("no visit that the reference could evaluate",),
        method="share of the reference's visits, exact at the effective number of visits",
    )


@dataclass(frozen=True)
class Informative:
    """One test of whether failing is informative."""

    by: str
    stratum: str
    p: float
    method: str


def tests(study: Study, found: Evaluability) -> list[Informative]:
    """Test whether the candidate fails by progression, by arm or by site.

    By progression there are two: whether patients who progress on the reference fail more often,
    and whether a patient's visits of progression do.
    """
    size, seed = len(study.cohort.patients), study.config.statistics.seed
    failed = found.failures(size).astype(float)
    totals = np.bincount(found.patient, minlength=size).astype(float)
    progressed = np.bincount(found.patient, found.progression.astype(float), size) > 0
    sites = np.where(study.sites == "", "unknown", study.sites)
    between = "permutation of patients, visits kept together"
    # Patients change groups by their places, whatever they are called.
    at = np.argsort(study.cohort.place)

    def p_of(group: np.ndarray) -> float:
        return informative.between_patients(failed[at], totals[at], group[at], seed)

    groups = {"progression": progressed, "arm": study.cohort.arm, "site": sites}
    found_tests = [
        Informative(by, f"{BY}{by}", p_of(group), between) for by, group in groups.items()
    ]
    within = informative.within_patients(~found.hit, found.progression, found.patient)
    exact = Informative("progression", f"{BY}progression_visit", within, "exact, within patients")
    return [found_tests[0], exact, *found_tests[1:]]


def is_informative(study: Study, found: list[Informative]) -> list[str]:
    """By what failing is informative: at the configured level, Bonferroni over the tests made."""
    settings = study.config.statistics
    made = [one for one in found if one.by in settings.informative_by and np.isfinite(one.p)]
    said = [one.by for one in made if one.p * len(made) < settings.informative_alpha]
    return list(dict.fromkeys(said))


def write_rows(rows: Rows, study: Study, found: Evaluability, tested: list[Informative]) -> None:
    """Add the rows of `evaluability`: shares by what may matter, and the tests."""
    size = len(study.cohort.patients)
    here = rows.under(analysis=EVALUABILITY, level="visit", candidate=found.candidate)
    for stratum, member in _strata(study, found):
        share = found.share(member, size, rows.level)
        here.add(
            EVALUABLE,
            share.estimate,
            stratum=stratum,
            lower=share.lower,
            upper=share.upper,
            n=int(member.sum()),
            events=int(found.hit[member].sum()),
            method="share of the reference's visits, exact at the effective number of visits",
        )
    for one in tested:
        here.add(
            INFORMATIVE_FAILING,
            stratum=one.stratum,
            p=one.p,
            n=len(found.hit),
            events=int((~found.hit).sum()),
            method=one.method,
            warning="" if np.isfinite(one.p) else "nothing to test",
        )


def _strata(study: Study, found: Evaluability) -> Iterator[tuple[str, np.ndarray]]:
    yield from _arms(study, found)
    yield ON_PROGRESSION, found.progression
    yield OFF_PROGRESSION, ~found.progression
    site = study.sites[found.patient]
    for name in sorted(set(site) - {""}):
        yield f"{SITE}{name}", site == name


def table(study: Study, every: list[Evaluability]) -> pd.DataFrame:
    """`evaluability.tsv`: by arm and by what the reference shows."""
    size, level = len(study.cohort.patients), study.config.statistics.conf_level
    lines = []
    for found in every:
        arm = study.cohort.arm[found.patient]
        everyone = np.ones(len(arm), dtype=bool)
        arms = [("all", everyone), *((name, arm == name) for name in study.cohort.arms)]
        strata = {
            "all": everyone,
            ON_PROGRESSION: found.progression,
            OFF_PROGRESSION: ~found.progression,
        }
        for name, of_arm in arms:
            for stratum, of_stratum in strata.items():
                member = of_arm & of_stratum
                share = found.share(member, size, level)
                counts = int(member.sum()), int(found.hit[member].sum())
                limits = share.estimate, share.lower, share.upper
                lines.append((found.candidate, name, stratum, *counts, *limits))
    return pd.DataFrame(lines, columns=list(COLUMNS))
