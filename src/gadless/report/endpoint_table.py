"""The table of endpoints: each endpoint on each contrast in each arm, one row."""

from typing import Any

import pandas as pd

from gadless.report import words
from gadless.report.grids import Grid, cell
from gadless.report.results import Results
from gadless.vocabulary.names import ALL, ARM, EVERYONE, OS, PFS, TTP
from gadless.vocabulary.survival import (
    MEDIAN_DAYS,
    RMST_DAYS,
    TIME_TO_EVENT,
    TREATMENT_EFFECT,
    TREATMENT_HR,
)


def endpoint_table(results: Results) -> Grid | None:
    """Lay out endpoints; None where none was estimated."""
    rows: list[tuple[str, ...]] = []
    for endpoint in (TTP, PFS):
        for contrast in results.config.shown:
            where = {"criteria": results.primary, "analysis_set": ALL, "contrast": contrast}
            rows += _rows(results, endpoint, results.label(contrast), where)
    rows += _rows(results, OS, words.DASH, {"criteria": None, "analysis_set": None})
    if not rows:
        return None
    return Grid(
        "Table of endpoints",
        f"Criteria {results.primary}, each contrast on its own visits. Hazard ratio: against the"
        f" control arm; its p-value is Wald's, and the log-rank test decides. {words.ENDPOINTS}"
        f" {words.levels(results.select('survival', analysis=TIME_TO_EVENT))}",
        (
            *("Endpoint", "Contrast", "Arm", "Patients", "Events", "Median, days"),
            *("Restricted mean, days", "Hazard ratio of treatment"),
        ),
        tuple(rows),
        "survival",
    )


def _rows(
    results: Results, endpoint: str, contrast: str, where: dict[str, Any]
) -> list[tuple[str, ...]]:
    found = results.select("survival", analysis=TIME_TO_EVENT, endpoint=endpoint, **where)
    found = found[found["candidate"].isna()]
    rows: list[tuple[str, ...]] = []
    for stratum in dict.fromkeys(found["stratum"].dropna()):
        if stratum != EVERYONE and not str(stratum).startswith(ARM):
            continue
        here = found[found["stratum"] == stratum]
        median, mean = (_term(here, term) for term in (MEDIAN_DAYS, RMST_DAYS))
        known = median if median is not None else mean
        if known is None:
            continue
        effect = results.first(
            "survival",
            analysis=TREATMENT_EFFECT,
            term=TREATMENT_HR,
            endpoint=endpoint,
            stratum=stratum,
            **where,
        )
        rows.append(
            (
                str(endpoint),
                contrast,
                "All" if stratum == EVERYONE else str(stratum).removeprefix(ARM),
                words.number(known["n"], 0),
                words.number(known["events"], 0),
                words.DASH if median is None else words.brief(median),
                words.DASH if mean is None else words.brief(mean),
                cell(effect),
            )
        )
    return rows


def _term(rows: pd.DataFrame, term: str) -> pd.Series | None:
    found = rows[rows["term"] == term]
    return None if found.empty else found.iloc[0]
