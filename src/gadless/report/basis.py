"""What the answer rests on: counts of patients, visits and progressions."""

from gadless.report import origins, stages, words
from gadless.report.results import Results
from gadless.vocabulary.names import (
    COMMON,
    EVERYONE,
)
from gadless.vocabulary.population import (
    COMPLETE,
    DEATHS,
    PATIENTS,
    PATIENTS_ARM,
    POPULATION,
    VISITS,
    VISITS_COMMON,
    VISITS_EVALUABLE,
)
from gadless.vocabulary.responses import (
    BOTH_IMAGELESS,
    BOTH_OTHER_VISIT,
    DISCORDANT,
    ONLY_CANDIDATE,
    ONLY_REFERENCE,
    PROGRESSION_STATUS,
)


def basis(results: Results) -> list[str]:
    """Sentences that count what the answer rests on."""
    config = results.config

    def population(term: str, **where: str) -> object:
        row = results.first("agreement", analysis=POPULATION, term=term, **where)
        return None if row is None else row["estimate"]

    sentences = []
    if not words.missing(population(PATIENTS)):
        sentences.append(
            f"{words.count(population(PATIENTS), 'patient')}"
            + _arms(results)
            + f", {words.count(population(DEATHS), 'death')};"
            + f" {words.count(population(VISITS), 'visit')} measured."
        )
    if not words.missing(population(VISITS)):
        evaluable = [
            f"{words.number(population(VISITS_EVALUABLE, contrast=name), 0)} on"
            f" {results.label(name)}"
            for name in config.shown
        ]
        sentences.append(f"Visits evaluable: {words.listing(evaluable)}{_shared_visits(results)}.")
    boxes = [stages.baseline(results, name) for name in config.shown]
    if any(box.patients is not None for box in boxes):
        each = [
            f"{words.number(box.patients, 0)} on {results.label(name)}"
            for name, box in zip(config.shown, boxes, strict=True)
        ]
        sentences.append(
            f"Patients with a baseline under {results.primary}: {words.listing(each)}."
        )
    complete = population(COMPLETE)
    if not words.missing(complete) and config.statistics.covariates:
        sentences.append(
            f"{words.count(complete, 'patient')} with every covariate"
            f" ({words.listing(config.statistics.covariates)})."
        )
    sentences += [_discordance(results, name) for name in config.candidates]
    sentences += [_rated(results), *origins.rests_on(results)]
    return [sentence for sentence in sentences if sentence]


def _rated(results: Results) -> str:
    """Count what readers thought of exams, and what came of it."""
    ratings = results.table("ratings")
    if ratings.empty:
        return ""
    exams = ratings.groupby(["patient", "visit", "contrast"])["rating"].agg(set)
    wrong = int(exams.map(lambda given: "wrong" in given).sum())
    doubtful = int(exams.map(lambda given: "doubtful" in given and "wrong" not in given).sum())
    return (
        f"Readers rated {words.count(len(exams), 'exam')}: {wrong:,} wrong, which are not"
        f" evaluable, and {doubtful:,} doubtful, which has no consequence."
    )


def _shared_visits(results: Results) -> str:
    """Count the visits of each pair, which the comparisons use."""
    where = {"analysis": POPULATION, "term": VISITS_COMMON, "criteria": results.primary}
    pairs = [
        f"{words.number(row['estimate'], 0)} on both {results.reference} and {results.label(name)}"
        for name in results.config.candidates
        if (row := results.first("agreement", candidate=name, **where)) is not None
    ]
    return f"; {words.listing(pairs)}, which their comparison uses" if pairs else ""


def _arms(results: Results) -> str:
    rows = results.select("agreement", analysis=POPULATION, term=PATIENTS_ARM)
    arms = [
        f"{words.number(row['estimate'], 0)} in {str(row['stratum']).partition(':')[2]}"
        for _, row in rows.iterrows()
    ]
    return f" ({words.listing(arms)})" if arms else ""


def _discordance(results: Results, candidate: str) -> str:
    where = {
        "analysis": PROGRESSION_STATUS,
        "criteria": results.primary,
        "analysis_set": COMMON,
        "stratum": EVERYONE,
        "candidate": candidate,
    }
    total = results.first("agreement", term=DISCORDANT, **where)
    if total is None or words.missing(total["estimate"]):
        return ""
    parts = []
    for term, name in (
        (ONLY_REFERENCE, f"progressed on {results.reference} only"),
        (ONLY_CANDIDATE, f"on {results.label(candidate)} only"),
        (BOTH_OTHER_VISIT, "on both but at different visits"),
    ):
        row = results.first("agreement", term=term, **where)
        if row is not None:
            parts.append(f"{words.number(row['events'], 0)} {name}")
    of = f"{words.number(total['events'], 0)} of {words.count(total['n'], 'patient')}"
    detail = f": {words.listing(parts)}" if parts else ""
    alike = results.first("agreement", term=BOTH_IMAGELESS, **where)
    shared = ""
    if alike is not None and not words.missing(alike["events"]) and alike["events"]:
        shared = (
            f" {words.count(alike['events'], 'patient')} declined on the same day on both without"
            " an image that shows it: of the images' agreement that says nothing."
        )
    return (
        f"Progression differs between {results.reference} and {results.label(candidate)} in {of}"
        f" ({words.percent(total['estimate'])}){detail}.{shared}"
    )
