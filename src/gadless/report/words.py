"""Numbers and names as a reader sees them. Rounds and labels; changes no value."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from gadless import vocabulary
from gadless.vocabulary import SEPARATOR, Term
from gadless.vocabulary.names import BY, EVERYONE, OFF_PROGRESSION, ON_PROGRESSION
from gadless.vocabulary.records import RATIO

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
# A unit or a relation never parts from its number at the end of a line.
TIED = "\N{NO-BREAK SPACE}"

CATEGORIES = (
    "BL: baseline; CR, PR, MR: complete, partial and minor response; SD: stable disease;"
    " PD: progression; NE: not evaluable."
)
ENDPOINTS = (
    "TTP: time to progression, a death before it censors; PFS: time to progression or death; OS:"
    " time to death; DOR: duration of a confirmed response, from the visit that first showed it."
)


def missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def number(value: Any, digits: int = 2, *, signed: bool = False) -> str:
    """Write a number with a fixed count of decimals and a true minus sign."""
    if missing(value):
        return DASH
    value = float(value)
    if not math.isfinite(value):
        return "\N{INFINITY}" if value > 0 else f"{MINUS}\N{INFINITY}"
    text = f"{value:+,.{digits}f}" if signed else f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def percent(value: Any, digits: int = 0, *, signed: bool = False) -> str:
    """Write a share of 0 to 1 as a percentage."""
    return DASH if missing(value) else number(100 * float(value), digits, signed=signed) + "%"


def p_value(value: Any) -> str:
    """Write a p-value with its relation: ``p = 0.03``, ``p < 0.001``."""
    if missing(value):
        return DASH
    if float(value) < 0.001:
        return f"p{TIED}<{TIED}0.001"
    return f"p{TIED}={TIED}{float(value):.{3 if float(value) < 0.1 else 2}f}"


def count(how_many: Any, one: str, several: str | None = None) -> str:
    """Write a count with its noun: ``1 patient``, ``24 patients``."""
    if missing(how_many):
        return f"{DASH} {several or one + 's'}"
    whole = round(float(how_many))
    return f"{whole:,} {one if whole == 1 else several or one + 's'}"


def listing(items: Sequence[str], last: str = "and") -> str:
    """Join items as in a sentence."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def record(row: pd.Series) -> Term:
    """Return what the vocabulary says of a row's term."""
    return vocabulary.term(str(row["analysis"]), str(row["term"]))


def value(term: Term, figure: Any, *, unit: bool = True) -> str:
    """Write an estimate of a term of the result tables, with its unit."""
    if missing(figure):
        return DASH
    kind = term.unit
    if kind.of_hundred:
        return percent(figure, _decimals(float(figure)), signed=term.signed)
    digits = kind.digits
    if term.signed and kind.of_difference is not None:
        digits = kind.of_difference
    suffix = kind.suffix.replace(" ", TIED) if unit else ""
    return number(figure, digits, signed=term.signed) + suffix


def _decimals(share: float) -> int:
    """One decimal where a whole percent would blur it; none for exactly nothing or all."""
    return int(0 < abs(share) < 0.0995 or 0.9005 < abs(share) < 1)


def limit(term: Term, figure: Any, *, unit: bool = True) -> str:
    """Write a limit that somebody has set, with no more decimals than it has (a ratio: two)."""
    if missing(figure):
        return DASH
    figure = float(figure) * (100 if term.unit.of_hundred else 1)
    text = number(figure, 2) if term.unit == RATIO else f"{figure:g}".replace("-", MINUS)
    return text + (term.unit.suffix.replace(" ", TIED) if unit else "")


def bound(term: Term, figure: Any, *, up: bool) -> str:
    """Write a limit so that rounding never moves it to the wrong side: up, or down."""
    if missing(figure) or not math.isfinite(figure):
        return value(term, figure)
    digits = term.unit.of_difference or term.unit.digits
    if term.unit.of_hundred:
        digits = 2 + _decimals(figure)
    steps = float(figure) * 10**digits
    whole = math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9)
    return value(term, whole / 10**digits).lstrip("+")


def interval(row: pd.Series) -> str:
    """Write the interval of a row of a result table: ``95% interval 1.2 to 3.4``."""
    if missing(row["lower"]) and missing(row["upper"]):
        return "no interval"
    level = "" if missing(row["conf_level"]) else f"{100 * float(row['conf_level']):.3g}% "
    return f"{level}interval {_ends(row, unit=True)}"


def _ends(row: pd.Series, *, unit: bool) -> str:
    term = record(row)
    lower = value(term, row["lower"], unit=False)
    return f"{lower} to {value(term, row['upper'], unit=unit)}"


def estimate(row: pd.Series | None) -> str:
    """Write a row's estimate with its interval, or say that there is none."""
    if row is None or missing(row["estimate"]):
        return "not estimable"
    bounds = "" if missing(row["lower"]) and missing(row["upper"]) else f" ({interval(row)})"
    return value(record(row), row["estimate"]) + bounds


def brief(row: pd.Series | None) -> str:
    """Write a row's estimate with its interval in as few characters as a table or figure allows."""
    if row is None or missing(row["estimate"]):
        return "not estimable"
    text = value(record(row), row["estimate"])
    if missing(row["lower"]) and missing(row["upper"]):
        return text
    return f"{text} ({_ends(row, unit=False)})"


def fraction(row: pd.Series) -> str:
    """``336 of 521`` where the estimate of a row is this fraction, else nothing."""
    known = not (missing(row["events"]) or missing(row["n"]) or missing(row["estimate"]))
    if not record(row).unit.counted or not known:
        return ""
    return f"{number(row['events'], 0)} of {number(row['n'], 0)}"


def outcome(row: pd.Series | None) -> str:
    """Write what follows from a row that decides; empty where it decides nothing."""
    return "" if row is None or missing(row["outcome"]) else str(row["outcome"])


def warnings(cell: Any) -> list[str]:
    """Take the warnings of a cell apart."""
    return [] if missing(cell) else str(cell).split(SEPARATOR)


def levels(rows: pd.DataFrame) -> str:
    """Say what the brackets of a table hold: ``In brackets: 95% intervals.``, and why some lack.

    Parameters
    ----------
    rows : DataFrame
        ``estimate``, ``lower``, ``upper``, ``conf_level``, ``warning``.
    """
    with_ends = rows[rows["lower"].notna() | rows["upper"].notna()]
    found = sorted(with_ends["conf_level"].dropna().unique())
    if not found:
        return ""
    each = listing([f"{100 * float(level):.3g}%" for level in found], "or")
    told = f"In brackets: {each} intervals."
    failed = (
        rows["warning"].astype("string").str.contains("resamples failed: no interval", na=False)
    )
    if (failed & rows["lower"].isna() & rows["estimate"].notna()).any():
        told += " A figure without one: too many resamples could not be fitted."
    return told


_STRATA = {
    ON_PROGRESSION: "where the reference shows progression",
    OFF_PROGRESSION: "where the reference shows none",
    f"{BY}progression": "test: by progression, between patients",
    f"{BY}progression_visit": "test: by progression, within patients",
    f"{BY}arm": "test: by arm",
    f"{BY}site": "test: by site",
}


def stratum(name: Any) -> str:
    """Write a stratum as words: ``size:1-5`` becomes ``1–5 cm³ on the reference``."""
    if missing(name) or name == EVERYONE:
        return EVERYONE
    if name in _STRATA:
        return _STRATA[name]
    what, _, which = str(name).partition(":")
    which = which.replace("-", DASH).replace(">=", "\N{GREATER-THAN OR EQUAL TO} ")
    return {
        "size": f"{which} cm³ on the reference",
        "landmark": f"landmark at {which} days",
        "region": which,
        "trigger": "events triggered by enhancement",
    }.get(what, f"{what} {str(name).partition(':')[2]}")
