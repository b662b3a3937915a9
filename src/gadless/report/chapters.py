"""The chapters of the page below the answer: each folded, headed by its result in one line.

A chapter is added here and as ``templates/chapters/NAME.html``, and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gadless.report import basis, cautions, words
from gadless.report.results import Results
from gadless.vocabulary.equivalence import DISCORDANCE, VERDICT
from gadless.vocabulary.names import ALL, COMMON, EVERYONE, PFS
from gadless.vocabulary.responses import (
    AGREEMENT,
    BEST_RESPONSE,
    DISCORDANT,
    KAPPA_WEIGHTED,
    PROGRESSION_STATUS,
)
from gadless.vocabulary.sparing import ANCHORED, CHOSEN
from gadless.vocabulary.survival import (
    MEDIAN_DAYS,
    TIME_TO_EVENT,
    TREATMENT_EFFECT,
    TREATMENT_HR,
)
from gadless.vocabulary.volumes import CCC, MEDIAN_BIAS, VOLUME


@dataclass(frozen=True)
class Chapter:
    """A chapter: the name of its template and its anchor, its title, and its result in a line."""

    name: str
    title: str
    line: Callable[[Results], str]


@dataclass(frozen=True)
class Headed:
    """A chapter of one trial."""

    name: str
    title: str
    line: str


def headed(results: Results) -> list[Headed]:
    """Return the chapters of one trial, in the order of the page."""
    return [Headed(one.name, one.title, one.line(results)) for one in CHAPTERS]


def _counts(results: Results) -> str:
    return (basis.basis(results) or ["The tables hold no counts of patients."])[0]


def _discordant(results: Results) -> str:
    """Of how many patients progression differs, by candidate."""
    where = {"criteria": results.primary, "analysis_set": COMMON, "stratum": EVERYONE}
    parts = []
    for name in results.config.candidates:
        row = _first(results, PROGRESSION_STATUS, term=DISCORDANT, candidate=name, **where)
        if row is not None and words.fraction(row):
            parts.append(f"{words.fraction(row)} patients on {results.label(name)}")
    if not parts:
        return "One row a patient."
    return f"Progression differs in {words.listing(parts)}."


def _flow(results: Results) -> str:
    seen = [one for one in basis.basis(results) if one.startswith("Visits evaluable")]
    return seen[0] if seen else "Who came how far, and why no further."


def _images(results: Results) -> str:
    if results.config.visits is None:
        return "Tumours were measured elsewhere: no images."
    return "Both contrasts side by side, with the tumour's outlines."


def _volumes(results: Results) -> str:
    where = {"analysis_set": COMMON, "stratum": EVERYONE}
    return _by_candidate(
        results,
        VOLUME,
        where,
        ((MEDIAN_BIAS, "median bias"), (CCC, "Lin's concordance")),
        "How far the volumes agree.",
    )


def _response(results: Results) -> str:
    where = {"criteria": results.primary, "analysis_set": COMMON, "stratum": EVERYONE}
    told = ((AGREEMENT, "same best response in"), (KAPPA_WEIGHTED, "weighted kappa"))
    return _by_candidate(results, BEST_RESPONSE, where, told, "How far the categories agree.")


def _time(results: Results) -> str:
    endpoint = results.config.endpoint.primary
    where = {
        "endpoint": endpoint,
        "criteria": results.primary,
        "analysis_set": ALL,
        "stratum": EVERYONE,
    }
    parts = _on_each(results, TIME_TO_EVENT, MEDIAN_DAYS, where)
    if not parts:
        return results.unfollowed or f"{endpoint} on each contrast."
    return f"Median {endpoint}: {words.listing(parts)}."


def _survival(results: Results) -> str:
    where = {"endpoint": PFS, "criteria": results.primary, "analysis_set": ALL}
    found = results.select("survival", analysis=TREATMENT_EFFECT, term=TREATMENT_HR, **where)
    sentences = []
    for stratum in dict.fromkeys(found["stratum"].dropna()):
        parts = _on_each(results, TREATMENT_EFFECT, TREATMENT_HR, {**where, "stratum": stratum})
        if parts:
            sentences.append(f"{words.stratum(stratum)}: {words.listing(parts)}")
    if not sentences:
        return "Survival on progression; no effect of treatment could be estimated."
    return f"Hazard ratio of treatment ({PFS}), {'; '.join(sentences)}."


def _equivalence(results: Results) -> str:
    if results.uncompared:
        return results.uncompared
    parts = []
    for name in results.config.candidates:
        row = _first(results, VERDICT, candidate=name)
        if row is not None and words.outcome(row):
            within = f"{words.number(row['estimate'], 0)} of {words.number(row['n'], 0)}"
            parts.append(f"{results.label(name)}: {words.outcome(row)}, {within} inside the margin")
    return f"{'; '.join(parts)}." if parts else "No comparison could be estimated."


def _sparing(results: Results) -> str:
    """Share of exams that could do without contrast, by candidate."""
    parts = []
    for name in results.config.candidates:
        row = results.first("sparing", candidate=name, design=ANCHORED, order=CHOSEN)
        if row is not None and not words.missing(row[DISCORDANCE]):
            share = words.percent(row["exams_spared"])
            parts.append(f"{share} could be spared contrast on {results.label(name)}")
    return f"Of the exams, {words.listing(parts)}." if parts else "Not known; the reason follows."


def _quality(results: Results) -> str:
    table = results.table("quality")
    if table.empty:
        return "No figure of quality was recorded."
    fails = int((table["outcome"] == "fail").sum())
    warns = int((table["outcome"] == "warn").sum())
    return (
        f"{words.count(fails, 'figure')} of {len(table):,} beyond a limit that costs the visit,"
        f" {warns:,} to be looked at."
    )


def _warnings(results: Results) -> str:
    listed = cautions.warnings(results)
    return f"{words.count(len(listed.rows), 'warning')}, listed below." if listed else "None."


def _said(text: str) -> Callable[[Results], str]:
    return lambda _: text


def _first(results: Results, analysis: str, **where: Any) -> Any:
    return results.first("agreement", analysis=analysis, **where)


def _by_candidate(
    results: Results,
    analysis: str,
    where: dict[str, str],
    terms: tuple[tuple[str, str], ...],
    otherwise: str,
) -> str:
    """Give some figures of every candidate in one line."""
    parts = []
    for name in results.config.candidates:
        told = [
            f"{said} {words.brief(row)}"
            for term, said in terms
            if (row := _first(results, analysis, term=term, candidate=name, **where)) is not None
        ]
        if told:
            parts.append(f"{results.label(name)}: {', '.join(told)}")
    return f"{'; '.join(parts)}." if parts else otherwise


def _on_each(results: Results, analysis: str, term: str, where: dict[str, Any]) -> list[str]:
    """Give one figure on every contrast, each on its own visits."""
    found = []
    for name in results.config.shown:
        row = results.first("survival", analysis=analysis, term=term, contrast=name, **where)
        if row is not None:
            found.append(f"{words.brief(row)} on {results.label(name)}")
    return found


CHAPTERS = (
    Chapter("basis", "What it rests on", _counts),
    Chapter("patients", "Patients", _discordant),
    Chapter("flow", "From sheet to analysis", _flow),
    Chapter("images", "Images", _images),
    Chapter("volumes", "Volumes", _volumes),
    Chapter("response", "Response", _response),
    Chapter("time", "Time to progression", _time),
    Chapter("survival", "Survival and treatment", _survival),
    Chapter("equivalence", "Equivalence", _equivalence),
    Chapter("sparing", "Which exams still need contrast", _sparing),
    Chapter("tables", "Tables", _said("Every figure in numbers, by subject.")),
    Chapter("quality", "Quality", _quality),
    Chapter("methods", "Methods", _said("What was done, with the values of the configuration.")),
    Chapter("warnings", "Warnings", _warnings),
)
"""In the order of the page."""
