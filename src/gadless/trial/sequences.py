"""The columns of a visits sheet, from the sequences of the exam and what others made of it."""

from collections.abc import Iterable, Mapping

from gadless.trial.brought import brought_columns
from gadless.trial.columns import CLINICAL, VISITS, Column
from gadless.trial.config import Config
from gadless.trial.config.sequences import Sequence, built_in

__all__ = ["Sequence", "built_in", "column", "columns_of", "path_columns", "visit_columns"]


def column(name: str, sequence: Sequence) -> Column:
    """Return the column of the visits sheet that holds a sequence's scans."""
    said = (
        "T1 after gadolinium; empty: none given."
        if sequence.enhanced
        else "T1 before contrast."
        if name == "t1"
        else f"{sequence.title}."
    )
    return Column(name, "path", said, sequence.required, also=sequence.also)


def visit_columns(
    sequences: Mapping[str, Sequence], brought: Iterable[Column] = ()
) -> tuple[Column, ...]:
    """Return the columns of a visits sheet: who and when, the scans, what others made, the clinic.

    Parameters
    ----------
    sequences : mapping of str to Sequence
    brought : iterable of Column
        Columns of images and masks that were made elsewhere.
    """
    visit = tuple(one for one in VISITS if one not in CLINICAL)
    scans = tuple(column(name, sequence) for name, sequence in sequences.items())
    return (*visit, *scans, *brought, *CLINICAL)


def columns_of(config: Config) -> tuple[Column, ...]:
    """Return the columns of a trial's visits sheet."""
    return visit_columns(config.sequences, brought_columns(config.readings))


def path_columns(config: Config) -> tuple[str, ...]:
    """Names of the columns that hold files: scans, and what others made of them."""
    return tuple(column.name for column in columns_of(config) if column.kind == "path")
