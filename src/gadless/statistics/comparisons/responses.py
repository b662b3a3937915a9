"""Agreement of response categories and of progression, patients first."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gadless.response.censoring import load_censoring
from gadless.response.courses import is_progression, seen
from gadless.response.records import optional
from gadless.response.rules import Rule
from gadless.statistics.comparisons import progression
from gadless.statistics.estimators import categories, library
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.estimators.categories import RESPONSES
from gadless.statistics.rows import Rows
from gadless.statistics.study import OWN, PAIR, Analysis, Study
from gadless.statistics.tables import TrialTables, rows_of
from gadless.vocabulary.names import NOT_PROGRESSED, PROGRESSED
from gadless.vocabulary.responses import (
    AC1,
    AGREEMENT,
    BEST_RESPONSE,
    EXCLUDED_IMAGELESS,
    EXCLUDED_NE,
    KAPPA,
    KAPPA_WEIGHTED,
    PROGRESSION_STATUS,
    STUART_MAXWELL,
    VISIT_RESPONSE,
)

NE = "NE"
COLUMNS = (
    "criteria",
    "analysis_set",
    "analysis",
    "reference",
    "candidate",
    "reference_response",
    "candidate_response",
    "count",
)


def best(study: Study, tables: TrialTables, analysis: Analysis, candidate: str) -> pd.DataFrame:
    """Best response of each patient on both: ``patient reference candidate``; absent is NE."""
    chosen = rows_of(tables.best_response, *analysis)
    wide = _wide(chosen, ["patient"], "best_response")
    wide = wide.reindex(study.cohort.patients)
    return _two(wide, study.config.reference, candidate).reset_index()


def _wide(rows: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    return rows.set_index([*keys, "contrast"])[value].unstack("contrast")  # noqa: PD010


def _two(wide: pd.DataFrame, reference: str, candidate: str) -> pd.DataFrame:
    both = pd.DataFrame(index=wide.index.copy())
    for name, contrast in (("reference", reference), ("candidate", candidate)):
        known = wide[contrast] if contrast in wide else pd.Series(NE, index=wide.index)
        both[name] = known.where(known.isin(RESPONSES), NE)
    return both


def visits(study: Study, tables: TrialTables, analysis: Analysis, candidate: str) -> pd.DataFrame:
    """Categories after both baselines up to the first progression on either contrast.

    A refuted progression ends nothing.

    Returns
    -------
    DataFrame
        ``patient visit day reference candidate baseline_visit imageless``; the last is whether a
        decline judged the visit, on either contrast without an image to compare.
    """
    reference = study.config.reference
    chosen = rows_of(tables.response, *analysis)
    chosen = chosen[chosen["contrast"].isin([reference, candidate])]
    keys = ["patient", "visit", "day"]
    wide = _wide(chosen, keys, "response")
    both = _two(wide, reference, candidate).reset_index()
    baseline = _baseline_days(chosen)
    both = both.merge(baseline, on="patient", how="left")
    both = both[(both["day"] > both["baseline_day"]) | both["baseline_day"].isna()]
    first = _first_progression(study, chosen)
    last = both["patient"].map(first).astype(float).fillna(np.inf)
    both = both[both["day"] <= last].reset_index(drop=True)
    declines = _imageless(chosen)
    keyed = zip(both["patient"], both["visit"], strict=True)
    return both.assign(imageless=np.array([key in declines for key in keyed], dtype=bool))


def _imageless(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Find patient and visit of declines without an evaluable image.

    A table from elsewhere may not tell.
    """
    if not {"rule", "value"} <= set(rows):
        return set()
    declined = rows["rule"].astype("string").str.startswith(Rule.CLINICAL_DECLINE, na=False)
    found = rows[declined.to_numpy(dtype=bool) & rows["value"].isna().to_numpy()]
    return set(zip(found["patient"], found["visit"], strict=True))


def _first_progression(study: Study, rows: pd.DataFrame) -> pd.Series:
    """Day of each patient's first progression that counts, on any contrast of the rows."""
    settings, censoring = study.config.response, load_censoring(study.config.endpoint)
    # A table from elsewhere may not tell of confirmation; its progressions then count.
    how = optional(rows, "confirmed", str) if "confirmed" in rows else ["not_needed"] * len(rows)
    shown = [0.0 if there else None for there in seen(rows)]
    counted = [
        is_progression({"response": one, "confirmed": two, "value": three}, settings, censoring)
        for one, two, three in zip(rows["response"], how, shown, strict=True)
    ]
    return rows[np.array(counted, dtype=bool)].groupby("patient")["day"].min()


def _baseline_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Day of each patient's baseline; the later one where contrasts have their own."""
    if "baseline_visit" not in rows:
        return pd.DataFrame(
            {"patient": pd.Series(dtype=str), "baseline_day": [], "baseline_visit": []}
        )
    named = rows.dropna(subset=["baseline_visit"])[["patient", "baseline_visit"]]
    named = named.drop_duplicates().astype(str)
    days = rows[["patient", "visit", "day"]].drop_duplicates(["patient", "visit"])
    joined = named.merge(
        days, left_on=["patient", "baseline_visit"], right_on=["patient", "visit"], how="left"
    )
    joined = joined.rename(columns={"day": "baseline_day"}).sort_values("baseline_day")
    return joined.drop_duplicates("patient", keep="last")[
        ["patient", "baseline_visit", "baseline_day"]
    ]


def write_rows(rows: Rows, study: Study, tables: TrialTables) -> pd.DataFrame:
    """Add the rows of `best_response`, `visit_response`, `progression_status`.

    Returns
    -------
    DataFrame
        ``confusion.tsv``.
    """
    confusion: list[pd.DataFrame] = []
    reference = study.config.reference
    for analysis, candidate in combinations(study):
        labels = {
            "criteria": analysis.criteria,
            "analysis_set": analysis.analysis_set,
            "reference": reference,
            "candidate": candidate,
        }
        here = rows.under(**labels)
        if analysis.analysis_set in (OWN, PAIR):
            by_patient = best(study, tables, analysis, candidate)
            by_visit = visits(study, tables, analysis, candidate)
            for kind, level, table in (
                (BEST_RESPONSE, "patient", by_patient),
                (VISIT_RESPONSE, "visit", by_visit),
            ):
                at_level = here.under(analysis=kind, level=level)
                judged = _by_image(at_level, table)
                _categories(at_level, study, judged)
                named = {**labels, "analysis": str(kind)}
                confusion.append(_confusion(judged, (*RESPONSES, NE), named))
        first, second = (
            study.endpoint(analysis, contrast, "TTP") for contrast in (reference, candidate)
        )
        shared = here.under(analysis=PROGRESSION_STATUS, level="patient")
        progression.write_rows(shared, study, first, second)
        compared = first.comparable(second)
        status = pd.DataFrame(
            {
                "reference": _status(first.event[compared]),
                "candidate": _status(second.event[compared]),
            }
        )
        named = {**labels, "analysis": str(PROGRESSION_STATUS)}
        confusion.append(_confusion(status, (PROGRESSED, NOT_PROGRESSED), named))
    if not confusion:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(confusion)[list(COLUMNS)]


def _by_image(rows: Rows, table: pd.DataFrame) -> pd.DataFrame:
    """Leave out, and count, the pairs that no image judged: they say nothing of the images."""
    if "imageless" not in table:
        return table
    method = "share of pairs, judged by a decline alone; Wilson interval"
    rows.share(EXCLUDED_IMAGELESS, int(table["imageless"].sum()), len(table), method=method)
    return table[~table["imageless"]]


def combinations(study: Study) -> Iterator[tuple[Analysis, str]]:
    """Every analysis with each candidate that it compares."""
    for criteria in study.criteria:
        for analysis in study.analyses(criteria):
            for candidate in study.candidates(analysis):
                yield analysis, candidate


def _status(event: np.ndarray) -> np.ndarray:
    return np.where(event, PROGRESSED, NOT_PROGRESSED)


def _confusion(table: pd.DataFrame, order: tuple[str, ...], labels: dict[str, str]) -> pd.DataFrame:
    counts = table.groupby(["reference", "candidate"]).size()
    cells = pd.MultiIndex.from_product([order, order])
    filled = counts.reindex(cells, fill_value=0)
    frame = pd.DataFrame(
        {
            "reference_response": cells.get_level_values(0),
            "candidate_response": cells.get_level_values(1),
            "count": filled.to_numpy(dtype=int),
        }
    )
    return frame.assign(**labels)


def _categories(rows: Rows, study: Study, table: pd.DataFrame) -> None:
    rated = (table["reference"] != NE) & (table["candidate"] != NE)
    excluded = int((~rated).sum())
    rows.share(
        EXCLUDED_NE, excluded, len(table), method="share of pairs, either NE; Wilson interval"
    )
    kept = table[rated]
    used = {*kept["reference"], *kept["candidate"], *study.scale(str(rows.shared["criteria"]))}
    scale = [name for name in RESPONSES if name in used]
    code = {name: at for at, name in enumerate(scale)}
    first, second = kept["reference"].map(code), kept["candidate"].map(code)
    weights = study.weights[:, study.cohort.position(kept["patient"])]
    counts = categories.confusion(
        first.to_numpy(dtype=int), second.to_numpy(dtype=int), weights, len(scale)
    )
    alike = int((first == second).sum())
    n = len(kept)
    by_patient = rows.shared["level"] == "patient"
    if by_patient:
        rows.share(AGREEMENT, alike, n)
    else:
        value = Bootstrapped.of(categories.agreement(counts))
        rows.figure(AGREEMENT, value, n=n, events=alike, method="share of visits")
    single = len(set(first) | set(second)) < 2
    undefined = "one category only: kappa is undefined" if single and n else ""
    for term, linear, method in (
        (KAPPA_WEIGHTED, True, "Cohen's kappa, linear weights"),
        (KAPPA, False, "Cohen's kappa"),
    ):
        value = library.settle(
            Bootstrapped.of(categories.kappa(counts, linear=linear)),
            library.kappa(counts[0], linear=linear),
            "statsmodels",
        )
        rows.figure(term, value, n=n, method=method, warning=undefined)
    rows.figure(AC1, Bootstrapped.of(categories.ac1(counts)), n=n, method="Gwet's AC1")
    if by_patient:
        statistic, p, freedom = categories.stuart_maxwell(counts[0])
        rows.add(
            STUART_MAXWELL,
            statistic,
            p=p,
            n=n,
            method=f"Stuart-Maxwell, {freedom} df",
            warning="" if freedom else "no disagreement to test",
        )
