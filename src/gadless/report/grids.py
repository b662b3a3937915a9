"""Result tables laid out for the page: rows of words under headed columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless import vocabulary
from gadless.report import words
from gadless.report.results import Results
from gadless.vocabulary.names import ARM, COMMON
from gadless.vocabulary.survival import CONCLUSION, OTHER_ASSUMPTIONS

_MAPS = {"zero_map": "map of zeros", "mean_map": "map of the mean"}


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


def as_frame(grid: Grid | None) -> pd.DataFrame:
    """Return a grid as a table to be written; empty where there is none."""
    if grid is None:
        return pd.DataFrame()
    columns = [column or "figure" for column in grid.columns]
    return pd.DataFrame(grid.rows, columns=columns)


def cell(row: pd.Series | None) -> str:
    """Write a row of a result table: estimate, interval, counts and p-value where there are any."""
    if row is None:
        return words.DASH
    if row["term"] == CONCLUSION:
        return words.outcome(row) or words.DASH
    parts = [words.brief(row), words.fraction(row)]
    if not words.missing(row["p"]):
        tested = words.p_value(row["p"])
        # A test without an estimate is its p-value.
        parts = [tested] if words.missing(row["estimate"]) else [*parts, tested]
    return ", ".join(part for part in parts if part)


def _captioned(caption: str, rows: pd.DataFrame) -> str:
    return f"{caption} {words.levels(rows)}".strip()


def _first(rows: pd.DataFrame, column: str, name: str) -> pd.Series | None:
    matching = rows[rows[column] == name]
    return None if matching.empty else matching.iloc[0]


def on_each(
    results: Results, table: str, title: str, caption: str, analysis: str, **where: Any
) -> Grid | None:
    """Lay out the terms of one analysis as rows, a column for each contrast that it is about.

    Parameters
    ----------
    results : Results
    table : str
        ``agreement`` or ``survival``.
    title, caption, analysis : str
    **where
        Further conditions on the rows.

    Returns
    -------
    Grid or None
        None where the table has no such row.
    """
    found = results.select(table, analysis=analysis, candidate=None, **where)
    found = found[found["contrast"].notna()]
    if found.empty:
        return None
    own, present = results.config.shown, list(dict.fromkeys(found["contrast"]))
    # What is no contrast of the trial (a map of zeros) stands last.
    names = [name for name in own if name in present]
    names += [name for name in present if name not in own]
    rows = []
    for term in dict.fromkeys(found["term"]):
        of_term = found[found["term"] == term]
        cells = [cell(_first(of_term, "contrast", name)) for name in names]
        rows.append((vocabulary.term(analysis, term).label, *cells))
    columns = ("", *(_MAPS.get(name, results.label(name)) for name in names))
    return Grid(title, _captioned(caption, found), columns, tuple(rows), table)


def paired(
    results: Results, table: str, title: str, caption: str, analysis: str, **where: Any
) -> Grid | None:
    """Lay out the terms of one analysis as rows, a column for each candidate.

    A figure of the pair on one contrast has a row for the reference and one for the candidate.
    """
    names = results.config.candidates
    found = results.select(table, analysis=analysis, **where)
    found = found[found["candidate"].isin(names)]
    if found.empty:
        return None
    reference, rows = results.config.reference, []
    alone, of_reference = found["contrast"].isna(), found["contrast"] == reference
    for term in dict.fromkeys(found["term"]):
        label = vocabulary.term(analysis, term).label
        for which, said in (
            (alone, label),
            (of_reference, f"{label}: {results.label(reference)}"),
            (~alone & ~of_reference, f"{label}: the candidate"),
        ):
            chosen = found[(found["term"] == term) & which]
            if len(chosen):
                rows.append((said, *(cell(_first(chosen, "candidate", name)) for name in names)))
    columns = ("", *(results.label(name) for name in names))
    return Grid(title, _captioned(caption, found), columns, tuple(rows), table)


def by_stratum(
    results: Results,
    table: str,
    title: str,
    caption: str,
    analysis: str,
    terms: Sequence[str],
    *,
    prefix: str,
    pairs: bool,
    **where: Any,
) -> Grid | None:
    """Lay out strata, and candidates (`pairs`) or contrasts, as rows; the terms as columns."""
    found = results.select(table, analysis=analysis, **where)
    if pairs:
        column, names = "candidate", results.config.candidates
        found = found[found["contrast"].isna()]
    else:
        column, names = "contrast", results.config.shown
        found = found[found["candidate"].isna()]
    found = found[found["stratum"].astype("string").str.startswith(prefix, na=False)]
    rows = []
    for stratum in dict.fromkeys(found["stratum"]):
        for name in names:
            here = found[(found["stratum"] == stratum) & (found[column] == name)]
            if here.empty:
                continue
            cells = [cell(_first(here, "term", term)) for term in terms]
            size = words.number(here["n"].max(), 0)
            rows.append((words.stratum(stratum), results.label(name), size, *cells))
    if not rows:
        return None
    labels = (vocabulary.term(analysis, term).label for term in terms)
    columns = ("Stratum", column.capitalize(), "n", *labels)
    return Grid(title, _captioned(caption, found), columns, tuple(rows), table)


def strata(results: Results, title: str, caption: str, analysis: str) -> Grid | None:
    """Lay out the strata of an analysis of agreement as rows, a column for each candidate."""
    names = results.config.candidates
    found = results.select("agreement", analysis=analysis, contrast=None)
    found = found[found["candidate"].isin(names)]
    if found.empty:
        return None
    rows = []
    for stratum, group in found.groupby("stratum", sort=False):
        cells = [cell(_first(group, "candidate", name)) for name in names]
        rows.append((words.stratum(stratum), *cells))
    columns = ("Visits", *(results.label(name) for name in names))
    return Grid(title, _captioned(caption, found), columns, tuple(rows), "agreement")


def sensitivity(
    results: Results, table: str, title: str, caption: str, analysis: str, term: str, **where: Any
) -> Grid | None:
    """Lay out one paired term under every criteria set and analysis set."""
    names = results.config.candidates
    found = results.select(table, analysis=analysis, term=term, contrast=None, **where)
    found = found[found["candidate"].isin(names)]
    if found.empty:
        return None
    rows = []
    for (criteria, visits), group in found.groupby(
        ["criteria", "analysis_set"], sort=False, dropna=False
    ):
        cells = [cell(_first(group, "candidate", name)) for name in names]
        name = words.DASH if words.missing(criteria) else str(criteria)
        rows.append((name, vocabulary.analysis_set(str(visits)).label, *cells))
    columns = ("Criteria", "Analysis set", *(results.label(name) for name in names))
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
        found = results.select(table, criteria=results.primary, contrast=None, **where)
        found = found[found["candidate"].isin(names)]
        if not found.empty:
            used.append(found)
        for key, group in found.groupby(
            ["term", "analysis", "stratum", "analysis_set"], sort=False
        ):
            term, analysis, stratum, visits = map(str, key)
            said = vocabulary.term(analysis, term).label
            if stratum.startswith(ARM):
                said += f", {words.stratum(stratum)}"
            cells = [cell(_first(group, "candidate", name)) for name in names]
            rows.append((said, vocabulary.analysis_set(visits).label, *cells))
    if not rows:
        return None
    columns = ("Figure", "Analysis set", *(results.label(name) for name in names))
    captioned = _captioned(caption, pd.concat(used))
    return Grid(title, captioned, columns, tuple(rows), "agreement and survival")


def under_assumptions(
    results: Results, title: str, primary: str, term: str, **where: Any
) -> Grid | None:
    """Lay out a hazard ratio of each pair and its ratio, under the primary analysis and others."""
    here = {"criteria": results.primary, "analysis_set": COMMON, **where}
    reference, ratio = results.config.reference, f"{term}_ratio"
    rows, used, analyses = [], [], set()
    for candidate in results.config.candidates:
        for analysis in (primary, *OTHER_ASSUMPTIONS):
            found = results.select("survival", analysis=analysis, **here)
            # A row on one contrast may be of a pair, or of no pair.
            found = found[(found["candidate"] == candidate) | found["candidate"].isna()]
            single, compared = found[found["term"] == term], found[found["term"] == ratio]
            if single.empty:
                continue
            analyses.add(analysis)
            used += [single, compared]
            cells = [cell(_first(single, "contrast", name)) for name in (reference, candidate)]
            cells.append(cell(_first(compared, "candidate", candidate)))
            label = vocabulary.ANALYSES[analysis].label
            rows.append((label, results.label(candidate), *cells))
    if len(analyses) < 2:
        return None
    columns = ("Analysis", "Candidate", f"On {results.label(reference)}", "On the candidate")
    caption = (
        "One assumption changed at a time, on the visits of each pair; last, the ratio of candidate"
        " to reference. No interval means too few sites, or too few resamples that could be fitted."
    )
    intervals = pd.concat([part for part in used if not part.empty])
    captioned = _captioned(caption, intervals)
    return Grid(title, captioned, (*columns, "Ratio"), tuple(rows), "survival")
