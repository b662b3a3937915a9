"""Analysis sets, endpoints, outcomes and strata of the result tables."""

from gadless.vocabulary.records import Word

SEPARATOR = " | "
"""Between two warnings of one cell. No warning holds a bar: it is written as a slash."""

ALL = Word(
    "all",
    "each contrast on its own visits",
    "the trial as it was: what it concluded on the reference, and what it would have concluded on a"
    " candidate alone; `candidate` is `NA` in a row on one contrast",
)
COMMON = Word(
    "common",
    "visits evaluable on both of a pair",
    "the visits that reference and `candidate` can both evaluate, a pair at a time; rows on the"
    " reference stand there once for each pair",
)
NO_NEW_THERAPY = Word(
    "no_new_therapy",
    "new therapy ignored",
    "as `common`, but new therapy does not censor; confirmations stay (primary criteria, where"
    " there"
    " is such a column and it would censor)",
)
FIRST_PROGRESSION = Word(
    "first_progression",
    "both cut at the first progression on either",
    "as `common`, the pair cut at the patient's first progression on either, and survival where it"
    " is not known who has progressed (primary criteria)",
)
ANALYSIS_SETS = (ALL, COMMON, NO_NEW_THERAPY, FIRST_PROGRESSION)

TTP = Word(
    "TTP", "Time to progression", "days from the origin to progression; a death before it censors"
)
PFS = Word(
    "PFS",
    "Progression-free survival",
    "days from the origin to progression or death, whichever comes first",
)
OS = Word("OS", "Overall survival", "days from the origin to death: the same on every contrast")
DOR = Word(
    "DOR",
    "Duration of response",
    "days from the first response to progression or death, of the patients who responded on the"
    " contrast",
)
ENDPOINTS = (TTP, PFS, OS, DOR)

INSIDE = Word("inside", "inside", "the interval lies within the margin (`equivalence`)")
OUTSIDE = Word("outside", "outside", "the interval lies wholly outside the margin (`equivalence`)")
UNDECIDED = Word(
    "undecided", "undecided", "neither, or no interval (`equivalence`); nothing settled (`verdict`)"
)
NOT_APPLICABLE = Word(
    "not applicable",
    "not applicable",
    "the trial has nothing to compare under the term, which takes no part (`equivalence`)",
)
EQUIVALENT = Word("equivalent", "equivalent", "every term is inside its margin (`verdict`)")
NOT_EQUIVALENT = Word(
    "not equivalent", "not equivalent", "a term lies wholly outside its margin (`verdict`)"
)
SIGNIFICANT = Word(
    "significant",
    "significant",
    "by the configured alternative and alpha (`conclusion`)",
)
NOT_SIGNIFICANT = Word(
    "not significant", "not significant", "by the configured alternative and alpha (`conclusion`)"
)
SAME = Word(
    "same", "same", "both contrasts conclude the same on the trial (`conclusion_agreement`)"
)
DIFFERENT = Word(
    "different", "different", "they conclude otherwise on the trial (`conclusion_agreement`)"
)
NO_ESTIMATE = Word(
    "no estimate",
    "no estimate",
    "the model has none on a contrast (`conclusion` and its agreement)",
)
FALLS = Word("falls", "falls", "so many discordant visits end the verdict (`tipping_point`)")
HOLDS = Word(
    "holds whatever they show",
    "holds whatever they show",
    "no number of the not evaluable visits ends the verdict (`tipping_point`)",
)
NO_VERDICT = Word(
    "no verdict to fall", "no verdict to fall", "it is not equivalence as it is (`tipping_point`)"
)
OUTCOMES = (
    INSIDE,
    OUTSIDE,
    UNDECIDED,
    NOT_APPLICABLE,
    EQUIVALENT,
    NOT_EQUIVALENT,
    SIGNIFICANT,
    NOT_SIGNIFICANT,
    SAME,
    DIFFERENT,
    NO_ESTIMATE,
    FALLS,
    HOLDS,
    NO_VERDICT,
)

EVERYONE = "all"
"""The stratum of a row that is about no subset."""

ARM, SIZE, SITE, LANDMARK, REGION, TRIGGER, BY = (
    "arm:",
    "size:",
    "site:",
    "landmark:",
    "region:",
    "trigger:",
    "by:",
)
"""Prefixes of the strata."""

ON_PROGRESSION, OFF_PROGRESSION = "progression", "no_progression"
"""Strata of the reference's visits by what it shows there."""

ENHANCING_TRIGGER = f"{TRIGGER}enhancing"

KAPLAN_MEIER, AALEN_JOHANSEN = "kaplan_meier", "aalen_johansen"
"""Estimators of `km.tsv`."""

PROGRESSED, NOT_PROGRESSED = "progressed", "not progressed"
"""Categories of `confusion.tsv` under `progression_status`."""
