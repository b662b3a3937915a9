"""One co-primary comparison as it is printed: its interval, its margin, and where it would flip."""

from dataclasses import dataclass

import pandas as pd

from gadless.report import words
from gadless.report.results import Results
from gadless.vocabulary.equivalence import EQUIVALENCE_FLIP, EQUIVALENCE_MARGIN
from gadless.vocabulary.names import EVERYONE, UNDECIDED


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


def comparison(results: Results, row: pd.Series) -> Comparison:
    """Write a row of `equivalence` with its margin, and where it would turn out otherwise."""
    flip, margin = (
        beside(results, analysis, row) for analysis in (EQUIVALENCE_FLIP, EQUIVALENCE_MARGIN)
    )
    return Comparison(
        words.record(row).label + _arm(row),
        _value(row),
        words.interval(row),
        _margin(margin),
        words.outcome(row) or UNDECIDED,
        words.DASH if flip is None or margin is None else _flip(flip, margin),
        "; ".join(words.warnings(row["warning"])),
    )


def phrases(results: Results, rows: list[pd.Series], outcome: str) -> str:
    """List the comparisons of one outcome within a sentence."""
    phrases = [_phrase(results, row) for row in rows if words.outcome(row) == outcome]
    return "; ".join(phrases)


def _phrase(results: Results, row: pd.Series) -> str:
    name = in_sentence(row) + _arm(row)
    if words.missing(row["estimate"]):
        return f"{name} (not estimable)"
    one = comparison(results, row)
    return f"{name} of {one.estimate} ({one.interval}; margin {one.margin})"


def in_sentence(row: pd.Series) -> str:
    """Name a comparison within a sentence."""
    label = words.record(row).label
    return label[0].lower() + label[1:]


def _arm(row: pd.Series) -> str:
    """Name the arm of a comparison where there are several."""
    return "" if row["stratum"] == EVERYONE else f" ({words.stratum(row['stratum'])})"


def beside(results: Results, analysis: str, row: pd.Series) -> pd.Series | None:
    """Find the row of a comparison in another analysis, as of its margin."""
    where = {name: row[name] for name in ("term", "candidate", "stratum", "analysis_set")}
    return results.first("agreement", analysis=analysis, **where)


def _flip(row: pd.Series, margin: pd.Series) -> str:
    """Name the margins at which a comparison would turn out otherwise."""
    if words.missing(row["estimate"]):
        return "not estimable"
    term = words.record(row)
    # Where the margin is the least that is tolerated, lower ones are milder.
    least = words.missing(margin["upper"]) and not words.missing(margin["lower"])
    hold, beyond = ("up to", "above") if least else ("from", "below")
    inside = f"inside {hold} {words.bound(term, row['estimate'], up=not least)}"
    if words.missing(row["lower"]):
        return inside
    return f"{inside}, outside {beyond} {words.bound(term, row['lower'], up=least)}"


def _value(row: pd.Series) -> str:
    if words.missing(row["estimate"]):
        return "not estimable"
    return words.value(words.record(row), row["estimate"])


def _margin(row: pd.Series | None) -> str:
    """Write the limits of a margin: either way, a range, or one side."""
    if row is None or (words.missing(row["lower"]) and words.missing(row["upper"])):
        return words.DASH
    term, low, high = words.record(row), row["lower"], row["upper"]
    one_sided = term.unit.of_hundred and not words.missing(low) and low <= 0
    if words.missing(low) or one_sided:
        return f"at most {words.limit(term, high)}"
    if words.missing(high):
        return f"at least {words.limit(term, low)}"
    if low == -high:
        return f"±{words.limit(term, high)}"
    return f"{words.limit(term, low, unit=False)} to {words.limit(term, high)}"
