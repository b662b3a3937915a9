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
    """The verdict on one candidate: a sentence, what decided it, and why."""

    candidate: str
    verdict: str
    sentence: str
    reason: str
    comparisons: tuple[Comparison, ...]

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
    sentence = _sentence(results, candidate, verdict, rows)
    return Answer(candidate, outcome, sentence, reason, comparisons)


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


def _sentence(results: Results, candidate: str, verdict: pd.Series, rows: list[pd.Series]) -> str:
    inside = (
        f"{words.number(verdict['estimate'], 0)} of {words.number(verdict['n'], 0)} comparisons"
        " inside the margin"
    )
    place = f"had {candidate} taken the place of gadolinium"
    match str(verdict["method"]):
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


def _phrases(results: Results, rows: list[pd.Series], outcome: str) -> str:
    phrases = [_phrase(results, row) for row in rows if row["method"] == outcome]
    return "; ".join(phrases) or "none"


def _phrase(results: Results, row: pd.Series) -> str:
    name = _IN_SENTENCE.get(row["term"], labels.term(row["term"], "equivalence").lower())
    if words.missing(row["estimate"]):
        return f"{name} (not estimable)"
    comparison = _comparison(results, row)
    return f"{name} of {comparison.estimate} ({comparison.interval}; margin {comparison.margin})"


def _comparison(results: Results, row: pd.Series) -> Comparison:
    where = {"term": row["term"], "candidate": row["candidate"]}
    flip = results.first("agreement", analysis="equivalence_flip", **where)
    return Comparison(
        labels.term(row["term"], "equivalence"),
        _value(row),
        words.interval(row),
        _margin(results, row),
        "undecided" if words.missing(row["method"]) else str(row["method"]),
        words.DASH if flip is None else _value(flip).lstrip("+"),
        "" if words.missing(row["warning"]) else str(row["warning"]),
    )


def _value(row: pd.Series) -> str:
    if words.missing(row["estimate"]):
        return "not estimable"
    return words.value(words.scale(row), row["estimate"])


def _margin(results: Results, row: pd.Series) -> str:
    margin = results.first(
        "agreement", analysis="equivalence_margin", term=row["term"], candidate=row["candidate"]
    )
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
