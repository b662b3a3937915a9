"""What the page says of the exams that could do without contrast."""

import pandas as pd

from gadless.report import words
from gadless.report.results import Results
from gadless.vocabulary.equivalence import DISCORDANCE
from gadless.vocabulary.sparing import ANCHORED, CHOSEN, CHOSEN_RANDOM, PLAIN

_WHAT = (
    "Where a candidate says how unsure it is of each volume, contrast could be kept for the exams"
    " in which it doubts its own category: those whose probability of another category exceeds a"
    " threshold. The trial is then derived again from what the other exams show without contrast,"
    " and set against the trial with contrast at every exam. It is a calculation on this trial's"
    " own exams, made afterwards, and no plan that anybody has tried."
)


def paragraphs(results: Results) -> list[str]:
    """Say how much contrast could be spared, or why nobody can say."""
    table = results.table("sparing")
    if results.uncompared:
        return [results.uncompared]
    if table.empty:
        return ["It was not asked which exams could do without contrast."]
    asked = set(table.loc[table["order"].notna(), "candidate"])
    said = [
        _of_candidate(results, name) if name in asked else _not_asked(results, name)
        for name in results.config.candidates
    ]
    return [_WHAT, *said] if asked else said


def _not_asked(results: Results, candidate: str) -> str:
    row = results.first("sparing", candidate=candidate)
    why = "it was not asked" if row is None else str(row["warning"])
    return f"{results.label(candidate)}: which exams could do without contrast is not known; {why}."


def _of_candidate(results: Results, candidate: str) -> str:
    found, other, plain = (
        results.first("sparing", candidate=candidate, design=design, order=order)
        for design, order in (
            (ANCHORED, CHOSEN),
            (ANCHORED, CHOSEN_RANDOM),
            (PLAIN, CHOSEN),
        )
    )
    label = results.label(candidate)
    if found is None or words.missing(found[DISCORDANCE]):
        return f"{label}: no patient can be compared, so nothing is known."
    target = words.percent(found["target"], 1 if float(found["target"]) < 0.01 else 0)
    if found["exams_spared"] == 0:
        text = (
            f"{label}: no threshold keeps the discordance within the target of {target}; every exam"
            " needs contrast."
        )
    else:
        text = (
            f"{label}: with contrast at every baseline{_besides(found)},"
            f" {_share(found, 'exams_spared')} of {words.count(found['exams'], 'exam')} with"
            " contrast would have been spared, and the"
            f" progression of {_share(found, DISCORDANCE)} of the patients would have been dated"
            f" otherwise or not seen alike (target: at most {target}; the threshold was chosen on"
            f" other patients). Sparing as many exams at random: {_share(other, DISCORDANCE)}."
        )
        if not words.missing(found["upper"]) and found["upper"] > found["target"]:
            text += " The interval reaches beyond the target, so that it is kept is not shown."
    return f"{text} {_plain(plain)}".strip()


def _plain(row: pd.Series | None) -> str:
    if row is None or words.missing(row[DISCORDANCE]):
        return ""
    share = words.percent(row["exams_spared"])
    return (
        "With no exam set apart, so that volumes of both kinds stand in one series as they were"
        f" measured, the same target allows {share} to be spared."
    )


def _besides(row: pd.Series) -> str:
    """Say when else there is contrast; a doubt of more than all there is does not exist."""
    threshold = float(row["threshold"])
    if threshold >= 1:
        return " and at no other exam"
    shown = words.percent(threshold, 0 if threshold >= 0.01 else 1)
    return f" and wherever the candidate's doubt exceeds {shown}"


def _share(row: pd.Series | None, name: str) -> str:
    if row is None or words.missing(row[name]):
        return "not estimable"
    ends = ("spared_lower", "spared_upper") if name == "exams_spared" else ("lower", "upper")
    text = words.percent(row[name], 1)
    if any(words.missing(row[end]) for end in ends):
        return text
    low, high = (words.percent(row[end], 1) for end in ends)
    return f"{text} ({100 * float(row['conf_level']):.3g}% interval {low} to {high})"
