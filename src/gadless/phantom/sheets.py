"""Write the committed sheets of the named cohorts: ``python -m gadless.phantom.sheets``."""

import argparse
import logging
from pathlib import Path

import pandas as pd

from gadless.files import write_text
from gadless.phantom.cohort import grow
from gadless.phantom.measurements import simulate_trial

log = logging.getLogger(__name__)


def sheets() -> dict[str, pd.DataFrame]:
    """Return every committed sheet by its path within the configuration folder."""
    demo, training = grow("demo"), grow("training")
    patients, measurements = simulate_trial(grow("simulated"))
    return {
        "demo/patients.tsv": demo.patients,
        "demo/visits.tsv": demo.visits,
        "demo/truth.tsv": demo.truth(),
        "training/patients.tsv": training.patients,
        # What networks learn from has its truth beside it, as a reader's masks would be.
        "training/visits.tsv": with_truth(training.visits),
        "training/truth.tsv": training.truth(),
        "simulated/patients.tsv": patients,
        "simulated/measurements.tsv": measurements,
    }


def with_truth(visits: pd.DataFrame) -> pd.DataFrame:
    """Name the true labels of each scanned visit as its mask, on the grid of its T1."""
    truth = visits["t1"].str.replace("/t1.nii.gz", "/truth.nii.gz", regex=False)
    named = visits.copy()
    named.insert(list(visits.columns).index("t1c") + 1, "mask_gbca", truth)
    return named


def as_tsv(sheet: pd.DataFrame) -> str:
    """Return a sheet as text: tab-separated, an empty cell where nothing is known."""
    return sheet.to_csv(sep="\t", index=False, na_rep="", lineterminator="\n")


def write_sheets(folder: Path) -> None:
    """Write every committed sheet below a configuration folder."""
    for name, sheet in sheets().items():
        write_text(as_tsv(sheet), folder / name)
        log.info("%s: %d rows", folder / name, len(sheet))


def main() -> None:
    """Regenerate the sheets of the folder given, `config` by default."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", nargs="?", default="config", type=Path)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    write_sheets(parser.parse_args().folder)


if __name__ == "__main__":
    main()
