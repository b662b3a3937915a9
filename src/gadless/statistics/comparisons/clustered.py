"""Rows of `robust_patient` and `robust_site`: primary hazard ratios with a sandwich variance.

A check on the bootstrap that resamples nothing, and the one analysis in which patients of a site
may depend on each other. The variance of a ratio between contrasts comes from the difference of
each patient's influence on both, which keeps the pairing.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from gadless.statistics.comparisons.sensitivity import primary_models, several_sites
from gadless.statistics.estimators import robust
from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.figures import fit, within
from gadless.statistics.rows import Rows, Warnings, joined
from gadless.statistics.strata import Strata
from gadless.statistics.study import Analysis, Study, Unit
from gadless.vocabulary.survival import ROBUST_PATIENT, ROBUST_SITE

FEW_CLUSTERS = 20
"""Fewer clusters than this give a sandwich that is far too small (Cameron & Miller 2015 name 20 to
50 as few), so no interval: three sites may agree by chance to any number of digits."""


@dataclass(frozen=True)
class Effect:
    """A log hazard ratio, and how far each patient moves it; `moves` is (patients,)."""

    endpoint: str
    stratum: str
    term: str
    estimate: float
    moves: Floats
    n: int
    events: int | None
    method: str
    warning: Warnings

    def against(self, first: "Effect") -> "Effect":
        """Return the log ratio of this hazard ratio to that of the reference."""
        return replace(
            self,
            term=f"{self.term}_ratio",
            estimate=self.estimate - first.estimate,
            moves=self.moves - first.moves,
            events=None,
            warning=joined(first.warning, self.warning),
        )


def write_rows(rows: Rows, study: Study) -> None:
    """Add the rows of both clusterings; by site where there are several."""
    if not study.criteria:
        return
    for candidate in study.config.compared:
        _pair(rows, study, study.pair(candidate))


def _pair(rows: Rows, study: Study, analysis: Analysis) -> None:
    reference, candidate = study.contrasts(analysis)
    rows = rows.under(
        criteria=analysis.criteria,
        analysis_set=analysis.analysis_set,
        candidate=candidate,
        level="patient",
        reference=reference,
    )
    patients = study.cohort.patients
    clusters = {ROBUST_PATIENT: patients}
    if several_sites(study):
        clusters[ROBUST_SITE] = np.where(study.sites == "", patients, study.sites)
    effects = {name: _effects(study, Unit(analysis, name)) for name in (reference, candidate)}
    for kind, cluster in clusters.items():
        here = rows.under(analysis=kind)
        alone = set(patients[study.sites == ""]) if kind == ROBUST_SITE else set()
        for contrast, found in effects.items():
            for one in found:
                _wald(here.under(contrast=contrast), one, cluster, alone)
        for first, second in zip(effects[reference], effects[candidate], strict=True):
            _wald(here, second.against(first), cluster, alone)


def _effects(study: Study, unit: Unit) -> list[Effect]:
    found = []
    size = len(study.cohort.patients)
    limit = study.config.statistics.events_per_variable
    strata = Strata.of(study.cohort, study.config.statistics.strata)
    for one in primary_models(study, unit):
        model = within(one.model, strata)
        sample = fit(model, np.ones((1, size)), limit, kernel_only=study.kernel_only)
        fitted, warning = sample.result, sample.warning
        moves = robust.influence(model.rows, fitted, size)
        for stratum, term, column in one.terms:
            at = model.names.index(column)
            estimate, moved = float(fitted.coefficients[0, at]), moves[:, at]
            said = (model.patients, model.rows.events, f"Cox{strata.method}", warning)
            found.append(Effect(one.endpoint, stratum, term, estimate, moved, *said))
    return found


def _wald(rows: Rows, one: Effect, cluster: np.ndarray, alone: set[str]) -> None:
    # Patients of unknown site are each alone, and make no site.
    count, warning = len(set(cluster) - alone), ""
    error = float(np.sqrt(robust.sandwich(one.moves[:, None], cluster)[0, 0]))
    if np.isfinite(one.estimate) and count < FEW_CLUSTERS:
        warning, error = f"{count} clusters, fewer than {FEW_CLUSTERS}: no interval", float("nan")
    half = norm.ppf((1 + rows.level) / 2) * error
    lower, upper = np.exp([one.estimate - half, one.estimate + half])
    by = "patient" if rows.shared["analysis"] == ROBUST_PATIENT else "site"
    rows.add(
        one.term,
        float(np.exp(one.estimate)),
        endpoint=one.endpoint,
        stratum=one.stratum,
        lower=lower,
        upper=upper,
        p=float(2 * norm.sf(abs(one.estimate) / error)) if error > 0 else float("nan"),
        n=one.n,
        events=one.events,
        method=f"{one.method}, sandwich by {by} ({count} clusters), Wald",
        warning=joined(warning, one.warning),
    )
