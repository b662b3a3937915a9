"""The answer: would the trial have concluded the same?"""

from dataclasses import dataclass, replace

import pandas as pd

from gadless.report import labels, words
from gadless.report.results import Results

PHANTOM = "On phantoms, not patients: "
_IN_SENTENCE = {
    "volume_bias_percent": "median volume bias",
    "hazard_ratio": "ratio of the treatment's hazard ratios",
    "rmst_days": "difference of restricted mean time",
    "discordance": "share of patients whose progression differs",
}


@dataclass(frozen=True)
class Comparison:
    """One co-primary comparison as it is printed."""

    label: str
    estimate: str
    interval: str
    margin: str
    outcome: str
    flip: str
    note: str


@dataclass(frozen=True)
class Answer:
    """The verdict on one candidate: a sentence, what decided it, why, and the trial's conclusion.

    `conclusions` holds a sentence an arm: what its treatment effect is called on both contrasts.
    """

    candidate: str
    verdict: str
    sentence: str
    reason: str
    comparisons: tuple[Comparison, ...]
    conclusions: tuple[str, ...] = ()

    @property
    def style(self) -> str:
        """Name of the verdict as a CSS class."""
        return self.verdict.replace(" ", "-")


def answers(results: Results) -> list[Answer]:
    """Give the verdict on every candidate, in the order of the configuration."""
    found = [_answer(results, candidate) for candidate in results.config.candidates]
    return [_on_phantoms(one) for one in found] if results.config.report.phantom else found


def _on_phantoms(answer: Answer) -> Answer:
    said = answer.sentence
    return replace(answer, sentence=PHANTOM + said[0].lower() + said[1:])


def _answer(results: Results, candidate: str) -> Answer:
    verdict = results.first("agreement", analysis="verdict", candidate=candidate)
    terms = results.select("agreement", analysis="equivalence", candidate=candidate)
    rows = [row for _, row in terms.iterrows()]
    comparisons = tuple(_comparison(results, row) for row in rows)
    if verdict is None or words.missing(verdict["method"]):
        return Answer(
            candidate,
            "undecided",
            f"Whether this trial would have concluded the same without gadolinium, with {candidate}"
            " in its place, is undecided: the tables hold no verdict.",
            "",
            comparisons,
        )
    outcome = str(verdict["method"])
    reason = _reason(verdict, comparisons_of=rows)
    agreements = _agreements(results, candidate)
    differing = bool((agreements["method"] == "different").any())
    sentence = _sentence(results, candidate, verdict, rows, differing)
    conclusions = tuple(_conclusion(results, candidate, row) for _, row in agreements.iterrows())
    return Answer(candidate, outcome, sentence, reason, comparisons, conclusions)


def _reason(verdict: pd.Series, comparisons_of: list[pd.Series]) -> str:
    """Return what the verdict warns of beyond the outcome of each comparison, shown anyway."""
    if words.missing(verdict["warning"]):
        return ""
    known = {f"{row['term']} {row['method']}" for row in comparisons_of}
    parts = [part for part in str(verdict["warning"]).split("; ") if part not in known]
    for row in comparisons_of:
        name = _IN_SENTENCE.get(row["term"], row["term"])
        parts = [part.replace(str(row["term"]), name) for part in parts]
    return "; ".join(parts)


def _sentence(
    results: Results, candidate: str, verdict: pd.Series, rows: list[pd.Series], differing: bool
) -> str:
    inside = (
        f"{words.number(verdict['estimate'], 0)} of {words.number(verdict['n'], 0)} comparisons"
        " inside the margin"
    )
    place = f"had {candidate} taken the place of gadolinium"
    match str(verdict["method"]):
        case "equivalent" if differing:
            return (
                f"Within the margins {candidate} is equivalent to gadolinium, with {inside}, yet"
                " the trial's own conclusion on the treatment would have been another one:"
                f" {_phrases(results, rows, 'inside')}."
            )
        case "equivalent":
            return (
                f"The trial would have concluded the same {place} (equivalent), with {inside}:"
                f" {_phrases(results, rows, 'inside')}."
            )
        case "not equivalent":
            return (
                f"The trial cannot be said to have concluded the same {place} (not equivalent),"
                f" with {inside} and wholly outside: {_phrases(results, rows, 'outside')}."
            )
        case _:
            unfollowed = f" {results.unfollowed}" if results.unfollowed else ""
            return (
                f"Whether the trial would have concluded the same {place} is undecided, with"
                f" {inside} and not settled: {_phrases(results, rows, 'undecided')}.{unfollowed}"
            )


_TREATMENT = {"analysis": "treatment_effect", "endpoint": "PFS", "analysis_set": "common"}


def _agreements(results: Results, candidate: str) -> pd.DataFrame:
    """Rows that tell, arm by arm, whether both contrasts conclude the same on the treatment."""
    where = {"criteria": results.primary, "candidate": candidate, "term": "conclusion_agreement"}
    return results.select("survival", **_TREATMENT, **where)


def _conclusion(results: Results, candidate: str, agreement: pd.Series) -> str:
    """Say what both contrasts conclude on one arm, and how stable their agreement is."""
    here = {"criteria": results.primary, "stratum": agreement["stratum"], "term": "conclusion"}
    parts = []
    for contrast in (results.config.reference, candidate):
        row = results.first("survival", **_TREATMENT, **here, contrast=contrast)
        if row is None or words.missing(row["estimate"]):
            parts.append(f"cannot be estimated on {contrast}")
        else:
            estimate, p = words.number(row["estimate"], 2), words.p_value(row["p"])
            parts.append(f"{estimate} on {contrast} ({p}, {row['method']})")
    stable = words.percent(agreement["estimate"])
    return (
        "The trial's own conclusion, hazard ratio of progression or death,"
        f" {words.stratum(agreement['stratum'])}: {words.listing(parts)}. Both conclude the same in"
        f" {stable} of the resamples, a measure of stability, not a probability."
    )


def _phrases(results: Results, rows: list[pd.Series], outcome: str) -> str:
    phrases = [_phrase(results, row) for row in rows if row["method"] == outcome]
    return "; ".join(phrases) or "none"


def _phrase(results: Results, row: pd.Series) -> str:
    name = _IN_SENTENCE.get(row["term"], labels.term(row["term"], "equivalence").lower())
    name += _arm(row)
    if words.missing(row["estimate"]):
        return f"{name} (not estimable)"
    comparison = _comparison(results, row)
    return f"{name} of {comparison.estimate} ({comparison.interval}; margin {comparison.margin})"


def _arm(row: pd.Series) -> str:
    """Name the arm of a comparison where there are several."""
    return "" if row["stratum"] == "all" else f" ({words.stratum(row['stratum'])})"


def _beside(results: Results, analysis: str, row: pd.Series) -> pd.Series | None:
    """Find the row of a comparison in another analysis."""
    where = {name: row[name] for name in ("term", "candidate", "stratum")}
    return results.first("agreement", analysis=analysis, **where)


def _comparison(results: Results, row: pd.Series) -> Comparison:
    flip = _beside(results, "equivalence_flip", row)
    return Comparison(
        labels.term(row["term"], "equivalence") + _arm(row),
        _value(row),
        words.interval(row),
        _margin(results, row),
        "undecided" if words.missing(row["method"]) else str(row["method"]),
        words.DASH if flip is None else _flip(flip),
        "" if words.missing(row["warning"]) else str(row["warning"]),
    )


def _flip(row: pd.Series) -> str:
    """Name the margins at which a comparison would turn out otherwise."""
    if words.missing(row["estimate"]):
        return "not estimable"
    term = words.scale(row)
    inside = f"inside from {words.bound(term, row['estimate'], up=True)}"
    if words.missing(row["lower"]):
        return inside
    return f"{inside}, outside below {words.bound(term, row['lower'], up=False)}"


def _value(row: pd.Series) -> str:
    if words.missing(row["estimate"]):
        return "not estimable"
    return words.value(words.scale(row), row["estimate"])


def _margin(results: Results, row: pd.Series) -> str:
    margin = _beside(results, "equivalence_margin", row)
    if margin is None:
        return words.DASH
    low, high = margin["lower"], margin["upper"]
    match row["term"]:
        case "discordance":
            return f"at most {words.percent(high)}"
        case "hazard_ratio":
            return f"{words.number(low, 2)} to {words.number(high, 2)}"
        case "rmst_days":
            return f"±{words.number(high, 0)} days"
        case _:
            return f"±{words.number(high, 0)}%"
