"""The answer in one sentence of plain words: what the verdict means, without a number in it."""

from collections.abc import Callable

from gadless.report import words
from gadless.report.comparisons import in_sentence
from gadless.report.results import Results
from gadless.vocabulary.equivalence import EQUIVALENCE, VERDICT
from gadless.vocabulary.names import COMMON, EQUIVALENT, INSIDE, NOT_EQUIVALENT, OUTSIDE


def sentence(results: Results, candidate: str, *, differing: bool) -> str:
    """Say whether the trial would have concluded the same.

    Parameters
    ----------
    results : Results
    candidate : str
    differing : bool
        Whether the trial's own test of the treatment concludes otherwise on the candidate.
    """
    outcome = words.outcome(results.first("agreement", analysis=VERDICT, candidate=candidate))
    name, place = results.label(candidate), f"in the place of {reference(results)}"
    if outcome == EQUIVALENT and differing:
        return (
            f"With {name} {place}, every difference is within what the plan tolerates, yet this"
            " trial's own test of the treatment would have concluded otherwise."
        )
    if outcome == EQUIVALENT:
        return (
            f"With {name} {place}, this trial would have concluded the same: every difference is"
            " within what the plan tolerates."
        )
    if outcome == NOT_EQUIVALENT:
        return f"With {name} {place}, this trial cannot be said to have concluded the same."
    return (
        f"Whether this trial would have concluded the same with {name} {place} cannot be told from"
        " these data."
    )


def because(results: Results, candidate: str) -> str:
    """Name what stands against the candidate, or what is not settled; empty where nothing is."""
    outcome = words.outcome(results.first("agreement", analysis=VERDICT, candidate=candidate))
    if outcome == EQUIVALENT:
        return ""
    if outcome == NOT_EQUIVALENT:
        beyond = _named(results, candidate, lambda found: found == OUTSIDE)
        return f"Beyond what the plan tolerates: {words.listing(beyond)}."
    open_ = _named(results, candidate, lambda found: found not in (INSIDE, OUTSIDE))
    if not open_:
        return ""
    return f"Not known to be within what the plan tolerates: {words.listing(open_)}."


def _named(results: Results, candidate: str, chosen: Callable[[str], bool]) -> list[str]:
    """Name the comparisons of some outcomes, each once."""
    where = {"analysis": EQUIVALENCE, "analysis_set": COMMON, "candidate": candidate}
    found = results.select("agreement", **where)
    named = [in_sentence(row) for _, row in found.iterrows() if chosen(words.outcome(row))]
    return [f"the {one}" for one in dict.fromkeys(named)]


def reference(results: Results) -> str:
    """Name the reference within a sentence."""
    label = results.label(results.config.reference)
    return "gadolinium" if label == "Gadolinium" else label
