"""Numbers and names as a reader sees them. Rounds and labels; changes no value."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
# A unit or a relation never parts from its number at the end of a line.
TIED = "\N{NO-BREAK SPACE}"


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


# How each term is written; terms not named here are plain numbers.
_TERMS = {
    "days": (
        "median_days rmst_days rmst_difference_days median_difference_days"
        " mean_difference_both_days"
    ),
    "cm3": (
        "median_bias_cm3 median_absolute_error_cm3 false_positive_cm3 site_sd_bias_cm3"
        " median_volume_cm3"
    ),
    "percent": "median_bias_percent volume_bias_percent",
    "mm": (
        "bland_altman_bias_mm bland_altman_lower_mm bland_altman_upper_mm mixed_bias_mm"
        " mixed_sd_patient_mm mixed_sd_visit_mm"
    ),
    "share": (
        "detection_sensitivity detection_specificity site_sd_discordance agreement excluded_ne"
        " not_assessed both_same_visit both_other_visit only_reference only_candidate neither"
        " discordant discordant_status mcnemar volume_discordant response_discordant absorbed"
        " common_share progressed_reference visit_after_reference_progression"
        " unseen_candidate_progression trigger_enhancing trigger_nonenhancing trigger_new_lesion"
        " trigger_clinical trigger_death trigger_new_therapy"
        " same_day_shared incidence sign_test progress_on_both conclusion_agreement"
        " discordance"
    ),
}
_KIND = {term: kind for kind, terms in _TERMS.items() for term in terms.split()}
_SIGNED = ("bias_cm3", "bias_percent", "difference", "bias_mm", "c_index_gain")


def kind(term: str) -> str:
    """How a term is written: ``days``, ``cm3``, ``percent``, ``mm``, ``share`` or ``plain``."""
    return _KIND.get(term, "plain")


def value(term: str, figure: Any, *, unit: bool = True) -> str:
    """Write an estimate of a term of the result tables, with its unit."""
    if missing(figure):
        return DASH
    signed = any(part in term for part in _SIGNED) and not term.startswith("site_sd")
    match kind(term):
        case "days":
            digits = 1 if "difference" in term else 0
            return number(figure, digits, signed=signed) + (f"{TIED}days" if unit else "")
        case "cm3":
            return number(figure, 2, signed=signed) + (f"{TIED}cm³" if unit else "")
        case "percent":
            return number(figure, 1, signed=signed) + ("%" if unit else "")
        case "mm":
            return number(figure, 1, signed=signed) + (f"{TIED}mm" if unit else "")
        case "share":
            # One decimal where a whole percent would blur it; none for exactly nothing.
            return percent(figure, int(0 < abs(float(figure)) < 0.0995))
        case _:
            return number(figure, 3 if term.startswith("c_index") else 2, signed=signed)


def bound(term: str, figure: Any, *, up: bool) -> str:
    """Write a limit so that rounding never moves it to the wrong side: up, or down."""
    if missing(figure) or not math.isfinite(figure):
        return value(term, figure)
    digits = {"days": 1, "percent": 1, "share": 3 if figure < 0.0995 else 2}.get(kind(term), 2)
    steps = float(figure) * 10**digits
    whole = math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9)
    return value(term, whole / 10**digits).lstrip("+")


def scale(row: pd.Series) -> str:
    """Return the term that a row is written as: days of `equivalence` are a difference."""
    if row["term"] == "rmst_days" and str(row["analysis"]).startswith("equivalence"):
        return "rmst_difference_days"
    return str(row["term"])


def interval(row: pd.Series) -> str:
    """Write the interval of a row of a result table: ``95% interval 1.2 to 3.4``."""
    if missing(row["lower"]) and missing(row["upper"]):
        return "no interval"
    level = "" if missing(row["conf_level"]) else f"{100 * float(row['conf_level']):.3g}% "
    ends = [value(scale(row), row[end], unit=end == "upper") for end in ("lower", "upper")]
    return f"{level}interval {ends[0]} to {ends[1]}"


def estimate(row: pd.Series | None) -> str:
    """Write a row's estimate with its interval, or say that there is none."""
    if row is None or missing(row["estimate"]):
        return "not estimable"
    bounds = "" if missing(row["lower"]) and missing(row["upper"]) else f" ({interval(row)})"
    return value(scale(row), row["estimate"]) + bounds


def brief(row: pd.Series | None) -> str:
    """Write a row's estimate with its interval in as few characters as a table or figure allows."""
    if row is None or missing(row["estimate"]):
        return "not estimable"
    text = value(scale(row), row["estimate"])
    if missing(row["lower"]) and missing(row["upper"]):
        return text
    ends = [value(scale(row), row[end], unit=False) for end in ("lower", "upper")]
    return f"{text} ({ends[0]} to {ends[1]})"


def levels(rows: pd.DataFrame) -> str:
    """Say what the brackets of a table hold: ``In brackets: 95% intervals.``."""
    with_ends = rows[rows["lower"].notna() | rows["upper"].notna()]
    found = sorted(with_ends["conf_level"].dropna().unique())
    if not found:
        return ""
    each = listing([f"{100 * float(level):.3g}%" for level in found], "or")
    return f"In brackets: {each} intervals."


def stratum(name: Any) -> str:
    """Write a stratum as words: ``size:1-5`` becomes ``1–5 cm³ on the reference``."""
    if missing(name) or name == "all":
        return "all"
    what, _, which = str(name).partition(":")
    which = which.replace("-", DASH).replace(">=", "\N{GREATER-THAN OR EQUAL TO} ")
    return {
        "size": f"{which} cm³ on the reference",
        "landmark": f"landmark at {which} days",
        "region": which,
        "trigger": "events triggered by enhancement",
    }.get(what, f"{what} {str(name).partition(':')[2]}")


ANALYSIS_SETS = {
    "common": "visits evaluable on every contrast (primary)",
    "all": "all visits",
    "no_new_therapy": "new therapy ignored",
    "first_progression": "both cut at the first progression on either",
}
