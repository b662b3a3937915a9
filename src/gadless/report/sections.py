"""Which figures' numbers stand under which heading."""

from collections.abc import Callable
from typing import Any

from gadless.report import words
from gadless.report.grids import Grid, by_contrast, by_stratum, sensitivity, under_assumptions
from gadless.report.results import Results


def volumes(results: Results) -> list[Grid]:
    """Agreement of volumes, overall, by size and by site, and of the images."""
    here = {"analysis_set": "common", "stratum": "all"}
    short = ("median_bias_cm3", "median_bias_percent", "ccc")
    return _present(
        by_contrast(results, "agreement", "Enhancing volume", "Visits evaluable on every contrast.",
                    "volume", paired=True, **here),
        by_contrast(results, "agreement", "Median volumes", "One column a contrast.",
                    "volume", paired=False, **here),
        by_stratum(results, "agreement", "By size of the tumour on the reference",
                   "Small lesions fail first.", "volume", short, paired=True, prefix="size:"),
        by_stratum(results, "agreement", "By site", "Where the visit took place.", "volume", short,
                   paired=True, prefix="site:"),
        by_contrast(results, "agreement", "Whole T2/FLAIR abnormality",
                    "From each contrast's own segmentation.", "volume_abnormality", paired=True,
                    **here),
        *(
            by_contrast(results, "agreement", f"Images: {region.partition(':')[2]}",
                        "Median over visits. Similarity of a whole image says little about a"
                        " lesion: read the restricted region, and beside a map of zeros.",
                        "image", paired=False, stratum=region)
            for region in _strata(results, "image")
        ),
    )  # fmt: skip


def response(results: Results) -> list[Grid]:
    """Concordance of response and of progression."""
    here = {"criteria": results.primary, "analysis_set": "common"}
    return _present(
        by_contrast(results, "agreement", "Ever progressed",
                    "Shares of the patients assessed on either contrast.",
                    "progression_status", paired=True, stratum="all", **here),
        by_stratum(results, "agreement", "Discordant progression by site", "",
                   "progression_status", ("discordant",), paired=True, prefix="site:", **here),
        by_contrast(results, "agreement", "Best response", "One a patient.", "best_response",
                    paired=True, stratum="all", **here),
        by_contrast(results, "agreement", "Response of each visit",
                    "After baseline, up to the first progression on either contrast.",
                    "visit_response", paired=True, stratum="all", **here),
        by_contrast(results, "agreement", "Before and after thresholding",
                    "How much disagreement in volume the criteria absorb.", "thresholding",
                    paired=True, **here),
        sensitivity(results, "agreement", "Weighted kappa of best response",
                    "Under every criteria set and analysis set.", "best_response",
                    "kappa_weighted", stratum="all"),
        sensitivity(results, "agreement", "Only on the candidate, of the discordant in status",
                    "Exact McNemar test under every criteria set and analysis set. Where scanning"
                    " stops because of the reference, all sets but the one cut at the first"
                    " progression find too few.",
                    "progression_status", "mcnemar", stratum="all"),
    )  # fmt: skip


def times(results: Results) -> list[Grid]:
    """Medians, restricted means and their paired differences, an endpoint at a time."""
    here = {"criteria": results.primary, "analysis_set": "common"}
    grids = []
    for endpoint in _endpoints(results):
        grids += [
            by_contrast(results, "survival", f"{endpoint} on each contrast", "All arms.",
                        "time_to_event", paired=False, stratum="all", endpoint=endpoint, **here),
            by_stratum(results, "survival", f"{endpoint} by arm", "", "time_to_event",
                       ("median_days", "rmst_days"), paired=False, prefix="arm:",
                       endpoint=endpoint, **here),
            by_contrast(results, "survival", f"{endpoint}: the same patients, paired",
                        "Candidate minus reference. The sign test is secondary.", "paired_time",
                        paired=True, endpoint=endpoint, **here),
            sensitivity(results, "survival", f"Paired difference of restricted mean {endpoint}",
                        "Candidate minus reference, under every criteria set and analysis set.",
                        "paired_time", "rmst_difference_days", endpoint=endpoint),
        ]  # fmt: skip
    return _present(*grids)


def surrogate(results: Results) -> list[Grid]:
    """Models of overall survival on progression, and what differs between contrasts."""
    here = {"criteria": results.primary, "analysis_set": "common"}
    named = [("surrogate_time_dependent", "all", "Time-dependent Cox model")]
    named += [
        ("surrogate_landmark", stratum, f"Landmark at {stratum.partition(':')[2]} days")
        for stratum in _strata(results, "surrogate_landmark", "survival")
    ]
    named += [("surrogate_fixed", "all", "Fixed covariate, as in publications (biased)")]
    grids = []
    for analysis, stratum, title in named:
        for paired in (False, True):
            grids.append(
                by_contrast(
                    results,
                    "survival",
                    f"{title}: candidate against reference" if paired else title,
                    "Similar hazard ratios of survival on progression never suffice for"
                    " equivalence.",
                    analysis,
                    paired=paired,
                    stratum=stratum,
                    **here,
                )
            )
    grids.append(
        sensitivity(results, "survival", "Ratio of hazard ratios of death on progression",
                    "Time-dependent model, under every criteria set and analysis set. Where"
                    " scanning stops because of the reference, all sets but the one cut at the"
                    " first progression are biased.",
                    "surrogate_time_dependent", "hr_progression_ratio", stratum="all")
    )  # fmt: skip
    grids.append(
        under_assumptions(results, "Hazard ratio of death on progression, other assumptions",
                          "surrogate_time_dependent", "hr_progression", stratum="all")
    )  # fmt: skip
    return _present(*grids)


def treatment(results: Results) -> list[Grid]:
    """Treatment effect under each contrast, an endpoint at a time."""
    here = {"criteria": results.primary, "analysis_set": "common"}
    grids = []
    for endpoint in _endpoints(results):
        for stratum in _strata(results, "treatment_effect", "survival"):
            arm = f"{endpoint}, {stratum.partition(':')[2]}"
            for paired in (False, True):
                title = f"Treatment effect on {arm}" + (": compared" if paired else "")
                grids.append(
                    by_contrast(results, "survival", title, "", "treatment_effect", paired=paired,
                                endpoint=endpoint, stratum=stratum, **here)
                )  # fmt: skip
            title = f"Treatment effect on {arm}, other assumptions"
            grids.append(
                under_assumptions(results, title, "treatment_effect", "treatment_hr",
                                  endpoint=endpoint, stratum=stratum)
            )  # fmt: skip
    return _present(*grids)


def conclusions(results: Results) -> Grid | None:
    """Lay side by side what the trial concludes about treatment on both contrasts."""
    here = {"analysis": "treatment_effect", "criteria": results.primary, "analysis_set": "common"}
    agreement = results.select("survival", term="conclusion_agreement", **here)
    rows = []
    for endpoint in _endpoints(results):
        for _, paired in agreement[agreement["endpoint"] == endpoint].iterrows():
            where = here | {"endpoint": endpoint, "stratum": paired["stratum"]}
            candidate = paired["candidate"]
            each = [
                _concluded(results, name, where) for name in (results.config.reference, candidate)
            ]
            ratio = results.first(
                "survival", term="treatment_hr_ratio", candidate=candidate, **where
            )
            rows.append(
                (
                    f"{endpoint}, {str(paired['stratum']).partition(':')[2]}",
                    str(candidate),
                    *each,
                    words.brief(ratio),
                    words.DASH if words.missing(paired["method"]) else str(paired["method"]),
                    words.percent(paired["estimate"]),
                )
            )
    if not rows:
        return None
    return Grid(
        "The trial's own conclusion on either contrast",
        "Hazard ratio of treatment and whether it is significant at the configured level. The last"
        " column is the share of resamples in which both conclude the same: a stability"
        " proportion, not a probability. " + words.levels(results.select("survival", **here)),
        (
            "Endpoint, arm",
            "Candidate",
            f"On {results.config.reference}",
            "On the candidate",
            "Ratio",
            "Conclusion",
            "Same in",
        ),
        tuple(rows),
        "survival",
    )


def _concluded(results: Results, contrast: str, where: dict[str, Any]) -> str:
    ratio = results.first("survival", term="treatment_hr", contrast=contrast, **where)
    verdict = results.first("survival", term="conclusion", contrast=contrast, **where)
    text = words.brief(ratio)
    known = verdict is not None and not words.missing(verdict["estimate"])
    return f"{text}, {verdict['method']}" if verdict is not None and known else text


SECTIONS: dict[str, Callable[[Results], list[Grid]]] = {
    "volumes": volumes,
    "response": response,
    "times": times,
    "surrogate": surrogate,
    "treatment": treatment,
}


def _endpoints(results: Results) -> list[str]:
    primary = results.config.endpoint.primary
    return [primary, *(name for name in ("TTP", "PFS") if name != primary)]


def _strata(results: Results, analysis: str, table: str = "agreement") -> list[str]:
    found = results.select(table, analysis=analysis)["stratum"].dropna()
    return [str(name) for name in dict.fromkeys(found) if name != "all"]


def _present(*grids: Grid | None) -> list[Grid]:
    return [grid for grid in grids if grid is not None]
