"""Cells of a sheet that name a scan which the table of series uses no more."""

from pathlib import Path

from gadless.intake.found import VISITS, Said
from gadless.intake.listing import Listing
from gadless.intake.sheet import from_sheet, read_rows
from gadless.intake.visits import SCANS


def stale_cells(trial: Path, listing: Listing) -> list[Said]:
    """Say which cells a person took the series from: the sheet is theirs, and is not changed.

    Parameters
    ----------
    trial : Path
    listing : Listing
        With what is in use, by hand or as proposed.
    """
    path = trial / VISITS
    used = {
        from_sheet(trial / SCANS / patient / visit / f"{sequence}.nii.gz", path)
        for patient, visit, sequence in listing.used
    }
    said = []
    for row in read_rows(path).rows:
        stale = [
            column
            for column, cell in row.items()
            if cell is not None and cell.startswith(f"{SCANS}/") and cell not in used
        ]
        if stale:
            what = (
                f"{VISITS} has {', '.join(stale)} that no series in use is any more (series.tsv):"
                " empty the cells or remove the row, or set `use` to 1"
            )
            said.append(Said("fault", what, row.get("patient") or "", row.get("visit") or ""))
    return said
