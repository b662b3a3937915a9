"""What the answer rests on: counts, and the traps that make two contrasts look alike or unlike."""

from dataclasses import dataclass

import pandas as pd

from gadless.report import grids, stages, words
from gadless.report.results import Results


@dataclass(frozen=True)
class Trap:
    """One trap: what it is, what was done about it, and what it amounted to in this trial."""

    title: str
    what: str
    figures: tuple[str, ...]
    grid: grids.Grid | None


def basis(results: Results) -> list[str]:
    """Sentences that count what the answer rests on."""
    config = results.config

    def population(term: str, **where: str) -> object:
        row = results.first("agreement", analysis="population", term=term, **where)
        return None if row is None else row["estimate"]

    sentences = []
    if not words.missing(population("patients")):
        sentences.append(
            f"{words.count(population('patients'), 'patient')},"
            f" {words.count(population('deaths'), 'death')}"
            + _arms(results)
            + f"; {words.count(population('visits'), 'visit')} measured."
        )
    evaluable = [
        f"{words.number(population('visits_evaluable', contrast=name), 0)} on {name}"
        for name in config.contrasts
    ]
    if not words.missing(population("visits_common")):
        sentences.append(
            f"Visits evaluable: {words.listing(evaluable)};"
            f" {words.number(population('visits_common'), 0)} on every contrast, which the primary"
            " analysis uses."
        )
    boxes = [stages.baseline(results, name) for name in config.contrasts]
    if any(box.patients is not None for box in boxes):
        each = [f"{words.number(box.patients, 0)} on {box.contrast}" for box in boxes]
        sentences.append(
            f"Patients with a baseline under {results.primary}: {words.listing(each)}."
        )
    complete = population("patients_complete_covariates")
    if not words.missing(complete) and config.statistics.covariates:
        sentences.append(
            f"{words.count(complete, 'patient')} with every covariate"
            f" ({words.listing(config.statistics.covariates)})."
        )
    sentences += [_discordance(results, name) for name in config.candidates]
    return [sentence for sentence in sentences if sentence]


def _arms(results: Results) -> str:
    rows = results.select("agreement", analysis="population", term="patients_arm")
    arms = [
        f"{words.number(row['estimate'], 0)} in {str(row['stratum']).partition(':')[2]}"
        for _, row in rows.iterrows()
    ]
    return f" ({words.listing(arms)})" if arms else ""


def _discordance(results: Results, candidate: str) -> str:
    where = {
        "analysis": "progression_status",
        "criteria": results.primary,
        "analysis_set": "common",
        "stratum": "all",
        "candidate": candidate,
    }
    total = results.first("agreement", term="discordant", **where)
    if total is None or words.missing(total["estimate"]):
        return ""
    parts = []
    for term, name in (
        ("only_reference", f"progressed on {results.config.reference} only"),
        ("only_candidate", f"on {candidate} only"),
        ("both_other_visit", "on both but at different visits"),
    ):
        row = results.first("agreement", term=term, **where)
        if row is not None:
            parts.append(f"{words.number(row['events'], 0)} {name}")
    of = f"{words.number(total['events'], 0)} of {words.count(total['n'], 'patient')}"
    detail = f": {words.listing(parts)}" if parts else ""
    return (
        f"Progression differs between {results.config.reference} and {candidate} in {of}"
        f" ({words.percent(total['estimate'])}){detail}."
    )


def traps(results: Results) -> list[Trap]:
    """Explain the three traps, each with the trial's own figures."""
    reference = results.config.reference
    return [
        Trap(
            "Unequal visits",
            "A contrast that is evaluable at more visits has more chances to show progression. The"
            " primary analysis therefore uses only visits evaluable on every contrast; all visits"
            " are the sensitivity analysis.",
            (_common(results), *(_unequal(results, name) for name in results.config.candidates)),
            grids.sensitivity(
                results,
                "agreement",
                "Discordant progression under every analysis set",
                "Share of patients whose progression differs, by criteria and analysis set.",
                "progression_status",
                "discordant",
                stratum="all",
            ),
        ),
        Trap(
            "Scanning stops because of the reference",
            f"After progression on {reference} therapy changes and scans end, so a later"
            " progression on the candidate cannot be seen; the candidate then looks more stable"
            " than it is, its dates on patients who progress on both look early, and the ratio of"
            " hazard ratios and McNemar's test show differences that the images do not have."
            " Read these only beside the sets in which neither contrast is followed longer than the"
            " other." + _sensitivities(results),
            tuple(_follow_up(results, name) for name in results.config.candidates),
            grids.beside(
                results,
                "The same figures with and without what stopping hides",
                f"Candidate against reference, criteria {results.primary}. Where a figure changes"
                " from one set to another, follow-up has a part in it. Cut at the first progression"
                " on either, the figures ask which contrast shows it first, on fewer events.",
                _hidden(results),
            ),
        ),
        Trap(
            "Shared events",
            "Deaths, clinical decline and steroid rules are the same on both contrasts, and make"
            " them look alike for no reason of imaging. The share of events that enhancement"
            " triggered is given, and agreement among those alone.",
            tuple(_shared(results, name) for name in results.config.candidates),
            grids.by_contrast(
                results,
                "agreement",
                "What triggered the events",
                f"Share of the events on each contrast, criteria {results.primary}, common visits.",
                "shared_events",
                paired=False,
                criteria=results.primary,
                analysis_set="common",
            ),
        ),
    ]


def _hidden(results: Results) -> list[tuple[str, dict[str, str]]]:
    """Name the figures that the end of scanning biases."""
    status = {"analysis": "progression_status", "stratum": "all"}
    times = {"analysis": "paired_time", "endpoint": results.config.endpoint.primary}
    surrogate = {"analysis": "surrogate_time_dependent", "stratum": "all"}
    treatment = {"analysis": "treatment_effect", "endpoint": "PFS"}
    return [
        ("agreement", status | {"term": "discordant"}),
        ("agreement", status | {"term": "mcnemar"}),
        ("survival", times | {"term": "rmst_difference_days", "stratum": "all"}),
        ("survival", surrogate | {"term": "hr_progression_ratio"}),
        ("survival", surrogate | {"term": "c_index_difference"}),
        ("survival", treatment | {"term": "treatment_hr_ratio"}),
    ]


def _sensitivities(results: Results) -> str:
    """Name the sensitivity analyses that the table holds."""
    done = set(results.select("survival", analysis="paired_time")["analysis_set"].dropna())
    named = {
        "no_new_therapy": "ignore the day of new therapy",
        "first_progression": "cut both contrasts at the first progression on either",
    }
    found = [text for name, text in named.items() if name in done]
    return f" Sensitivity analyses {words.listing(found)}." if found else ""


_NOTHING = "nothing of this could be counted in this trial."


def _share(row: pd.Series | None) -> str | None:
    """``12 of 24 (50%)`` of a row; None where there is nothing to count."""
    if row is None or words.missing(row["n"]) or words.missing(row["estimate"]):
        return None
    return (
        f"{words.number(row['events'], 0)} of {words.number(row['n'], 0)}"
        f" ({words.percent(row['estimate'])})"
    )


def _amount(results: Results, analysis: str, term: str, candidate: str) -> str | None:
    where = {"analysis": analysis, "term": term, "candidate": candidate}
    if analysis != "unequal_visits":
        where |= {"criteria": results.primary, "analysis_set": "common"}
    return _share(results.first("agreement", **where))


def _common(results: Results) -> str:
    share = _share(results.first("agreement", analysis="unequal_visits", term="common_share"))
    if share is None:
        return f"All contrasts: {_NOTHING}"
    return f"Of the visits evaluable on any contrast, {share} are evaluable on every one."


def _unequal(results: Results, candidate: str) -> str:
    reference = results.config.reference
    one, other = (
        _amount(results, "unequal_visits", term, candidate)
        for term in ("only_reference", "only_candidate")
    )
    if one is None or other is None:
        return f"{candidate}: {_NOTHING}"
    return (
        f"{reference} and {candidate}: of the visits evaluable on either, {one} are on {reference}"
        f" only and {other} on {candidate} only."
    )


def _follow_up(results: Results, candidate: str) -> str:
    progressed = _amount(results, "follow_up", "progressed_reference", candidate)
    if progressed is None:
        return f"{candidate}: {_NOTHING}"
    text = f"{candidate}: {progressed} patients progress on {results.config.reference}"
    later = _amount(results, "follow_up", "visit_after_reference_progression", candidate)
    unseen = _amount(results, "follow_up", "unseen_candidate_progression", candidate)
    if later is not None:
        text += f"; of these, {later} have an evaluable visit on the candidate later"
    if unseen is not None:
        text += f", and in {unseen} a later progression on the candidate could not be seen"
    return text + "."


def _shared(results: Results, candidate: str) -> str:
    same = _amount(results, "shared_events", "same_day_shared", candidate)
    among = _share(
        results.first(
            "agreement",
            analysis="progression_status",
            term="discordant",
            candidate=candidate,
            criteria=results.primary,
            analysis_set="common",
            stratum="trigger:enhancing",
        )
    )
    parts = []
    if same is not None:
        parts.append(f"deaths and clinical declines on the same day on both: {same}")
    if among is not None:
        parts.append(
            f"discordant progression among patients whose events enhancement triggered: {among}"
        )
    return f"{candidate}: {'; '.join(parts)}." if parts else f"{candidate}: {_NOTHING}"
