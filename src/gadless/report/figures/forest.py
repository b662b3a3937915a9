"""Forest plots: hazard ratios of death on progression, and of treatment, under each contrast."""

import pandas as pd

from gadless.report import words
from gadless.report.drawing import Drawing, canvas, styled
from gadless.report.figures.intervals import Row, draw_rows, ratio_axis
from gadless.report.results import Results
from gadless.vocabulary.names import ALL, OS, PFS, TTP
from gadless.vocabulary.survival import (
    HR_PROGRESSION,
    SURROGATE_FIXED,
    SURROGATE_LANDMARK,
    SURROGATE_TIME_DEPENDENT,
    TREATMENT_EFFECT,
    TREATMENT_HR,
)

SURROGATE = "forest_surrogate"
TREATMENT = "forest_treatment"


@styled
def draw_surrogate(results: Results) -> Drawing:
    """Draw the hazard ratio of death on progression, one row a contrast in each model."""
    arms = set(results.table("patients")["arm"].dropna())
    treatment = ["treatment"] if len(arms) > 1 else []
    drawing = Drawing(
        name=SURROGATE,
        title="Overall survival on progression, by where the contrast came from",
        caption=(
            "Hazard ratio of death, progressed against not, adjusted for "
            + words.listing([*treatment, *results.config.statistics.covariates] or ["nothing"])
            + f"; criteria {results.primary}, each contrast on its own visits. The landmark and"
            " time-dependent models"
            " use progression only from the day it is known; the last group treats it as known from"
            " the start and is biased by immortal time. Similar ratios never suffice for"
            " equivalence."
        ),
    )
    rows: list[Row] = []
    for title, where in _models(results):
        group = [
            Row.of(
                results.label(contrast),
                position,
                results.first("survival", term=HR_PROGRESSION, contrast=contrast, **where),
            )
            for position, contrast in enumerate(results.config.shown)
        ]
        rows += [Row.title(title), *group]
    return _forest(drawing, rows, "Hazard ratio of death (log scale)", results)


def _models(results: Results) -> list[tuple[str, dict[str, str]]]:
    """Return the models that the table holds, unbiased ones first."""
    own = {"criteria": results.primary, "analysis_set": ALL}
    models = [("Time-dependent", own | {"analysis": SURROGATE_TIME_DEPENDENT})]
    landmarks = results.select("survival", analysis=SURROGATE_LANDMARK, **own)["stratum"]
    models += [
        (
            words.stratum(name).capitalize(),
            own | {"analysis": SURROGATE_LANDMARK, "stratum": name},
        )
        for name in dict.fromkeys(landmarks.dropna())
    ]
    models.append((SURROGATE_FIXED.label, own | {"analysis": SURROGATE_FIXED}))
    return [(title, where) for title, where in models if len(results.select("survival", **where))]


@styled
def draw_treatment(results: Results) -> Drawing:
    """Draw the treatment's hazard ratio on each endpoint under each contrast."""
    drawing = Drawing(
        name=TREATMENT,
        title="The trial's own conclusion: treatment effect under each contrast",
        caption=(
            "Hazard ratio of treatment"
            + _against(results)
            + f"; criteria {results.primary}, each contrast on its own visits. TTP:"
            " cause-specific, deaths censored. Overall survival does not depend on the contrast."
            " p: Wald's; the log-rank test decides what the trial concludes."
        ),
    )
    rows: list[Row] = []
    for endpoint, arm in _effects(results):
        where = {"analysis": TREATMENT_EFFECT, "term": TREATMENT_HR, "endpoint": endpoint}
        where |= {"stratum": arm}
        rows.append(Row.title(f"{endpoint}, {arm.partition(':')[2]}"))
        if endpoint == OS:
            overall = results.first("survival", **where)
            rows.append(Row.of("any contrast", 0, overall, _p(overall)))
            continue
        where |= {"criteria": results.primary, "analysis_set": ALL}
        rows += [
            Row.of(results.label(contrast), position, found, _p(found))
            for position, contrast in enumerate(results.config.shown)
            for found in [results.first("survival", contrast=contrast, **where)]
        ]
    return _forest(drawing, rows, "Hazard ratio of treatment (log scale)", results)


def _effects(results: Results) -> list[tuple[str, str]]:
    """Endpoint and arm of each group of rows, the primary endpoint first."""
    found = results.select("survival", analysis=TREATMENT_EFFECT, term=TREATMENT_HR)
    found = found[found["stratum"].notna()]
    order = [results.config.endpoint.primary, PFS, TTP, OS]
    pairs = dict.fromkeys(zip(found["endpoint"], found["stratum"], strict=True))
    return sorted(pairs, key=lambda pair: (order.index(pair[0]), pair[1]))


def _against(results: Results) -> str:
    arms = sorted(results.table("patients")["arm"].dropna().unique())
    tested = {
        str(name).partition(":")[2]
        for name in results.select("survival", term=TREATMENT_HR)["stratum"].dropna()
    }
    control = [arm for arm in arms if arm not in tested]
    return f" against {control[0]}" if len(control) == 1 else ""


def _p(found: pd.Series | None) -> str:
    return "" if found is None or words.missing(found["p"]) else words.p_value(found["p"])


def _forest(drawing: Drawing, rows: list[Row], label: str, results: Results) -> Drawing:
    if results.unfollowed:
        return drawing.without(results.unfollowed)
    if all(row.estimate != row.estimate for row in rows):
        reason = _why_absent(results)
        return drawing.without(reason)
    figure = canvas(0.9 + 0.26 * len(rows))
    axes = figure.subplots()
    draw_rows(axes, rows, ratio_axis(axes, rows))
    axes.set_xlabel(label)
    alt, heading = [], ""
    for row in rows:
        if row.heading:
            heading = row.label
        else:
            alt.append(f"{heading}, {row.label}: {row.beside}")
    return drawing.drawn(figure, "; ".join(alt) + ".")


def _why_absent(results: Results) -> str:
    """Reason given by the statistics, if they gave one."""
    for cell in results.table("survival")["warning"].dropna():
        return f"No hazard ratio could be estimated: {words.warnings(cell)[0]}."
    return "No model of survival could be estimated from these patients."
