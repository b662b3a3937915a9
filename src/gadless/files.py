"""Reading and writing results: whole files or none."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# Read as text, whatever they look like.
_NAMES = ("patient", "visit", "baseline_visit", "nadir_visit", "lesion", "arm", "site")
IDENTIFIERS = dict.fromkeys(_NAMES, str)
MISSING = "NA"
# Counts, days and flags: whole numbers also where some are missing.
_WHOLE = (
    *("day", "days", "event", "os_days", "os_event", "treatment_day", "radiotherapy_end_day"),
    *("new_therapy_day", "last_contact_day", "evaluable", "lesions", "measurable_lesions"),
    *("new_lesion", "measurable", "new", "t2flair_worse", "outside_field", "histology_pd"),
)


@contextmanager
def written_whole(path: Path | str) -> Iterator[Path]:
    """Yield a scratch path beside `path` that replaces it only if the block succeeds."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = "".join(target.suffixes[-2:])
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-", suffix=suffix)
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        # mkstemp makes files private; results are to be shared like any other file.
        scratch.chmod(0o666 & ~_umask())
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_text(text: str, path: Path | str) -> None:
    """Write text as UTF-8, whole or not at all."""
    with written_whole(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def write_json(content: Any, path: Path | str) -> None:
    """Write sorted, indented JSON, so that equal content gives equal bytes."""
    write_text(json.dumps(content, indent=1, sort_keys=True, default=_plain) + "\n", path)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def read_json(path: Path | str) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


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


def sha256(path: Path | str) -> str:
    """Checksum of a file's content."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
