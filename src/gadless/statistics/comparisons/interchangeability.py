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
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics import pairing
from gadless.statistics.comparisons import progression
from gadless.statistics.comparisons.margin import Margin, discordance
from gadless.statistics.estimators import continuous, proportions
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.rows import Rows, Warnings, joined
from gadless.statistics.study import OWN, Analysis, Study
from gadless.statistics.tables import TrialTables
from gadless.vocabulary.equivalence import (
    CANDIDATE_DISCORDANCE,
    EXCESS_DISCORDANCE,
    EXPECTED_REPEAT,
    INTERCHANGEABILITY,
    REPEAT_DISCORDANCE,
)
from gadless.vocabulary.names import TTP

COURSES = 500
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
    times = [study.endpoint(of_repeat, name, TTP) for name in (study.config.reference, repeat)]
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
        term=EXCESS_DISCORDANCE,
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
    here = rows.under(analysis=INTERCHANGEABILITY, level="patient", endpoint=TTP)
    found = disagreement(study, study.pair(candidate), candidate)
    if found.repeated is not None and found.unlike_repeat is not None:
        every = found.compared & found.repeated
        for term, who in (
            (CANDIDATE_DISCORDANCE, found.unlike),
            (REPEAT_DISCORDANCE, found.unlike_repeat),
        ):
            here.share(term, int((who & every).sum()), int(every.sum()))
        _repeatability(here.under(level="visit"), study, tables)
        return
    spread = _spread(study, tables, candidate)
    courses, unlike, said = expected_of_repeats(study, tables, spread)
    here.add(
        EXPECTED_REPEAT,
        unlike / courses if courses else float("nan"),
        n=courses,
        events=unlike,
        method="simulated: the reference's courses read twice, the readings as far apart at a"
        f" patient's visits as candidate and reference are (sd {100 * spread:.3g}%, log scale)",
        warning=said,
    )


def _repeatability(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Add the coefficient of variation of a reading, from the trial's own repeats.

    The standard deviation of one reading is the root mean square of the readings' difference over
    the root of 2 (Bland & Altman, *BMJ* 1996;312:1654), here on the log scale.
    """
    logs, patient = _log_ratios(study, tables, str(study.config.repeat))
    variance = continuous.weighted_mean(logs**2, study.weights[:, patient]) / 2
    value = Bootstrapped.of(np.sqrt(np.expm1(variance)))
    method = "root mean square of the log of second over first reading, over the root of 2"
    rows.figure("repeatability_cv", value, n=len(logs), method=method)


def _spread(study: Study, tables: TrialTables, candidate: str) -> float:
    """Return the standard deviation, within a patient, of the log of candidate over reference."""
    return continuous.within(*_log_ratios(study, tables, candidate))


def _log_ratios(
    study: Study, tables: TrialTables, contrast: str
) -> tuple[Floats, NDArray[np.intp]]:
    """Log of a contrast over the reference where both are measurable, and each visit's patient."""
    measure = study.measure(study.criteria[0])
    if measure not in tables.measurements:
        return np.empty(0), np.empty(0, dtype=np.intp)
    values = pairing.evaluable(tables.measurements, measure)
    both = values.reindex(columns=[study.config.reference, contrast]).dropna()
    first, second = both.to_numpy(dtype=float).T
    least, _ = study.least(measure)
    large = (first >= least) & (second >= least) & (first > 0) & (second > 0)
    logs = np.log(second[large] / first[large])
    patient = study.cohort.position(both.index.get_level_values("patient").to_series())[large]
    return logs, patient


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
    patients = own["patient"].drop_duplicates()
    times = max(COURSES // max(len(patients), 1), 1)
    copies = [f"{time}:{reading}" for time in range(times) for reading in (1, 2)]
    try:
        read = _read(study, tables, own, copies, spread)
    except InputError as fault:
        return 0, 0, str(fault)
    names = patients.astype(str)
    first, second = (
        read.reindex([f"{name}:{copy}" for copy in copies[reading::2] for name in names])
        for reading in (0, 1)
    )
    known = first["days"].notna().to_numpy() & second["days"].notna().to_numpy()
    days, event, judged = (
        np.array(
            [one[column].to_numpy(dtype=float, na_value=np.nan)[known] for one in (first, second)]
        )
        for column in ("days", "event", "judged")
    )
    alike = (event[0] == event[1]) & ((event[0] == 0) | (days[0] == days[1]))
    compared = judged.any(axis=0)
    return int(compared.sum()), int((compared & ~alike).sum()), ""


def _read(
    study: Study, tables: TrialTables, own: pd.DataFrame, copies: list[str], spread: float
) -> pd.DataFrame:
    """Time to progression on each of several readings, each as of a patient of its own.

    Returns
    -------
    DataFrame
        ``days``, ``event`` and whether there is a visit that was ``judged``; by patient and copy.
    """
    config, measure = study.config, study.measure(study.criteria[0])
    rng = np.random.default_rng(config.statistics.seed)

    def copied(table: pd.DataFrame) -> pd.DataFrame:
        names = table["patient"].astype(str)
        return pd.concat(
            [table.assign(patient=names + f":{copy}") for copy in copies], ignore_index=True
        )

    noise = np.exp(rng.normal(0, spread / np.sqrt(2), len(own) * len(copies)))
    read = copied(own)
    read[measure] = pd.to_numeric(read[measure], errors="coerce").to_numpy(dtype=float) * noise
    kept = own["patient"].unique()
    sheet = copied(tables.patients[tables.patients["patient"].isin(kept)])
    visits = own if tables.visits is None else tables.visits
    visits = visits[visits["patient"].isin(kept)].drop_duplicates(["patient", "visit"])
    visits = copied(visits)
    criteria = load_criteria(study.criteria[:1], config.response.custom)
    contrasts = [config.reference]
    response = classify(read, visits, sheet, None, criteria, config.response, contrasts)
    derived = endpoints(response, sheet, visits, read, config.endpoint, config.response)
    found = derived[derived["endpoint"] == TTP].set_index("patient")[["days", "event"]]
    judged = response.loc[response["response"] != "NE", "patient"]
    return found.assign(judged=found.index.isin(judged))
