"""The training curve: a table, and TensorBoard's event files where that is installed."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from gadless.files import write_text

logger = logging.getLogger(__name__)

_SAID = (
    "no TensorBoard here: the curve goes to %s alone (for event files, install `gadless[train]`)"
)


class Curve:
    """Rows of loss terms and figures on held-out exams, one a validation.

    Parameters
    ----------
    path : Path
        The table (TSV); event files go to a folder of the same name, ending in ``.events``.
    rows : list of dict
        Of a training that goes on; later ones in the event files are struck out.
    """

    def __init__(self, path: Path, rows: list[dict[str, Any]]) -> None:
        self.path, self.rows = path, rows
        self._writer = _writer(path, rows[-1]["step"] if rows else 0)

    def add(self, row: dict[str, Any]) -> None:
        """Add a row, and write."""
        self.rows.append(row)
        table = pd.DataFrame(self.rows).to_csv(sep="\t", index=False, na_rep="NA")
        write_text(table, self.path)
        if self._writer is not None:
            for name, value in row.items():
                self._writer.add_scalar(name, value, row["step"])
            self._writer.flush()

    def close(self) -> None:
        """Close the event files."""
        if self._writer is not None:
            self._writer.close()


def _writer(path: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        logger.info(_SAID, path)
        return None
    return SummaryWriter(path.with_suffix(".events"), purge_step=step + 1)
