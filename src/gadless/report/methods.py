"""The methods in words, with the values that this trial was run with."""

from collections.abc import Iterator, Mapping
from typing import Any

from gadless.report import imaging, words
from gadless.report.results import Results
from gadless.trial.config import Config, Endpoint
from gadless.trial.config.statistics import LEAST_RESAMPLES

_BASELINE = {
    "before_treatment": "the last visit on or before the first day of treatment, at most {window}"
    " days earlier",
    "after_radiotherapy": "the first visit at least {after} days after the end of radiotherapy",
    "first": "the first visit",
}
_CENSORING = {
    "fda": "new anticancer therapy and two missed visits censor (after the FDA's tables)",
    "ema": "patients are followed regardless of new therapy and missed visits (after the EMA)",
}
_T2FLAIR = {
    None: "as each criteria set has it",
    "off": "takes no part",
    "flag": "takes part by the reader's mark",
    "volume": "takes part by its volume",
}


def methods(results: Results) -> list[tuple[str, str]]:
    """Return headed paragraphs of the methods.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of (str, str)
        Heading and text.
    """
    config = results.config
    return [
        *imaging.paragraphs(results),
        ("Response", _response(config)),
        ("Endpoints", _endpoints(config)),
        *([("Agreement", _agreement(config))] if config.candidates else []),
        ("Treatment", _treatment(config)),
        ("Survival", _survival(config)),
        *([("Equivalence and verdict", _equivalence(config))] if config.candidates else []),
        ("Reproducibility", _reproducibility(config)),
    ]


def _response(config: Config) -> str:
    response = config.response
    rule = _BASELINE[response.baseline.rule].format(
        window=response.baseline.window_days, after=response.baseline.after_radiotherapy_days
    )
    others = response.criteria[1:]
    also = f"; also {words.listing(others)}" if others else ""
    return (
        f"Primary criteria: {response.criteria[0]}{also}. Baseline: {rule}, the same visit for"
        " every contrast. Growth is judged against the nadir, the smallest evaluable value from"
        " baseline on, shrinkage against baseline. Disease measured:"
        f" {'enhancing' if response.disease == 'enhancing' else 'enhancing and non-enhancing'};"
        f" T2/FLAIR: {_T2FLAIR[response.t2flair]}. Growth from nothing counts from"
        f" {response.smallest_volume_cm3:g} cm³. Steroids up to"
        f" {response.physiologic_steroid_mg:g} mg of dexamethasone a day count as none where the"
        " criteria let a physiologic dose pass. Progression that waits for confirmation at the last"
        f" visit, or the last before a new therapy: {response.unconfirmed_last}."
    )


def _endpoints(config: Config) -> str:
    endpoint = config.endpoint
    return (
        f"Primary endpoint: {endpoint.primary}, counted from {endpoint.origin};"
        f" {_censoring(endpoint)}; planned visits {_schedule(endpoint)}.{_cutoff(endpoint)}"
        " Time to progression (TTP) censors deaths,"
        " progression-free survival (PFS) counts them."
    )


def _censoring(endpoint: Endpoint) -> str:
    if endpoint.censoring not in endpoint.custom:
        return _CENSORING[endpoint.censoring]
    own = dict(endpoint.custom[endpoint.censoring])
    changed = ", ".join(f"{key} {value}" for key, value in own.items() if key != "base")
    return f"censoring by rules of the trial's own, {own['base']} but for: {changed}"


def _schedule(endpoint: Endpoint) -> str:
    if endpoint.schedule is None:
        return f"every {endpoint.visit_interval_days} days (or as `planned_day` of the visits says)"
    return ", then ".join(
        f"every {each.interval_days} days"
        + ("" if each.until_day is None else f" to day {each.until_day}")
        for each in endpoint.schedule
    )


def _cutoff(endpoint: Endpoint) -> str:
    if endpoint.data_cutoff_day is None:
        return ""
    return f" Data up to study day {endpoint.data_cutoff_day}; what came later is not seen."


def _agreement(config: Config) -> str:
    resamples = config.statistics.bootstrap
    how = (
        f"percentile intervals from {resamples:,} resamples of patients, never of visits"
        if resamples >= LEAST_RESAMPLES
        else f"no bootstrap intervals, as {resamples:,} resamples were asked for"
        f" ({LEAST_RESAMPLES} are the least)"
    )
    return (
        f"Every comparison is {config.label_of(config.reference)} against a candidate in the same"
        " patients, on the visits that both can evaluate; what each contrast would have concluded"
        f" is told on its own visits. There are {how}. An interval is given only where at least"
        " 95% of resamples could be fitted."
        " Volumes: median bias, Lin's concordance, Bland-Altman limits on the diameter of the"
        " sphere of equal volume. Response: confusion tables, weighted kappa, Gwet's AC1,"
        " Stuart-Maxwell and exact McNemar tests; pairs that cannot be evaluated are excluded and"
        " counted."
    )


def _treatment(config: Config) -> str:
    statistics = config.statistics
    control = statistics.control_arm or "the first in alphabetical order"
    strata, covariates = words.listing(statistics.strata), words.listing(statistics.covariates)
    within = f" within the strata of randomisation ({strata})" if strata else ""
    others = [
        *([f"adjusted for {covariates}"] if covariates else []),
        *(["without the strata"] if strata else []),
    ]
    again = f" Hazard ratios are repeated {words.listing(others)}." if others else ""
    return (
        f"Each arm is compared with {control}{within}, without covariates. A log-rank test"
        f" ({statistics_direction(config)}, level {statistics.alpha:g}) decides what the trial"
        " concludes on a contrast; Cox regression, with Wald intervals, gives the hazard ratio."
        f"{again} Objective response and clinical benefit count every patient, and one without an"
        " evaluable best response has not responded: exact intervals of rates, Miettinen-Nurminen"
        " between arms, Tango's interval and exact McNemar tests between contrasts of the same"
        " patients. Duration of response is that of the patients who responded on a contrast."
    )


def _survival(config: Config) -> str:
    statistics = config.statistics
    adjusted = words.listing(["treatment", *statistics.covariates])
    if statistics.strata:
        adjusted += f", within strata of {words.listing(statistics.strata)}"
    landmarks = words.listing([f"{day}" for day in statistics.landmarks])
    return (
        "Overall survival was modelled on progression by Cox regression, adjusted for"
        f" {adjusted}: with progression as a state that begins after its day, and at landmarks of"
        f" {landmarks} days; the model that treats progression as known from the start is shown for"
        " comparison with publications and is biased. Apparent C-indices are labelled so."
        f" Restricted means run to {statistics.rmst_days} days. Fewer than"
        f" {statistics.events_per_variable:g} events a coefficient raises a warning. Hazard ratios"
        " are repeated with a baseline hazard for each site, with a sandwich variance by patient"
        " and by site, with survival only while it is known who has progressed, and, for treatment,"
        " with progression anywhere between two visits (Weibull)."
        " Two contrasts of the same patients are never compared by an ordinary log-rank test."
    )


def _equivalence(config: Config) -> str:
    settings = config.statistics
    margins, level = settings.margins, 100 * (1 - 2 * settings.equivalence_alpha)
    repeat = (
        f"discordant progression at most {words.percent(margins.discordance)} (one-sided, exact"
        " limits)"
        if config.repeat is None
        else "discordant progression in excess of that of two readings of the reference at most"
        f" {words.percent(margins.excess_discordance)} (one-sided, score limits)"
    )
    one_sided = "".join(
        f" {words.listing(names)}: {side} limit only."
        for side in ("upper", "lower")
        if (names := [term for term, own in settings.noninferiority.items() if own == side])
    )
    return (
        f"Two one-sided tests a comparison, shown as {level:g}% intervals against margins: median"
        f" bias of the primary measure ±{margins.volume_bias_percent:g}%, ratio of the treatment's"
        f" hazard ratios {1 / margins.hazard_ratio:.2f} to {margins.hazard_ratio:g}, difference of"
        f" restricted means of {config.endpoint.primary} ±{margins.rmst_days:g} days, {repeat},"
        f" evaluable at least {words.percent(margins.evaluability)} of the reference's visits"
        f" (one-sided, by patient).{one_sided} No consensus on such margins exists. The intervals"
        " rest on no resampling: of the median by the share of visits on either side, of ratio and"
        " means by leaving out each patient and allowing for one more who differs as much as a"
        " patient can (t limits, corrected for skewness), so that they hold their level where few"
        " patients differ."
        " Equivalent: all intervals inside (intersection-union, so no correction for multiplicity"
        f" is needed for this claim){_several(config)}; not equivalent: any interval wholly"
        " outside; else undecided. All other intervals and p-values are descriptive and not"
        " corrected for multiplicity."
    )


def _several(config: Config) -> str:
    if len(config.candidates) < 2:
        return ""
    return (
        f"; each of the {len(config.candidates)} candidates has a verdict of its own, and nothing"
        " corrects for having several: choose one beforehand, or divide alpha"
    )


def statistics_direction(config: Config) -> str:
    """Return the alternative of the treatment's test in words."""
    return {
        "two-sided": "two-sided",
        "less": "one-sided (hazard ratio below 1)",
        "greater": "one-sided (hazard ratio above 1)",
    }[config.statistics.treatment_direction]


def _reproducibility(config: Config) -> str:
    seeds = [f"resampling {config.statistics.seed}"]
    if config.visits is not None:
        seeds.append(f"registration {config.preprocess.seed}")
    return (
        f"Seeds: {words.listing(seeds)}. The same input gives the same output, on one core or many."
        " Software, weights and the whole configuration are listed below."
    )


def provenance_rows(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Flatten what the workflow tells about software and weights into rows of name and value.

    Networks and what others made have a table and a paragraph of their own.
    """
    apart = ("networks", "brought")
    return list(_flatten({k: v for k, v in provenance.items() if k not in apart}, ""))


def _flatten(content: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{path}: ")
        elif isinstance(value, list | tuple):
            yield path, ", ".join(str(part) for part in value)
        else:
            yield path, words.DASH if value is None else str(value)
