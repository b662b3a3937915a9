"""The words of the result tables, in one place.

The statistics write by them (a term that stands nowhere here is refused), the report reads by them
(labels and units), and `docs/tables.md` is written from them (``python -m gadless.vocabulary``).
Foundation: imports nothing of the package.
"""

from gadless.vocabulary import equivalence, population, responses, survival, volumes
from gadless.vocabulary.names import (
    ANALYSIS_SETS,
    ENDPOINTS,
    OUTCOMES,
    SEPARATOR,
)
from gadless.vocabulary.records import Analysis, Term, Unit, Word

__all__ = [
    "ANALYSES",
    "ANALYSIS_SETS",
    "ENDPOINTS",
    "OUTCOMES",
    "SEPARATOR",
    "TABLES",
    "Analysis",
    "Term",
    "Unit",
    "Word",
    "analysis_set",
    "term",
]

TABLES: dict[str, tuple[Analysis, ...]] = {
    "agreement": (
        population.POPULATION,
        volumes.VOLUME,
        volumes.VOLUME_ABNORMALITY,
        volumes.IMAGE,
        responses.BEST_RESPONSE,
        responses.VISIT_RESPONSE,
        responses.OBJECTIVE_RESPONSE,
        responses.CLINICAL_BENEFIT,
        responses.PROGRESSION_STATUS,
        responses.THRESHOLDING,
        population.UNEQUAL_VISITS,
        population.FOLLOW_UP,
        population.SHARED_EVENTS,
        equivalence.EQUIVALENCE,
        equivalence.EQUIVALENCE_MARGIN,
        equivalence.EQUIVALENCE_FLIP,
        equivalence.EVALUABILITY,
        equivalence.INTERCHANGEABILITY,
        equivalence.WORST_CASE,
        equivalence.TIPPING_POINT,
        equivalence.VERDICT,
    ),
    "survival": (
        survival.TIME_TO_EVENT,
        survival.PAIRED_TIME,
        survival.SURROGATE_TIME_DEPENDENT,
        survival.SURROGATE_LANDMARK,
        survival.SURROGATE_FIXED,
        survival.TREATMENT_EFFECT,
        *survival.OTHER_ASSUMPTIONS,
    ),
}
"""Table to its analyses, in the order of the manual."""

ANALYSES: dict[str, Analysis] = {each: each for found in TABLES.values() for each in found}

_TERMS = {(analysis, term): term for analysis in ANALYSES.values() for term in analysis.terms}


def term(analysis: str, name: str) -> Term:
    """Return the record of a term of an analysis.

    Raises
    ------
    ValueError
        If the vocabulary has no such term: its unit would be anybody's guess.
    """
    found = _TERMS.get((ANALYSES.get(analysis), name))  # type: ignore[arg-type]
    if found is not None:
        return found
    for one in ANALYSES[analysis].terms if analysis in ANALYSES else ():
        fixed = one.removesuffix("NAME")
        if fixed != one and name.startswith(fixed):
            which = name.removeprefix(fixed)
            shown = f"arm {which.removeprefix('arm:')}" if which.startswith("arm:") else which
            label = one.label.replace("NAME", shown)
            return Term(name, label, one.meaning, one.unit, one.sign)
    raise ValueError(
        f"{analysis!r} has no term {name!r} in gadless.vocabulary: give it a label, a unit and a"
        " meaning there"
    )


def analysis_set(name: str) -> Word:
    """Return the record of an analysis set."""
    return next(each for each in ANALYSIS_SETS if each == name)
