"""The answer: would the trial have concluded the same?"""

from dataclasses import dataclass, replace

import pandas as pd

from gadless.report import origins, plain, words
from gadless.report.comparisons import Comparison, comparison, in_sentence, phrases
from gadless.report.results import Results
from gadless.vocabulary.equivalence import (
    CANDIDATE_DISCORDANCE,
    EQUIVALENCE,
    EVALUABILITY,
    EVALUABLE,
    EXPECTED_REPEAT,
    INFORMATIVE,
    INTERCHANGEABILITY,
    REPEAT_DISCORDANCE,
    REPEATABILITY,
    TIPPING_POINT,
    VERDICT,
    WORST_CASE,
)
from gadless.vocabulary.names import (
    ALL,
    COMMON,
    DIFFERENT,
    EQUIVALENT,
    EVERYONE,
    FALLS,
    INSIDE,
    NOT_EQUIVALENT,
    OUTSIDE,
    PFS,
    UNDECIDED,
)
from gadless.vocabulary.survival import CONCLUSION, CONCLUSION_AGREEMENT, TREATMENT_EFFECT


@dataclass(frozen=True)
class Answer:
    """The verdict on one candidate: a sentence, what decided it, why, and the trial's conclusion.

    `candidate` is its label; `plain` the answer in words alone, `because` what it rests on, and
    `sentence` the same with its numbers.
    `conclusions` holds a sentence an arm: what its treatment effect is called on both contrasts;
    `failing` what the visits that it could not evaluate may mean; `caution` what must be known of
    where the candidate comes from.
    """

    candidate: str
    verdict: str
    plain: str
    sentence: str
    reason: str
    comparisons: tuple[Comparison, ...]
    conclusions: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    caution: str = ""
    because: str = ""

    @property
    def style(self) -> str:
        """Name of the verdict as a CSS class."""
        return self.verdict.replace(" ", "-")


def answers(results: Results) -> list[Answer]:
    """Give the verdict on every candidate, in the order of the configuration."""
    return [
        _with_origins(results, candidate, _answer(results, candidate))
        for candidate in results.config.candidates
    ]


def _with_origins(results: Results, candidate: str, answer: Answer) -> Answer:
    """Begin by saying what is phantom, and tell what else must be known of the networks."""
    begun = origins.opening(results, candidate)

    def after(said: str) -> str:
        return begun + said[0].lower() + said[1:] if begun else said

    return replace(
        answer,
        plain=after(answer.plain),
        sentence=after(answer.sentence),
        caution=origins.caution(results, candidate),
        because=plain.because(results, candidate),
    )


def _answer(results: Results, candidate: str) -> Answer:
    verdict = results.first("agreement", analysis=VERDICT, candidate=candidate)
    pair = {"analysis": EQUIVALENCE, "analysis_set": COMMON}
    terms = results.select("agreement", candidate=candidate, **pair)
    rows = [row for _, row in terms.iterrows()]
    comparisons = tuple(comparison(results, row) for row in rows)
    name, outcome = results.label(candidate), words.outcome(verdict)
    agreements = _agreements(results, candidate)
    differing = bool((agreements["outcome"] == DIFFERENT).any())
    said = plain.sentence(results, candidate, differing=differing)
    if verdict is None or not outcome:
        return Answer(
            name,
            UNDECIDED,
            said,
            f"Whether this trial would have concluded the same without gadolinium, with {name}"
            " in its place, is undecided: the tables hold no verdict.",
            "",
            comparisons,
        )
    sentence = _sentence(results, candidate, verdict, rows, differing)
    conclusions = tuple(_conclusion(results, candidate, row) for _, row in agreements.iterrows())
    return Answer(
        name,
        outcome,
        said,
        sentence,
        _reason(verdict, rows),
        comparisons,
        conclusions=conclusions,
        failing=_what_failing_means(results, candidate),
    )


def _reason(verdict: pd.Series, comparisons: list[pd.Series]) -> str:
    """Return what the verdict warns of beyond the outcome of each comparison, shown anyway."""
    known = {f"{_name(row)} {words.outcome(row)}" for row in comparisons}
    parts = [part for part in words.warnings(verdict["warning"]) if part not in known]
    return "; ".join(_readable(part, comparisons) for part in parts)


def _contradictions(verdict: pd.Series, comparisons: list[pd.Series]) -> list[str]:
    """Return what speaks against the verdict though it is no comparison of the pair."""
    known = tuple(f"{_name(row)} {words.outcome(row)}" for row in comparisons)
    parts = [part for part in words.warnings(verdict["warning"]) if not part.startswith(known)]
    return [_readable(part, comparisons) for part in parts]


def _name(row: pd.Series) -> str:
    """Name of a comparison in the verdict's reasons."""
    return str(row["term"]) + ("" if row["stratum"] == EVERYONE else f" ({row['stratum']})")


def _readable(reason: str, comparisons: list[pd.Series]) -> str:
    for row in comparisons:
        reason = reason.replace(str(row["term"]), in_sentence(row))
    return reason


def _sentence(
    results: Results, candidate: str, verdict: pd.Series, rows: list[pd.Series], differing: bool
) -> str:
    inside = (
        f"{words.number(verdict['estimate'], 0)} of {words.number(verdict['n'], 0)} comparisons"
        " inside the margin"
    )
    name, outcome = results.label(candidate), words.outcome(verdict)
    reference = plain.reference(results)
    place = f"had {name} taken the place of {reference}"
    if outcome == EQUIVALENT and differing:
        return (
            f"Within the margins {name} is equivalent to {reference}, with {inside}, yet"
            " the trial's own conclusion on the treatment would have been another one:"
            f" {phrases(results, rows, INSIDE)}."
        )
    if outcome == EQUIVALENT:
        return (
            f"The trial would have concluded the same {place} (equivalent), with {inside}:"
            f" {phrases(results, rows, INSIDE)}."
        )
    if outcome == NOT_EQUIVALENT:
        return (
            f"The trial cannot be said to have concluded the same {place} (not equivalent),"
            f" with {inside}. Wholly outside: {phrases(results, rows, OUTSIDE)}."
            + _failing(verdict)
        )
    against, open_ = _contradictions(verdict, rows), phrases(results, rows, UNDECIDED)
    return (
        f"Whether the trial would have concluded the same {place} is undecided"
        + (f", because {words.listing(against)}" if against else "")
        + f", with {inside}"
        + (f". Not settled: {open_}" if open_ else "")
        + f".{f' {results.unfollowed}' if results.unfollowed else ''}"
    )


def _failing(verdict: pd.Series) -> str:
    """Say of a candidate that is not equivalent where it fails, if that is informative."""
    parts = [part for part in words.warnings(verdict["warning"]) if part.startswith(INFORMATIVE)]
    return f" Its {words.listing(parts)}." if parts else ""


_TREATMENT = {"analysis": TREATMENT_EFFECT, "endpoint": PFS, "analysis_set": ALL}


def _agreements(results: Results, candidate: str) -> pd.DataFrame:
    """Rows that tell, arm by arm, whether both contrasts conclude the same on the treatment."""
    where = {"criteria": results.primary, "candidate": candidate, "term": CONCLUSION_AGREEMENT}
    return results.select("survival", **_TREATMENT, **where)


def _conclusion(results: Results, candidate: str, agreement: pd.Series) -> str:
    """Say what both contrasts conclude on one arm, and how stable their agreement is."""
    here = {"criteria": results.primary, "stratum": agreement["stratum"], "term": CONCLUSION}
    parts = []
    for contrast in (results.config.reference, candidate):
        row = results.first("survival", **_TREATMENT, **here, contrast=contrast)
        label = results.label(contrast)
        if row is None or words.missing(row["estimate"]):
            parts.append(f"cannot be estimated on {label}")
        else:
            estimate, p = words.value(words.record(row), row["estimate"]), words.p_value(row["p"])
            parts.append(f"{estimate} on {label} (log-rank {p}, {words.outcome(row)})")
    return (
        "The trial's own conclusion, each contrast on its own visits, hazard ratio of progression"
        f" or death, {words.stratum(agreement['stratum'])}: {words.listing(parts)}."
        f" {_stability(agreement)}"
    )


def _stability(agreement: pd.Series) -> str:
    if words.missing(agreement["estimate"]):
        return "How stable that is was not estimated: no resample gives both conclusions."
    return (
        f"Both conclude the same in {words.percent(agreement['estimate'])} of the resamples, a"
        " measure of stability, not a probability."
    )


def _what_failing_means(results: Results, candidate: str) -> tuple[str, ...]:
    """Say how much the candidate could evaluate, and what the rest could do to the verdict."""
    here = {"candidate": candidate, "stratum": EVERYONE}
    share = results.first("agreement", analysis=EVALUABILITY, term=EVALUABLE, **here)
    sentences = []
    if share is not None and words.fraction(share):
        sentences.append(
            f"{results.label(candidate)} could evaluate {words.fraction(share)} visits that"
            f" {results.reference} could: {words.brief(share)}."
        )
    worst = results.first("agreement", analysis=WORST_CASE, **here)
    if worst is not None and not words.missing(worst["estimate"]):
        sentences.append(
            "With every visit that it could not evaluate taken as discordant, the"
            f" {in_sentence(worst)} would be {words.brief(worst)}: {words.outcome(worst)}."
        )
    sentences += _what_readings_differ_by(results, here)
    tips = results.first("agreement", analysis=TIPPING_POINT, **here)
    if tips is not None and words.outcome(tips) == FALLS:
        count = words.count(tips["estimate"], "not evaluable visit")
        sentences.append(f"The verdict falls if {count}, each in another patient, were discordant.")
    return tuple(sentences)


def _what_readings_differ_by(results: Results, here: dict[str, str]) -> list[str]:
    """Say by how much two readings of the reference differ, or would."""
    rows = results.select("agreement", analysis=INTERCHANGEABILITY, **here)
    found = {row["term"]: row for _, row in rows.iterrows() if not words.missing(row["estimate"])}
    if EXPECTED_REPEAT in found:
        return [
            "Two readings of the reference as far apart as these contrasts would themselves differ"
            f" in {words.brief(found[EXPECTED_REPEAT])} of patients (simulated)."
        ]
    if REPEAT_DISCORDANCE in found and CANDIDATE_DISCORDANCE in found:
        first, second = (
            f"{words.fraction(found[term])} ({words.brief(found[term])})"
            for term in (REPEAT_DISCORDANCE, CANDIDATE_DISCORDANCE)
        )
        sentences = [
            f"Progression differs between two readings of the reference in {first}, and between"
            f" candidate and reference, of the same patients, in {second}."
        ]
        if REPEATABILITY in found:
            sentences.append(
                "A reading of the reference varies by"
                f" {words.brief(found[REPEATABILITY])} of the size (coefficient of variation)."
            )
        return sentences
    return []
