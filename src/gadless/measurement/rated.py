"""Exams that a reader rates wrong become not evaluable, with that reason."""

from collections.abc import Mapping

import pandas as pd

from gadless.measurement.flow import STOPPED
from gadless.trial.columns import CLINICAL, MEASUREMENTS
from gadless.trial.rating_columns import RATINGS, WRONG

Exam = tuple[str, str, str]

_STAY = {"patient", "visit", "day", "contrast", "evaluable", "reason"}
_STAY |= {column.name for column in CLINICAL}
_MEASURES = [column.name for column in MEASUREMENTS if column.name not in _STAY]


def with_ratings(
    tables: Mapping[str, pd.DataFrame], ratings: pd.DataFrame | None, reference: str
) -> dict[str, pd.DataFrame]:
    """Take what was measured on rejected exams out of the trial's tables, and add the ratings.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``measurements``, ``lesions``, ``image_metrics`` and ``flow`` are looked at.
    ratings : DataFrame or None
        Columns `gadless.trial.columns.RATINGS`.
    reference : str
        Where its image is wrong, no image of the visit was compared with anything.

    Returns
    -------
    dict of str to DataFrame
        The tables, and ``ratings``. A rejected exam has no measure and no lesion; ``reason`` and
        the last stage that it reached in ``flow`` say who rejected it and why. What was not
        evaluable before keeps its own reason.
    """
    names = [column.name for column in RATINGS]
    if ratings is None:
        return {**tables, "ratings": pd.DataFrame(columns=names)}
    wrong = rejected(ratings)
    return {
        **tables,
        "ratings": ratings,
        "measurements": _measurements(tables["measurements"], wrong),
        "lesions": _without(tables["lesions"], wrong),
        "image_metrics": _metrics(tables["image_metrics"], wrong, reference),
        "flow": _flow(tables["flow"], wrong),
    }


def rejected(ratings: pd.DataFrame) -> dict[Exam, str]:
    """Return every rejected exam (patient, visit, contrast) and why, its readers in one line."""
    found: dict[Exam, list[str]] = {}
    for row in ratings[ratings["rating"] == WRONG].to_dict("records"):
        by = "" if pd.isna(row["reader"]) else f" by {row['reader']}"
        why = "" if pd.isna(row["comment"]) else f": {row['comment']}"
        key = (str(row["patient"]), str(row["visit"]), str(row["contrast"]))
        found.setdefault(key, []).append(f"rated wrong{by}{why}")
    return {key: "; ".join(reasons) for key, reasons in found.items()}


def _exams(table: pd.DataFrame) -> pd.Series:
    columns = (table[name].astype("string") for name in ("patient", "visit", "contrast"))
    keys = list(zip(*columns, strict=True))
    return pd.Series(keys, index=table.index, dtype=object)


def _measurements(table: pd.DataFrame, wrong: Mapping[Exam, str]) -> pd.DataFrame:
    reasons = _exams(table).map(wrong)
    found = table.copy()
    if "evaluable" not in found:
        found["evaluable"] = pd.array([1] * len(found), dtype="Int64")
    if "reason" not in found:
        found["reason"] = pd.Series(pd.NA, found.index, dtype="string")
    before = found["evaluable"].fillna(1).astype(int) == 1
    refused = reasons.notna() & before
    found["evaluable"] = found["evaluable"].mask(refused, 0)
    found["reason"] = found["reason"].astype("string").mask(refused, reasons.astype("string"))
    for name in (name for name in _MEASURES if name in found):
        found[name] = found[name].mask(refused)
    return found


def _without(table: pd.DataFrame, wrong: Mapping[Exam, str]) -> pd.DataFrame:
    return table[_exams(table).map(wrong).isna().to_numpy(dtype=bool)].reset_index(drop=True)


def _metrics(table: pd.DataFrame, wrong: Mapping[Exam, str], reference: str) -> pd.DataFrame:
    visits = {key[:2] for key in wrong if key[2] == reference}
    kept = _without(table, wrong)
    gone = _exams(kept).map(lambda key: key[:2] in visits).astype(bool)
    return kept[~gone].reset_index(drop=True)


def _flow(table: pd.DataFrame, wrong: Mapping[Exam, str]) -> pd.DataFrame:
    """Stop each rejected exam at the last stage that it reached."""
    exams = _exams(table)
    reasons = exams.map(wrong)
    last = ~exams.duplicated(keep="last")
    stopped = reasons.notna() & last & (table["outcome"] != STOPPED)
    found = table.copy()
    found["outcome"] = found["outcome"].astype("string").mask(stopped, STOPPED)
    found["reason"] = found["reason"].astype("string").mask(stopped, reasons.astype("string"))
    return found
