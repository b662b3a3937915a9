"""The rules that a response can rest on, in the words of the tables.

The column `rule` of ``response.tsv`` begins with one of these; remarks follow after a semicolon.
"""

from enum import StrEnum


class Rule(StrEnum):
    """Why a visit has its response."""

    ENHANCING_GROWTH = "enhancing growth"
    NONMEASURABLE_GROWTH = "non-measurable progression"
    NEW_LESION = "new lesion"
    NONENHANCING_GROWTH = "non-enhancing growth"
    NONENHANCING_NONMEASURABLE = "non-enhancing non-measurable progression"
    T2FLAIR_GROWTH = "T2/FLAIR volume growth"
    T2FLAIR_WORSE = "T2/FLAIR worse"
    CLINICAL_DECLINE = "clinical decline"
    AS_READ = "as read"
    NOTHING_LEFT = "no enhancement left"
    SHRINKAGE = "shrinkage"
    MINOR_SHRINKAGE = "minor shrinkage"
    NO_THRESHOLD = "no threshold reached"
    BELOW_MINIMUM = "growth below the least size"
    BELOW_LEAST_GROWTH = "no lesion grown by the least length"
    WITHIN_REPEATABILITY = "change within the repeatability"
    STEROIDS_UNRESOLVED = "steroid dose raised, unresolved"
    TOO_EARLY = "early after radiotherapy, inside the field"
    NOT_MEASURABLE = "no measurable disease at baseline"
    NO_DISEASE = "no disease at baseline nor now"
    CONDITIONS = "shrinkage without the other conditions"
    BEFORE_BASELINE = "before baseline"
    BASELINE = "baseline"
    NO_BASELINE = "no baseline"
    NOT_EVALUABLE = "not evaluable"


OUTSIDE_THE_PAIR = "outside the pair"
"""A visit that the contrast shows and the other of its pair does not: no scan was missed."""

TRIGGERS = {
    Rule.ENHANCING_GROWTH: "enhancing",
    Rule.NONMEASURABLE_GROWTH: "enhancing",
    Rule.NEW_LESION: "new_lesion",
    Rule.NONENHANCING_GROWTH: "nonenhancing",
    Rule.NONENHANCING_NONMEASURABLE: "nonenhancing",
    Rule.T2FLAIR_GROWTH: "nonenhancing",
    Rule.T2FLAIR_WORSE: "nonenhancing",
    Rule.CLINICAL_DECLINE: "clinical",
    Rule.AS_READ: "read",
}


def trigger(rule: str) -> str:
    """Name what triggered a progression, from the text of its rule."""
    return TRIGGERS[Rule(rule.split(";", 1)[0])]


def is_outside_the_pair(rule: str) -> bool:
    """Whether a visit is not evaluable only because the other contrast of the pair is not."""
    return rule.startswith(f"{Rule.NOT_EVALUABLE}; {OUTSIDE_THE_PAIR}")
