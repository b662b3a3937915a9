"""The verdict on each candidate: its comparisons, and what could contradict them.

Several co-primary margins are an intersection-union test: each at level alpha, all must hold, and
no correction is due (Berger 1982). It holds only as long as nothing speaks against it: failing that
goes with the outcome, or a comparison wholly outside its margin when each contrast stands on its
own visits, leaves it undecided.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gadless.statistics.comparisons import (
    equivalence,
    evaluability,
    interchangeability,
    volumes,
)
from gadless.statistics.comparisons.evaluability import Evaluability, Informative
from gadless.statistics.comparisons.margin import Margin
from gadless.statistics.comparisons.survival import Figures
from gadless.statistics.rows import Rows
from gadless.statistics.study import Analysis, Study, Unit
from gadless.statistics.tables import TrialTables
from gadless.vocabulary.equivalence import (
    INFORMATIVE,
    TIPPING_POINT,
    TIPPING_VISITS,
    VERDICT,
    WORST_CASE,
)
from gadless.vocabulary.names import (
    EQUIVALENT,
    EVERYONE,
    FALLS,
    HOLDS,
    INSIDE,
    NO_VERDICT,
    NOT_EQUIVALENT,
    OUTSIDE,
    UNDECIDED,
)


@dataclass(frozen=True)
class Verdict:
    """What is concluded on one candidate.

    Attributes
    ----------
    comparisons : list of Margin
        The co-primary ones, of the pair.
    own : list of Margin
        What can contradict: the same with each contrast on its own visits, and each arm's share of
        evaluable visits.
    informative : list of str
        By what failing is informative.
    """

    comparisons: list[Margin]
    own: list[Margin]
    informative: list[str]

    @property
    def contradictions(self) -> list[str]:
        """What speaks against the verdict, the worst first."""
        said = [f"{INFORMATIVE} {by}" for by in self.informative]
        outside = [one for one in self.own if one.outcome == OUTSIDE]
        return [*said, *(f"{_name(one)} wholly outside on own visits" for one in outside)]

    @property
    def outcome(self) -> str:
        """Equivalent if all are inside and nothing contradicts; not if any is wholly outside."""
        outcomes = [one.outcome for one in self.comparisons if one.applies]
        if OUTSIDE in outcomes:
            return NOT_EQUIVALENT
        inside = bool(outcomes) and all(outcome == INSIDE for outcome in outcomes)
        return EQUIVALENT if inside and not self.contradictions else UNDECIDED

    @property
    def reasons(self) -> list[str]:
        """Why the verdict is not equivalence; empty where it is."""
        short = [one for one in self.comparisons if one.applies and one.outcome != INSIDE]
        return [
            *self.contradictions,
            *(
                f"{_name(one)} {one.outcome}"
                + (f" ({'; '.join(one.warning)})" if one.warning else "")
                for one in short
            ),
        ]


def _name(one: Margin) -> str:
    return one.term if one.stratum == EVERYONE else f"{one.term} ({one.stratum})"


def verdict(
    study: Study, tables: TrialTables, figures: dict[Unit, Figures], candidate: str
) -> Verdict:
    """Return what is concluded on one candidate.

    Parameters
    ----------
    figures : dict
        Of the candidate and the reference, in the pair and on their own visits.
    """
    return _reached(study, tables, figures, candidate)[0]


def _reached(
    study: Study, tables: TrialTables, figures: dict[Unit, Figures], candidate: str
) -> tuple[Verdict, Evaluability, list[Informative]]:
    """Judge one candidate; return what its failures were beside it."""
    found = evaluability.evaluability(study, tables, candidate)
    tested = evaluability.tests(study, found)
    bias = volumes.percent_bias(study, tables.measurements, candidate)
    pair, own = (
        equivalence.margins(study, figures, bias, analysis, candidate)
        for analysis in (study.pair(candidate), study.own())
    )
    overall, *arms = evaluability.margins(study, found)
    reached = Verdict(
        [*pair, overall, *(arms if study.config.statistics.evaluability_by_arm else [])],
        [*own, *arms],
        evaluability.is_informative(study, tested),
    )
    return reached, found, tested


def write_rows(
    rows: Rows,
    study: Study,
    tables: TrialTables,
    figures: dict[Unit, Figures],
) -> pd.DataFrame:
    """Add the rows of `equivalence`, `evaluability`, `verdict`, `worst_case` and `tipping_point`.

    Returns
    -------
    DataFrame
        ``evaluability.tsv``.
    """
    if not study.criteria:
        return evaluability.table(study, [])
    every = []
    for candidate in study.config.compared:
        reached, found, tested = _reached(study, tables, figures, candidate)
        every.append(found)
        here = rows.under(reference=study.config.reference, candidate=candidate)
        evaluability.write_rows(here.under(criteria=study.criteria[0]), study, found, tested)
        for analysis, comparisons in (
            (study.pair(candidate), reached.comparisons),
            (study.own(), reached.own),
        ):
            equivalence.write_rows(_in(here, analysis), study, comparisons)
        in_pair = _in(here, study.pair(candidate)).under(level="patient")
        _verdict(in_pair, reached)
        interchangeability.write_rows(in_pair, study, tables, candidate)
        _worst_case(in_pair, study, found, reached)
    return evaluability.table(study, every)


def _in(rows: Rows, analysis: Analysis) -> Rows:
    return rows.under(criteria=analysis.criteria, analysis_set=analysis.analysis_set)


def _verdict(rows: Rows, reached: Verdict) -> None:
    applied = [one for one in reached.comparisons if one.applies]
    rows.add(
        VERDICT,
        float(sum(one.outcome == INSIDE for one in applied)),
        analysis=VERDICT,
        n=len(applied),
        method="intersection-union test of the co-primary comparisons",
        outcome=reached.outcome,
        warning=tuple(reached.reasons),
    )


def _worst_case(rows: Rows, study: Study, found: Evaluability, reached: Verdict) -> None:
    """Take not evaluable visits as discordant: all of them, and the fewest that change the answer.

    A visit that the candidate could not evaluate makes its patient discordant at worst, whether
    the pair compares the patient or not.
    """
    seen = interchangeability.disagreement(study, study.pair(found.candidate), found.candidate)
    failed = found.failures(len(seen.compared)) > 0
    # Whom the candidate failed is among those whom it can be told apart on.
    seen = replace(seen, compared=seen.compared | failed)
    turning = seen.could_turn(failed)

    def judged(discordant: int) -> Margin:
        return seen.worse(np.isin(np.arange(len(failed)), turning[:discordant])).judged(study)

    all_turned = seen.worse(failed)
    worst = all_turned.judged(study)
    rows.add(
        worst.term,
        worst.estimate,
        analysis=WORST_CASE,
        lower=worst.lower,
        upper=worst.upper,
        conf_level=study.equivalence_level,
        n=worst.n,
        events=int(all_turned.unlike.sum()) if seen.repeated is None else None,
        method="every visit that the candidate could not evaluate taken as discordant;"
        f" {worst.method}",
        outcome=worst.outcome,
    )
    falling = (more for more in range(len(turning) + 1) if judged(more).outcome != INSIDE)
    falls = next(falling, None)
    holds = reached.outcome == EQUIVALENT
    rows.add(
        TIPPING_VISITS,
        float("nan") if falls is None else float(falls if holds else 0),
        analysis=TIPPING_POINT,
        n=int((~found.hit).sum()),
        events=len(turning),
        method="fewest not evaluable visits that must be discordant, each in another patient",
        outcome=_tips(holds, falls),
    )


def _tips(holds: bool, falls: int | None) -> str:
    if not holds:
        return NO_VERDICT
    return HOLDS if falls is None else FALLS
