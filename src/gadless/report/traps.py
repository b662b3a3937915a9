"""The traps that make two contrasts look alike or unlike, each with the trial's own figures."""

from dataclasses import dataclass

import pandas as pd

from gadless.report import grids, words
from gadless.report.results import Results
from gadless.vocabulary.equivalence import EVALUABILITY
from gadless.vocabulary.names import (
    ALL,
    COMMON,
    ENHANCING_TRIGGER,
    EVERYONE,
    FIRST_PROGRESSION,
    NO_NEW_THERAPY,
    PFS,
)
from gadless.vocabulary.population import (
    COMMON_SHARE,
    FOLLOW_UP,
    PROGRESSED_REFERENCE,
    SAME_DAY_SHARED,
    SHARED_EVENTS,
    UNEQUAL_VISITS,
    UNSEEN,
    VISIT_AFTER,
    VISITS_ONLY_CANDIDATE,
    VISITS_ONLY_REFERENCE,
)
from gadless.vocabulary.responses import (
    DISCORDANT,
    MCNEMAR,
    PROGRESSION_STATUS,
)
from gadless.vocabulary.survival import (
    C_INDEX_DIFFERENCE,
    HR_PROGRESSION_RATIO,
    PAIRED_TIME,
    RMST_DIFFERENCE,
    SURROGATE_TIME_DEPENDENT,
    TREATMENT_EFFECT,
    TREATMENT_HR_RATIO,
)


@dataclass(frozen=True)
class Trap:
    """One trap: what it is, what was done about it, and what it amounted to in this trial."""

    title: str
    what: str
    figures: tuple[str, ...]
    grids: tuple[grids.Grid | None, ...]


def traps(results: Results) -> list[Trap]:
    """Explain the three traps, each with the trial's own figures; none without a comparison."""
    if not results.config.candidates:
        return []
    return [_unequal_visits(results), _stopping(results), _shared_events(results)]


def _unequal_visits(results: Results) -> Trap:
    return Trap(
        "Unequal visits",
        "A contrast that is evaluable at more visits has more chances to show progression. The"
        " images are therefore compared on the visits that both of a pair can evaluate; what the"
        " trial would have concluded is told of each contrast on its own visits. Where a candidate"
        " fails may itself say something of the patient.",
        tuple(_unequal(results, name) for name in results.config.candidates),
        (
            grids.strata(
                results,
                "Who failed",
                "Of the visits that the reference could evaluate, those that the candidate could;"
                " and tests that failing does not go with what matters.",
                EVALUABILITY,
            ),
            grids.sensitivity(
                results,
                "agreement",
                "Discordant progression under every analysis set",
                "Share of patients whose progression differs, by criteria and analysis set.",
                PROGRESSION_STATUS,
                DISCORDANT,
                stratum=EVERYONE,
            ),
        ),
    )


def _stopping(results: Results) -> Trap:
    table = grids.beside(
        results,
        "The same figures with and without what stopping hides",
        f"Candidate against reference, criteria {results.primary}. Where a figure changes from one"
        " set to another, follow-up has a part in it. Cut at the first progression on either, the"
        " figures ask which contrast shows it first, on fewer events.",
        _hidden(results),
    )
    return Trap(
        "Scanning stops because of the reference",
        f"After progression on {results.reference} therapy changes and scans end, so a later"
        " progression on the candidate cannot be seen; the candidate then looks more stable"
        " than it is, its dates on patients who progress on both look early, and the ratio of"
        " hazard ratios and McNemar's test show differences that the images do not have."
        " Read these only beside the sets in which neither contrast is followed longer than the"
        " other." + _sensitivities(results),
        tuple(_follow_up(results, name) for name in results.config.candidates),
        (table,),
    )


def _shared_events(results: Results) -> Trap:
    endpoint = results.config.endpoint.primary
    table = grids.on_each(
        results,
        "agreement",
        "What triggered the events",
        f"Share of the events on each contrast, {endpoint}, criteria {results.primary}, each"
        " contrast on its own visits.",
        SHARED_EVENTS,
        criteria=results.primary,
        analysis_set=ALL,
        endpoint=endpoint,
    )
    return Trap(
        "Shared events",
        "Deaths, clinical decline and steroid rules are the same on both contrasts, and make"
        " them look alike for no reason of imaging. The share of events that enhancement"
        " triggered is given, and agreement among those alone.",
        tuple(_shared(results, name) for name in results.config.candidates),
        (table,),
    )


def _hidden(results: Results) -> list[tuple[str, dict[str, str]]]:
    """Name the figures that the end of scanning biases."""
    status = {"analysis": PROGRESSION_STATUS, "stratum": EVERYONE}
    times = {"analysis": PAIRED_TIME, "endpoint": results.config.endpoint.primary}
    surrogate = {"analysis": SURROGATE_TIME_DEPENDENT, "stratum": EVERYONE}
    treatment: dict[str, str] = {"analysis": TREATMENT_EFFECT, "endpoint": PFS}
    return [
        ("agreement", status | {"term": DISCORDANT}),
        ("agreement", status | {"term": MCNEMAR}),
        ("survival", times | {"term": RMST_DIFFERENCE, "stratum": EVERYONE}),
        ("survival", surrogate | {"term": HR_PROGRESSION_RATIO}),
        ("survival", surrogate | {"term": C_INDEX_DIFFERENCE}),
        ("survival", treatment | {"term": TREATMENT_HR_RATIO}),
    ]


def _sensitivities(results: Results) -> str:
    """Name the sensitivity analyses that the table holds."""
    done = set(results.select("survival", analysis=PAIRED_TIME)["analysis_set"].dropna())
    named = {
        NO_NEW_THERAPY: "ignore the day of new therapy",
        FIRST_PROGRESSION: "cut both contrasts at the first progression on either",
    }
    found = [text for name, text in named.items() if name in done]
    return f" Sensitivity analyses {words.listing(found)}." if found else ""


_NOTHING = "nothing of this could be counted in this trial."


def _share(row: pd.Series | None) -> str | None:
    """``12 of 24 (50%)`` of a row; None where there is nothing to count."""
    text = "" if row is None else words.fraction(row)
    return f"{text} ({words.percent(row['estimate'])})" if row is not None and text else None


def _amount(results: Results, analysis: str, term: str, candidate: str) -> str | None:
    where = {"analysis": analysis, "term": term, "candidate": candidate}
    where |= {"criteria": results.primary}
    if analysis != UNEQUAL_VISITS:
        where |= {"analysis_set": COMMON}
    return _share(results.first("agreement", **where))


def _unequal(results: Results, candidate: str) -> str:
    reference, label = results.reference, results.label(candidate)
    both, one, other = (
        _amount(results, UNEQUAL_VISITS, term, candidate)
        for term in (COMMON_SHARE, VISITS_ONLY_REFERENCE, VISITS_ONLY_CANDIDATE)
    )
    if one is None or other is None:
        return f"{label}: {_NOTHING}"
    return (
        f"{reference} and {label}: of the visits evaluable on either,"
        + (f" {both} are on both," if both else "")
        + f" {one} are on {reference} only and {other} on {label} only."
    )


def _follow_up(results: Results, candidate: str) -> str:
    label = results.label(candidate)
    progressed = _amount(results, FOLLOW_UP, PROGRESSED_REFERENCE, candidate)
    if progressed is None:
        return f"{label}: {_NOTHING}"
    text = f"{label}: {progressed} patients progress on {results.reference}"
    later = _amount(results, FOLLOW_UP, VISIT_AFTER, candidate)
    unseen = _amount(results, FOLLOW_UP, UNSEEN, candidate)
    if later is not None:
        text += f"; of these, {later} have an evaluable visit on the candidate later"
    if unseen is not None:
        text += f", and in {unseen} a later progression on the candidate could not be seen"
    return text + "."


def _shared(results: Results, candidate: str) -> str:
    same = _amount(results, SHARED_EVENTS, SAME_DAY_SHARED, candidate)
    among = _share(
        results.first(
            "agreement",
            analysis=PROGRESSION_STATUS,
            term=DISCORDANT,
            candidate=candidate,
            criteria=results.primary,
            analysis_set=COMMON,
            stratum=ENHANCING_TRIGGER,
        )
    )
    parts = []
    if same is not None:
        parts.append(f"deaths and clinical declines on the same day on both: {same}")
    if among is not None:
        parts.append(
            f"discordant progression among patients whose events enhancement triggered: {among}"
        )
    label = results.label(candidate)
    return f"{label}: {'; '.join(parts)}." if parts else f"{label}: {_NOTHING}"
