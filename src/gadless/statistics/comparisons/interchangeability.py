"""Whether patients are told apart, by the candidate and by a second reading of the reference.

Two readings of one scan differ as well. Where the trial has a second reading of the reference, a
candidate that is told from the reference no more often than the reference from itself could stand
in its place: the excess of one disagreement over the other is then what is compared with a margin
(Obuchowski, Subhas & Schoenhagen, *Acad Radiol* 2014;21:1483). Without one, nobody knows how much
of the discordance is the reading's own; what two readings would differ by is simulated.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gadless.errors import InputError
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics import pairing
from gadless.statistics.comparisons import progression
from gadless.statistics.comparisons.margin import Margin, discordance
from gadless.statistics.estimators import continuous, proportions
from gadless.statistics.rows import Rows, Warnings, joined
from gadless.statistics.study import OWN, Analysis, Study
from gadless.statistics.tables import TrialTables

COURSES = 1000
"""Patients' courses that are read twice in simulation, the trial's own over and over."""
NOBODY = "no patient has a candidate, a reference and a second reading of it to compare"


@dataclass(frozen=True)
class Disagreement:
    """Who is told apart; every array is (patients,) of bool.

    Attributes
    ----------
    compared, unlike : array
        On candidate and reference.
    repeated, unlike_repeat : array or None
        On two readings of the reference; None without a second one.
    """

    compared: np.ndarray
    unlike: np.ndarray
    repeated: np.ndarray | None = None
    unlike_repeat: np.ndarray | None = None

    def judged(self, study: Study, warning: str | Warnings = ()) -> Margin:
        """Compare with the margin: the share told apart, or its excess where there is a repeat."""
        limits, level = study.config.statistics.margins, study.equivalence_level
        if self.repeated is None or self.unlike_repeat is None:
            count, n = int((self.unlike & self.compared).sum()), int(self.compared.sum())
            return discordance(count, n, limits.discordance, level, warning)
        every = self.compared & self.repeated
        both = self.unlike & every, self.unlike_repeat & every
        return _excess(*both, int(every.sum()), limits.excess_discordance, level, warning)

    def worse(self, who: np.ndarray) -> "Disagreement":
        """Take patients as told apart by the candidate, whether they were compared or not."""
        return replace(self, compared=self.compared | who, unlike=self.unlike | who)

    def could_turn(self, who: np.ndarray) -> np.ndarray:
        """Positions of patients who are not told apart yet, those who weigh most first."""
        if self.repeated is None or self.unlike_repeat is None:
            return np.flatnonzero(who & ~self.unlike)
        left = np.flatnonzero(who & ~self.unlike & self.repeated)
        return left[np.argsort(self.unlike_repeat[left], kind="stable")]


def disagreement(study: Study, analysis: Analysis, candidate: str) -> Disagreement:
    """Look up who is told apart in one analysis."""
    found = Disagreement(*progression.discordant(study, analysis, candidate))
    repeat = study.config.repeat
    if repeat is None:
        return found
    of_repeat = analysis if analysis.analysis_set == OWN else analysis._replace(candidate=repeat)
    _, unlike = progression.discordant(study, of_repeat, repeat)
    # On some patients only: those without a second reading were never assessed on it.
    times = [study.endpoint(of_repeat, name, "TTP") for name in (study.config.reference, repeat)]
    repeated = np.all([each.assessed & each.dated for each in times], axis=0)
    return replace(found, repeated=repeated, unlike_repeat=unlike)


def _excess(
    unlike: np.ndarray,
    repeat: np.ndarray,
    n: int,
    margin: float,
    level: float,
    warning: str | Warnings,
) -> Margin:
    """Build the one-sided comparison of the excess with the largest tolerated.

    Score limits of the difference of two shares of the same patients (Tango, *Stat Med*
    1998;17:891), which have width even where nobody is told apart.
    """
    only, instead = int((unlike & ~repeat).sum()), int((repeat & ~unlike).sum())
    estimate = (only - instead) / n if n else float("nan")
    lower, upper = proportions.paired_difference(instead, only, n, level)
    p = proportions.paired_below(instead, only, n, margin)
    said = joined(warning, None if n else NOBODY)
    if said:
        lower = upper = p = float("nan")
    return Margin(
        term="excess_discordance",
        stratum="all",
        estimate=estimate,
        lower=lower,
        upper=upper,
        p=p,
        margin=margin,
        low=-np.inf,
        high=margin,
        needed=upper,
        excluded=lower if lower > 0 else float("nan"),
        n=n,
        warning=said,
        method="candidate and reference against two readings of the reference, score interval",
    )


def write_rows(rows: Rows, study: Study, tables: TrialTables, candidate: str) -> None:
    """Add the rows of `interchangeability`: what two readings of the reference differ by."""
    here = rows.under(analysis="interchangeability", level="patient", endpoint="TTP")
    found = disagreement(study, study.pair(candidate), candidate)
    if found.repeated is not None and found.unlike_repeat is not None:
        every = found.compared & found.repeated
        for term, who in (
            ("candidate_discordance", found.unlike),
            ("repeat_discordance", found.unlike_repeat),
        ):
            here.share(term, int((who & every).sum()), int(every.sum()))
        return
    spread = _spread(study, tables, candidate)
    courses, unlike, said = expected_of_repeats(study, tables, spread)
    here.add(
        "expected_repeat_discordance",
        unlike / courses if courses else float("nan"),
        n=courses,
        events=unlike,
        method="simulated: the reference's courses read twice, the readings as far apart at a"
        f" patient's visits as candidate and reference are (sd {100 * spread:.3g}%, log scale)",
        warning=said,
    )


def _spread(study: Study, tables: TrialTables, candidate: str) -> float:
    """Return the standard deviation, within a patient, of the log of candidate over reference."""
    measure = study.measure(study.criteria[0])
    if measure not in tables.measurements:
        return float("nan")
    values = pairing.evaluable(tables.measurements, measure)
    both = values.reindex(columns=[study.config.reference, candidate]).dropna()
    first, second = both.to_numpy(dtype=float).T
    least, _ = study.least(measure)
    large = (first >= least) & (second >= least) & (first > 0) & (second > 0)
    logs = np.log(second[large] / first[large])
    patient = study.cohort.position(both.index.get_level_values("patient").to_series())[large]
    return continuous.within(logs, patient)


def expected_of_repeats(study: Study, tables: TrialTables, spread: float) -> tuple[int, int, str]:
    """Read the reference's courses twice and count who is told apart.

    Parameters
    ----------
    spread : float
        Standard deviation of the logarithm of one reading over the other.

    Returns
    -------
    courses, unlike : int
    said : str
        Why there are none.
    """
    measure, reference = study.measure(study.criteria[0]), study.config.reference
    own = tables.measurements[tables.measurements["contrast"] == reference]
    # Errors are drawn by the patients' places, whatever they are called.
    places = study.cohort.place[study.cohort.position(own["patient"])]
    own = own.iloc[np.lexsort((own["day"].to_numpy(), places))]
    if measure not in own:
        return 0, 0, f"no {measure}: nothing is measured that could be read again"
    if not np.isfinite(spread):
        return 0, 0, "no two visits of a patient are measured on both contrasts"
    rng = np.random.default_rng(study.config.statistics.seed)
    again = max(COURSES // max(own["patient"].nunique(), 1), 1)
    try:
        counts = [_read_twice(study, tables, own, measure, spread, rng) for _ in range(again)]
    except InputError as fault:
        return 0, 0, str(fault)
    courses, unlike = np.sum(counts, axis=0).tolist()
    return courses, unlike, ""


def _read_twice(
    study: Study,
    tables: TrialTables,
    own: pd.DataFrame,
    measure: str,
    spread: float,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """Count patients judged on either of two readings, and those whose progression differs."""
    config = study.config
    names = ("first", "second")
    value = pd.to_numeric(own[measure], errors="coerce").to_numpy(dtype=float)
    read = pd.concat(
        [
            own.assign(
                contrast=name,
                **{measure: value * np.exp(rng.normal(0, spread / np.sqrt(2), len(own)))},
            )
            for name in names
        ]
    )
    keys = ["patient", "visit", "day"]
    visits = own if tables.visits is None else tables.visits
    visits = visits.drop_duplicates(keys[:2])
    criteria = load_criteria(study.criteria[:1], config.response.custom)
    response = classify(read, visits, tables.patients, None, criteria, config.response, names)
    derived = endpoints(response, tables.patients, visits, read, config.endpoint, config.response)
    times = derived[(derived["endpoint"] == "TTP") & (derived["analysis_set"] == OWN)]
    judged = response[(response["response"] != "NE") & (response["analysis_set"] == OWN)]
    seen = set(judged["patient"])
    first, second = (
        times[times["contrast"] == name].set_index("patient")[["days", "event"]] for name in names
    )
    both = first.join(second, lsuffix="_1", rsuffix="_2").dropna()
    both = both[both.index.isin(seen)]
    alike = (both["event_1"] == both["event_2"]) & (
        (both["event_1"] == 0) | (both["days_1"] == both["days_2"])
    )
    return len(both), int((~alike).sum())
