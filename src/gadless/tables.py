"""Result tables: TSV for people and R, Parquet beside it."""

from pathlib import Path

import pandas as pd

from gadless.files import written_whole

# Read as text, whatever they look like.
_NAMES = (
    *("patient", "visit", "baseline_visit", "nadir_visit", "lesion", "arm", "site"),
    *("contrast", "reference", "candidate"),
)
IDENTIFIERS = dict.fromkeys(_NAMES, str)
MISSING = "NA"
# Counts, days and flags: whole numbers also where some are missing.
_WHOLE = (
    *("day", "days", "event", "os_days", "os_event", "treatment_day", "radiotherapy_end_day"),
    *("new_therapy_day", "last_contact_day", "evaluable", "lesions", "measurable_lesions"),
    *("new_lesion", "measurable", "new", "t2flair_worse", "outside_field", "histology_pd"),
    "planned_day",
)


def write_table(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a table as TSV with a header and `NA` for missing, and as Parquet beside it.

    Parameters
    ----------
    frame : DataFrame
        The index is not written.
    path : path ending in ``.tsv``
    """
    target = Path(path)
    whole = [name for name in _WHOLE if name in frame]
    frame = frame.astype(dict.fromkeys(whole, "Int64"))
    with written_whole(target) as scratch:
        frame.to_csv(scratch, sep="\t", index=False, na_rep=MISSING, lineterminator="\n")
    with written_whole(target.with_suffix(".parquet")) as scratch:
        frame.assign(**_one_type(frame)).to_parquet(scratch, index=False)


def _one_type(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns that hold numbers and text, as text: Parquet wants one type a column."""
    return {
        str(name): cells.astype("string")
        for name, cells in frame.items()
        if pd.api.types.infer_dtype(cells).startswith("mixed")
    }


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a result table; identifiers and names stay text, ``NA`` is missing."""
    return pd.read_csv(
        path,
        sep="\t",
        dtype=IDENTIFIERS,
        na_values=[MISSING],
        keep_default_na=False,
        # Types are told from whole columns, not chunk by chunk.
        low_memory=False,
    )
