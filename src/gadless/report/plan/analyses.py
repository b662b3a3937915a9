"""Analyses beside the verdict: treatment, sensitivity, and what is done with what is missing."""

from collections.abc import Iterator

from gadless.report import words
from gadless.report.methods import statistics_direction
from gadless.report.plan.document import Block, Bullets, Section
from gadless.trial.config import Config


def sections(config: Config) -> Iterator[Section]:
    """Yield the chapters on the trial's own conclusion, sensitivity analyses and missing data."""
    yield Section("The trial's own conclusion", tuple(_conclusion(config)))
    yield Section("Sensitivity analyses", tuple(_sensitivity(config)))
    yield Section("Missing data and failed candidates", tuple(_missing(config)))


def _conclusion(config: Config) -> Iterator[Block]:
    settings = config.statistics
    adjusted = words.listing(settings.covariates) if settings.covariates else "nothing"
    control = settings.control_arm or "the first in alphabetical order"
    yield (
        "The treatment effect is analysed on each contrast as the trial analyses it, on all visits"
        f" of that contrast: arms are compared with {control} on"
        f" {config.endpoint.primary} and PFS by Cox regression,"
        f" {statistics_direction(config)}, at level {settings.alpha:g}{_strata(config)};"
        f" covariates of adjusted models: {adjusted}."
        " What is concluded on the reference is the trial's own conclusion; what is concluded on a"
        " candidate alone is what would have been concluded without gadolinium. Where the two"
        " differ in any arm, the report's answer says so, whatever the verdict."
    )
    landmarks = words.listing([str(day) for day in settings.landmarks])
    yield (
        "Progression as a surrogate: overall survival on progression as a time-dependent state,"
        f" and at landmarks of {landmarks} days, on each contrast; the hazard ratios, C-indices and"
        " their differences within the same patients. Two contrasts of the same patients are never"
        " compared by an ordinary log-rank test, which takes them for independent groups."
    )


def _strata(config: Config) -> str:
    strata = config.statistics.strata
    return f", stratified by {words.listing(strata)}" if strata else ", not stratified"


def _sensitivity(config: Config) -> Iterator[Block]:
    first, *others = config.response.criteria
    criteria = (
        f"Other criteria: {words.listing(others)} in place of {first}." if others else None,
        "All visits instead of those that both contrasts can evaluate.",
        "Both contrasts cut at the first progression on either: the only comparison that holds"
        " where scanning stops because of the reference.",
        "New therapy ignored: progression counts although a new therapy had begun.",
        "Worst case: every visit that the candidate could not evaluate taken as discordant; and a"
        " tipping point, the least number of them that would have to be for the verdict to fall.",
        "A baseline hazard for each site; sandwich variances by patient and by site.",
        "Progression anywhere between two visits (interval-censored Weibull regression).",
        "Survival followed only while it is known who has progressed (last assessment).",
        "Events triggered by enhancement alone: death, clinical decline and T2/FLAIR are seen"
        " alike on every contrast and make two contrasts look alike.",
        "How far the criteria absorb differences of volume: discordance before and after"
        " thresholding.",
    )
    yield (
        "Each is reported beside the primary analysis, whatever it shows. None can turn the verdict"
        " into equivalent; a contradiction among them is reported as one."
    )
    yield Bullets(tuple(each for each in criteria if each is not None))


def _missing(config: Config) -> Iterator[Block]:
    yield (
        "Nothing is imputed and nothing is dropped in silence. A visit that cannot be evaluated on"
        " a contrast is “NE” there, with its reason in the tables: sequence not acquired, image"
        " unusable, registration failed, no row delivered. It confirms nothing and is no"
        " progression; time on that contrast runs on to the next visit that can be evaluated."
    )
    yield Bullets(
        (
            "Reference missing, candidate evaluable: the visit takes part in the candidate's own"
            " analysis and not in the pair's.",
            "Reference evaluable, candidate failed: no missed visit of the reference. The failure"
            " counts against the candidate in the term on evaluability.",
            "Patients who are assessed on neither contrast after baseline are counted and left out"
            " of the discordant share; they are censored at the start in times to event.",
            f"Progression that waits for confirmation at the last visit:"
            f" {config.response.unconfirmed_last}.",
            "Covariates: models are fitted on patients with all covariates, and their number is"
            " stated.",
        )
    )
