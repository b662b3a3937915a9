"""Result tables: TSV for people and R, Parquet beside it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from gadless.files import written_whole

# Text whatever it looks like: a contrast may be called `100`, a visit `007`, an arm `1e1`.
TEXT = (
    *("patient", "visit", "baseline_visit", "nadir_visit", "dated_visit", "lesion"),
    *("merged", "compartment", "steroid_reason"),
    *("arm", "site", "contrast", "reference", "candidate", "criteria", "analysis_set", "endpoint"),
    *("response", "best_response", "reference_response", "candidate_response", "confirmed"),
    *("rule", "measure", "description", "trigger", "analysis", "level", "stratum", "term"),
    *("method", "outcome", "warning", "reason", "stage", "sequence", "step", "figure", "limit"),
    *(
        "region",
        "metric",
        "size",
        "estimator",
        "clinical_status",
        "status",
        "rating",
        "comment",
        "reader",
        "key",
        "source",
        "certainty",
    ),
)
# Counts, days and flags: whole numbers also where some are missing.
WHOLE = (
    *("day", "days", "event", "os_days", "os_event", "treatment_day", "radiotherapy_end_day"),
    *("new_therapy_day", "last_contact_day", "evaluable", "lesions", "measurable_lesions"),
    *("new_lesion", "measurable", "new", "t2flair_worse", "outside_field", "histology_pd"),
    "planned_day",
    "phantom",
)
NUMBERS = (
    *WHOLE,
    *("n", "events", "count", "at_risk", "censored", "steroid_mg", "long_mm", "short_mm"),
    *("product_mm2", "volume_cm3", "enhancing_cm3", "nonenhancing_cm3", "necrosis_cm3"),
    *("abnormality_cm3", "spd_mm2", "nonenhancing_spd_mm2", "sld_mm", "value", "baseline"),
    "nadir",
    *("change_from_baseline", "change_from_nadir", "estimate", "lower", "upper", "conf_level"),
    *("p", "reference_value", "candidate_value", "difference", "mean_diameter_mm"),
    *("difference_diameter_mm", "enhancing_low_cm3", "enhancing_high_cm3"),
)
MISSING = "NA"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+(e[+-][0-9]+)?|-?[0-9]e[+-][0-9]+")


def write_table(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a table as TSV with a header and `NA` for missing, and as Parquet beside it.

    Parameters
    ----------
    frame : DataFrame
        The index is not written.
    path : path ending in ``.tsv``
    """
    target = Path(path)
    # A user's own column may have the name of a count and hold something else.
    whole = [name for name in WHOLE if name in frame and _is_whole(frame[name])]
    frame = frame.astype(dict.fromkeys(whole, "Int64"))
    with written_whole(target) as scratch:
        frame.to_csv(scratch, sep="\t", index=False, na_rep=MISSING, lineterminator="\n")
    with written_whole(target.with_suffix(".parquet")) as scratch:
        frame.assign(**_one_type(frame)).to_parquet(scratch, index=False)


def _is_whole(cells: pd.Series) -> bool:
    if pd.api.types.is_string_dtype(cells.dropna()) and cells.notna().any():
        return False
    numbers = pd.to_numeric(cells, errors="coerce").astype("Float64")
    return bool((numbers.isna() == cells.isna()).all() and (numbers.dropna() % 1 == 0).all())


def _one_type(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns that hold numbers and text, as text: Parquet wants one type a column."""
    return {
        str(name): cells.astype("string")
        for name, cells in frame.items()
        if pd.api.types.infer_dtype(cells).startswith("mixed")
    }


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a result table: `TEXT` stays text, `NUMBERS` are numbers, ``NA`` is missing.

    Columns of neither list (a user's covariates) are numbers only where these, written again, give
    the same characters: codes such as ``007`` stay as they are.
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        header = _names(file)
    return _parsed(path, header)


def read_tables(paths: Sequence[Path | str]) -> pd.DataFrame:
    """Read many tables of the same columns as one, in the order given.

    They are parsed together, since a table of one patient takes far longer to open with pandas than
    to read. Tables whose columns differ are read one by one and joined by name.
    """
    # As bytes: a cell may hold line ends of another kind.
    texts = [Path(path).read_bytes() for path in paths]
    headers = {text.partition(b"\n")[0] for text in texts}
    if len(headers) != 1 or b'"' in next(iter(headers)):
        read = [read_table(path) for path in paths]
        # An empty table has no types of its own and would turn others' numbers into objects.
        return pd.concat([table for table in read if len(table)] or read[:1], ignore_index=True)
    (header,) = headers
    rows = b"".join(text.partition(b"\n")[2].rstrip(b"\n") + b"\n" for text in texts)
    return _parsed(io.BytesIO(header + b"\n" + rows), _names([header.decode()]))


def _names(lines: Iterable[str]) -> list[str]:
    return next(csv.reader(lines, delimiter="\t"))


def _parsed(source: Path | str | io.BytesIO, header: Sequence[str]) -> pd.DataFrame:
    others = [name for name in header if name not in NUMBERS]
    frame = pd.read_csv(
        source,
        sep="\t",
        dtype=dict.fromkeys(others, str),
        na_values=[MISSING],
        keep_default_na=False,
        # Types are told from whole columns, not chunk by chunk.
        low_memory=False,
    )
    undeclared = [name for name in others if name in frame and name not in TEXT]
    return frame.assign(**{name: numbers_if_same(frame[name]) for name in undeclared})


def numbers_if_same(cells: pd.Series) -> pd.Series:
    """Return numbers where writing them gives back every cell of a text column; else the text."""
    given = cells.dropna()
    whole = given.str.fullmatch(_INTEGER).astype(bool)
    if given.empty or not (whole | given.str.fullmatch(_DECIMAL).astype(bool)).all():
        return cells
    if whole.all():
        return pd.to_numeric(cells).astype("Int64" if len(given) < len(cells) else "int64")
    # To the last digit, which pandas' own reader may miss.
    numbers = cells.astype("float64")
    same = given[~whole].map(lambda cell: repr(float(cell)) == cell).all()
    return numbers if same and numbers.nunique() == given.nunique() else cells
