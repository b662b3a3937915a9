"""Result tables laid out for the page: rows of words under headed columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless.report import labels, words
from gadless.report.results import Results


@dataclass(frozen=True)
class Grid:
    """A table of the page.

    Attributes
    ----------
    title, caption : str
    columns : tuple of str
        The first heads the rows' names.
    rows : tuple of tuple of str
    source : str
        The result table that every cell comes from.
    """

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str


def cell(row: pd.Series | None) -> str:
    """Write a row of a result table: estimate, interval, counts and p-value where there are any."""
    if row is None:
        return words.DASH
    if row["term"] == "conclusion":
        return words.DASH if words.missing(row["method"]) else str(row["method"])
    text = words.brief(row)
    counted = words.kind(row["term"]) == "share" and not words.missing(row["events"])
    if counted and not words.missing(row["n"]):
        text += f", {words.number(row['events'], 0)} of {words.number(row['n'], 0)}"
    if not words.missing(row["p"]):
        text += f", {words.p_value(row['p'])}"
    return text


def _captioned(caption: str, rows: pd.DataFrame) -> str:
    return f"{caption} {words.levels(rows)}".strip()


def _first(rows: pd.DataFrame, column: str, name: str) -> pd.Series | None:
    matching = rows[rows[column] == name]
    return None if matching.empty else matching.iloc[0]


def by_contrast(
    results: Results,
    table: str,
    title: str,
    caption: str,
    analysis: str,
    *,
    paired: bool,
    terms: Sequence[str] = (),
    **where: Any,
) -> Grid | None:
    """Lay out the terms of one analysis as rows, a column for each candidate (or contrast).

    Parameters
    ----------
    results : Results
    table : str
        ``agreement`` or ``survival``.
    title, caption, analysis : str
    paired : bool
        Whether the rows compare a candidate with the reference.
    terms : sequence of str
        The terms in order; empty: all that the table has, in its order.
    **where
        Further conditions on the rows.

    Returns
    -------
    Grid or None
        None where the table has no such row.
    """
    column = "candidate" if paired else "contrast"
    names = results.config.candidates if paired else results.config.contrasts
    found = results.select(table, analysis=analysis, **where)
    found = found[found[column].isin(names)]
    shown = [
        term for term in terms or dict.fromkeys(found["term"]) if (found["term"] == term).any()
    ]
    if not shown:
        return None
    rows = []
    for term in shown:
        of_term = found[found["term"] == term]
        cells = [cell(_first(of_term, column, name)) for name in names]
        rows.append((labels.term(term, analysis), *cells))
    return Grid(title, _captioned(caption, found), ("", *names), tuple(rows), table)


def by_stratum(
    results: Results,
    table: str,
    title: str,
    caption: str,
    analysis: str,
    terms: Sequence[str],
    *,
    paired: bool,
    prefix: str,
    **where: Any,
) -> Grid | None:
    """Lay out strata and contrasts as rows, the terms as columns."""
    column = "candidate" if paired else "contrast"
    names = results.config.candidates if paired else results.config.contrasts
    found = results.select(table, analysis=analysis, **where)
    found = found[found["stratum"].astype("string").str.startswith(prefix, na=False)]
    rows = []
    for stratum in dict.fromkeys(found["stratum"]):
        for name in names:
            here = found[(found["stratum"] == stratum) & (found[column] == name)]
            if here.empty:
                continue
            cells = [cell(_first(here, "term", term)) for term in terms]
            rows.append((words.stratum(stratum), name, words.number(here["n"].max(), 0), *cells))
    if not rows:
        return None
    columns = (
        "Stratum",
        column.capitalize(),
        "n",
        *(labels.term(term, analysis) for term in terms),
    )
    return Grid(title, _captioned(caption, found), columns, tuple(rows), table)


def sensitivity(
    results: Results, table: str, title: str, caption: str, analysis: str, term: str, **where: Any
) -> Grid | None:
    """Lay out one paired term under every criteria set and analysis set."""
    found = results.select(table, analysis=analysis, term=term, **where)
    found = found[found["candidate"].isin(results.config.candidates)]
    if found.empty:
        return None
    rows = []
    for (criteria, visits), group in found.groupby(
        ["criteria", "analysis_set"], sort=False, dropna=False
    ):
        cells = [cell(_first(group, "candidate", name)) for name in results.config.candidates]
        name = words.DASH if words.missing(criteria) else str(criteria)
        rows.append((name, words.ANALYSIS_SETS.get(str(visits), str(visits)), *cells))
    columns = ("Criteria", "Analysis set", *results.config.candidates)
    return Grid(title, _captioned(caption, found), columns, tuple(rows), table)


def beside(
    results: Results, title: str, caption: str, figures: Sequence[tuple[str, dict[str, Any]]]
) -> Grid | None:
    """Lay out paired figures of the primary criteria under each analysis set, one below the other.

    Parameters
    ----------
    results : Results
    title, caption : str
    figures : sequence of (str, dict)
        Table of a figure, and the conditions that name it.
    """
    names = results.config.candidates
    rows: list[tuple[str, ...]] = []
    used = []
    for table, where in figures:
        found = results.select(table, criteria=results.primary, **where)
        found = found[found["candidate"].isin(names)]
        if not found.empty:
            used.append(found)
        for key, group in found.groupby(
            ["term", "analysis", "stratum", "analysis_set"], sort=False
        ):
            term, analysis, stratum, visits = map(str, key)
            said = labels.term(term, analysis)
            if stratum.startswith("arm:"):
                said += f", {words.stratum(stratum)}"
            cells = [cell(_first(group, "candidate", name)) for name in names]
            rows.append((said, words.ANALYSIS_SETS.get(visits, visits), *cells))
    if not rows:
        return None
    columns = ("Figure", "Analysis set", *names)
    captioned = _captioned(caption, pd.concat(used))
    return Grid(title, captioned, columns, tuple(rows), "agreement and survival")


def under_assumptions(
    results: Results, title: str, primary: str, term: str, **where: Any
) -> Grid | None:
    """Lay out a hazard ratio and its paired ratios under the primary analysis and the others."""
    config = results.config
    here = {"criteria": results.primary, "analysis_set": "common", **where}
    analyses = [
        primary,
        "site_strata",
        "interval_censored",
        "last_assessment",
        "robust_patient",
        "robust_site",
    ]
    rows, used = [], []
    for analysis in analyses:
        found = results.select("survival", analysis=analysis, **here)
        single = found[found["term"] == term]
        paired = found[found["term"] == f"{term}_ratio"]
        if single.empty:
            continue
        used += [single, paired]
        cells = [cell(_first(single, "contrast", name)) for name in config.contrasts]
        cells += [cell(_first(paired, "candidate", name)) for name in config.candidates]
        rows.append((labels.ANALYSES[analysis], *cells))
    if len(rows) < 2:
        return None
    columns = ("Analysis", *config.contrasts)
    columns += tuple(f"{name} / {config.reference}" for name in config.candidates)
    caption = (
        "One assumption changed at a time; last, the ratio of candidate to reference. No interval"
        " means too few sites, or too few resamples that could be fitted."
    )
    intervals = pd.concat([part for part in used if not part.empty])
    return Grid(title, _captioned(caption, intervals), columns, tuple(rows), "survival")
