"""Which figures' numbers stand under which heading.

What a contrast shows by itself comes from its own visits (`all`: the trial as it was), what two
contrasts show beside each other from the visits of the pair (`common`).
"""

from collections.abc import Callable
from typing import Any

from gadless.report import words
from gadless.report.grids import (
    Grid,
    by_stratum,
    on_each,
    paired,
    sensitivity,
    under_assumptions,
)
from gadless.report.results import Results
from gadless.vocabulary.names import ALL, ARM, COMMON, DOR, EVERYONE, PFS, SITE, SIZE, TTP
from gadless.vocabulary.responses import (
    BEST_RESPONSE,
    CLINICAL_BENEFIT,
    DISCORDANT,
    KAPPA_WEIGHTED,
    MCNEMAR,
    OBJECTIVE_RESPONSE,
    PROGRESSION_STATUS,
    RATE,
    THRESHOLDING,
    TREATMENT_DIFFERENCE,
    VISIT_RESPONSE,
)
from gadless.vocabulary.survival import (
    CONCLUSION,
    CONCLUSION_AGREEMENT,
    HR_PROGRESSION,
    HR_PROGRESSION_RATIO,
    MEDIAN_DAYS,
    PAIRED_TIME,
    RMST_DAYS,
    RMST_DIFFERENCE,
    SURROGATE_FIXED,
    SURROGATE_LANDMARK,
    SURROGATE_TIME_DEPENDENT,
    TIME_TO_EVENT,
    TREATMENT_EFFECT,
    TREATMENT_HR,
    TREATMENT_HR_RATIO,
)
from gadless.vocabulary.volumes import (
    CCC,
    IMAGE,
    MEDIAN_BIAS,
    MEDIAN_BIAS_PERCENT,
    VOLUME,
    VOLUME_ABNORMALITY,
)

_OWN = "Each contrast on its own visits."
_PAIR = "Visits evaluable on both of the pair."


def volumes(results: Results) -> list[Grid]:
    """Agreement of volumes, overall, by size and by site, and of the images."""
    here = {"analysis_set": COMMON, "stratum": EVERYONE}
    short = (MEDIAN_BIAS, MEDIAN_BIAS_PERCENT, CCC)
    return _present(
        paired(results, "agreement", VOLUME.label, _PAIR, VOLUME, **here),
        by_stratum(results, "agreement", "By size of the tumour on the reference",
                   "Small lesions fail first.", VOLUME, short, pairs=True, prefix=SIZE,
                   analysis_set=COMMON),
        by_stratum(results, "agreement", "By site", "Where the visit took place.", VOLUME, short,
                   pairs=True, prefix=SITE, analysis_set=COMMON),
        paired(results, "agreement", VOLUME_ABNORMALITY.label,
               f"The whole abnormality. {_PAIR}", VOLUME_ABNORMALITY, **here),
        *(
            on_each(results, "agreement", f"Images: {region.partition(':')[2]}",
                    "Median over visits. Similarity of a whole image says little about a lesion:"
                    " read the restricted region, and beside a map of zeros and one of the exam's"
                    " own mean everywhere. Absolute errors in multiples of the brain's median.",
                    IMAGE, stratum=region)
            for region in _strata(results, IMAGE)
        ),
    )  # fmt: skip


def response(results: Results) -> list[Grid]:
    """Concordance of response and of progression."""
    here = {"criteria": results.primary, "analysis_set": COMMON}
    return _present(
        paired(results, "agreement", PROGRESSION_STATUS.label,
               "Shares of the patients assessed on either contrast.",
               PROGRESSION_STATUS, stratum=EVERYONE, **here),
        by_stratum(results, "agreement", "Discordant progression by site", "",
                   PROGRESSION_STATUS, (DISCORDANT,), pairs=True, prefix=SITE, **here),
        paired(results, "agreement", BEST_RESPONSE.label, "One a patient.", BEST_RESPONSE,
               stratum=EVERYONE, **here),
        paired(results, "agreement", VISIT_RESPONSE.label,
               "After baseline, up to the first progression on either contrast.",
               VISIT_RESPONSE, stratum=EVERYONE, **here),
        paired(results, "agreement", THRESHOLDING.label,
               "How much disagreement in volume the criteria absorb.", THRESHOLDING, **here),
        sensitivity(results, "agreement", "Weighted kappa of best response",
                    "Under every criteria set and analysis set.", BEST_RESPONSE,
                    KAPPA_WEIGHTED, stratum=EVERYONE),
        sensitivity(results, "agreement", "Only on the candidate, of the discordant in status",
                    "Exact McNemar test under every criteria set and analysis set. Where scanning"
                    " stops because of the reference, all sets but the one cut at the first"
                    " progression find too few.",
                    PROGRESSION_STATUS, MCNEMAR, stratum=EVERYONE),
    )  # fmt: skip


def rates(results: Results) -> list[Grid]:
    """Objective response, clinical benefit and duration of response."""
    own = {"criteria": results.primary, "analysis_set": ALL}
    pair = {"criteria": results.primary, "analysis_set": COMMON}
    grids = []
    for analysis in (OBJECTIVE_RESPONSE, CLINICAL_BENEFIT):
        grids += [
            on_each(results, "agreement", analysis.label, f"All arms. {_OWN}", analysis,
                    stratum=EVERYONE, **own),
            by_stratum(results, "agreement", f"{analysis.label} by arm", _OWN, analysis,
                       (RATE, TREATMENT_DIFFERENCE), pairs=False, prefix=ARM, **own),
            paired(results, "agreement", f"{analysis.label}: the same patients, paired",
                   f"Candidate less reference. {_PAIR}", analysis, stratum=EVERYONE, **pair),
        ]  # fmt: skip
    grids.append(
        on_each(results, "survival", DOR.label, f"Of those who responded. {_OWN}", TIME_TO_EVENT,
                stratum=EVERYONE, endpoint=DOR, **own)
    )  # fmt: skip
    return _present(*grids)


def times(results: Results) -> list[Grid]:
    """Medians, restricted means and their paired differences, an endpoint at a time."""
    own = {"criteria": results.primary, "analysis_set": ALL}
    pair = {"criteria": results.primary, "analysis_set": COMMON}
    grids = []
    for endpoint in _endpoints(results):
        grids += [
            on_each(results, "survival", f"{endpoint} on each contrast", f"All arms. {_OWN}",
                    TIME_TO_EVENT, stratum=EVERYONE, endpoint=endpoint, **own),
            by_stratum(results, "survival", f"{endpoint} by arm", _OWN, TIME_TO_EVENT,
                       (MEDIAN_DAYS, RMST_DAYS), pairs=False, prefix=ARM,
                       endpoint=endpoint, **own),
            paired(results, "survival", f"{endpoint} on each of a pair", f"All arms. {_PAIR}",
                   TIME_TO_EVENT, endpoint=endpoint, stratum=EVERYONE, **pair),
            paired(results, "survival", f"{endpoint}: the same patients, paired",
                   f"Candidate minus reference. {_PAIR} The sign test is secondary.", PAIRED_TIME,
                   endpoint=endpoint, stratum=EVERYONE, **pair),
            sensitivity(results, "survival", f"Paired difference of restricted mean {endpoint}",
                        "Candidate minus reference, under every criteria set and analysis set.",
                        PAIRED_TIME, RMST_DIFFERENCE, endpoint=endpoint, stratum=EVERYONE),
        ]  # fmt: skip
    return _present(*grids)


def surrogate(results: Results) -> list[Grid]:
    """Models of overall survival on progression, and what differs between contrasts."""
    own = {"criteria": results.primary, "analysis_set": ALL}
    pair = {"criteria": results.primary, "analysis_set": COMMON}
    named = [(SURROGATE_TIME_DEPENDENT, EVERYONE, "Time-dependent Cox model")]
    named += [
        (SURROGATE_LANDMARK, stratum, f"Landmark at {stratum.partition(':')[2]} days")
        for stratum in _strata(results, SURROGATE_LANDMARK, "survival")
    ]
    named += [(SURROGATE_FIXED, EVERYONE, "Fixed covariate, as in publications (biased)")]
    never = "Similar hazard ratios of survival on progression never suffice for equivalence."
    grids = []
    for analysis, stratum, title in named:
        grids += [
            on_each(results, "survival", title, f"{_OWN} {never}", analysis, stratum=stratum,
                    **own),
            paired(results, "survival", f"{title}: candidate against reference",
                   f"{_PAIR} {never}", analysis, stratum=stratum, **pair),
        ]  # fmt: skip
    grids.append(
        sensitivity(results, "survival", "Ratio of hazard ratios of death on progression",
                    "Time-dependent model, under every criteria set and analysis set. Where"
                    " scanning stops because of the reference, all sets but the one cut at the"
                    " first progression are biased.",
                    SURROGATE_TIME_DEPENDENT, HR_PROGRESSION_RATIO, stratum=EVERYONE)
    )  # fmt: skip
    grids.append(
        under_assumptions(results, "Hazard ratio of death on progression, other assumptions",
                          SURROGATE_TIME_DEPENDENT, HR_PROGRESSION, stratum=EVERYONE)
    )  # fmt: skip
    return _present(*grids)


def treatment(results: Results) -> list[Grid]:
    """Treatment effect under each contrast, an endpoint at a time."""
    own = {"criteria": results.primary, "analysis_set": ALL}
    pair = {"criteria": results.primary, "analysis_set": COMMON}
    grids = []
    for endpoint in _endpoints(results):
        for stratum in _strata(results, TREATMENT_EFFECT, "survival"):
            arm = f"{endpoint}, {stratum.partition(':')[2]}"
            where = {"endpoint": endpoint, "stratum": stratum}
            grids += [
                on_each(results, "survival", f"Treatment effect on {arm}", _OWN,
                        TREATMENT_EFFECT, **where, **own),
                paired(results, "survival", f"Treatment effect on {arm}: compared", _PAIR,
                       TREATMENT_EFFECT, **where, **pair),
                under_assumptions(results, f"Treatment effect on {arm}, other assumptions",
                                  TREATMENT_EFFECT, TREATMENT_HR, **where),
            ]  # fmt: skip
    return _present(*grids)


def conclusions(results: Results) -> Grid | None:
    """Lay side by side what the trial concludes about treatment on both contrasts."""
    here = {"analysis": TREATMENT_EFFECT, "criteria": results.primary, "analysis_set": ALL}
    agreement = results.select("survival", term=CONCLUSION_AGREEMENT, **here)
    rows = []
    for endpoint in _endpoints(results):
        for _, row in agreement[agreement["endpoint"] == endpoint].iterrows():
            where = here | {"endpoint": endpoint, "stratum": row["stratum"]}
            candidate = str(row["candidate"])
            each = [
                _concluded(results, name, where) for name in (results.config.reference, candidate)
            ]
            ratio = results.first("survival", term=TREATMENT_HR_RATIO, candidate=candidate, **where)
            rows.append(
                (
                    f"{endpoint}, {str(row['stratum']).partition(':')[2]}",
                    results.label(candidate),
                    *each,
                    words.brief(ratio),
                    words.outcome(row) or words.DASH,
                    words.percent(row["estimate"]),
                )
            )
    if not rows:
        return None
    return Grid(
        "The trial's own conclusion on either contrast",
        "Hazard ratio of treatment and whether it is significant at the configured level, each"
        " contrast on its own visits. The last column is the share of resamples in which both"
        " conclude the same: a stability proportion, not a probability. "
        + words.levels(results.select("survival", **here)),
        (
            "Endpoint, arm",
            "Candidate",
            f"On {results.reference}",
            "On the candidate",
            "Ratio",
            "Conclusion",
            "Same in",
        ),
        tuple(rows),
        "survival",
    )


def _concluded(results: Results, contrast: str, where: dict[str, Any]) -> str:
    ratio = results.first("survival", term=TREATMENT_HR, contrast=contrast, **where)
    row = results.first("survival", term=CONCLUSION, contrast=contrast, **where)
    text = words.brief(ratio)
    known = row is not None and not words.missing(row["estimate"])
    return f"{text}, {words.outcome(row)}" if known else text


SECTIONS: dict[str, Callable[[Results], list[Grid]]] = {
    "volumes": volumes,
    "response": response,
    "rates": rates,
    "times": times,
    "surrogate": surrogate,
    "treatment": treatment,
}


def _endpoints(results: Results) -> list[str]:
    primary = results.config.endpoint.primary
    return [primary, *(name for name in (TTP, PFS) if name != primary)]


def _strata(results: Results, analysis: str, table: str = "agreement") -> list[str]:
    found = results.select(table, analysis=analysis)["stratum"].dropna()
    return [str(name) for name in dict.fromkeys(found) if name != EVERYONE]


def _present(*grids: Grid | None) -> list[Grid]:
    return [grid for grid in grids if grid is not None]
