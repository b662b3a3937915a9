"""Two sheets of a trial measured elsewhere, as lines of cells, to be spoilt."""

import pandas as pd
import pytest
from measured_trial import sheets

from gadless.errors import InputError

SHEETS = {"patients": "patients.tsv", "measurements": "measurements.tsv"}


class Sheet:
    """A sheet as lines of cells, to be spoilt."""

    def __init__(self, table: pd.DataFrame) -> None:
        cells = table.astype(object).where(table.notna(), "")
        self.rows = [
            list(map(str, table.columns)),
            *(list(map(str, row)) for row in cells.to_numpy()),
        ]

    def set(self, line: int, column: str, value: object) -> "Sheet":
        self.rows[line - 1][self.rows[0].index(column)] = str(value)
        return self

    def add(self, column: str, *cells: object) -> "Sheet":
        self.rows[0].append(column)
        for at, row in enumerate(self.rows[1:]):
            row.append(str(cells[at % len(cells)]))
        return self

    def text(self, end: str = "\n") -> str:
        return "".join("\t".join(row) + end for row in self.rows)


def text_of(sheet):
    return sheet if isinstance(sheet, str) else sheet.text()


def people():
    return Sheet(sheets(20)[0])


def measured():
    return Sheet(sheets(20)[1])


def told(trial, *args, **keys):
    with pytest.raises(InputError) as caught:
        trial(*args, **keys)
    return [line.strip() for line in str(caught.value).splitlines()[1:]] or [str(caught.value)]
