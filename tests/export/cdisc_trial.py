"""A trial to export: two criteria sets, two candidates, sites, some dates, lesions."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
from measured_trial import sheets

from gadless.export.cdisc import Tables, export_cdisc
from gadless.tables import read_table
from gadless.trial.config import Config

NAMES = ("adsl", "adrs", "adtte", "adtr", "tu", "tr", "rs")
CRITERIA = ("rano2-2023-volume", "volumetric-2019")
CANDIDATES = ("cgan", "unet")


@dataclass(frozen=True)
class Exported:
    """The trial's tables, and the folder with its data sets."""

    config: Config
    tables: Tables
    trial: Path
    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        return read_table(self.trial / f"{name}.tsv")

    def read(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.xpt"
        return pyreadstat.read_xport(path, disable_datetime_conversion=True)[0]

    def again(self, folder: Path) -> Path:
        export_cdisc(self.config, self.tables, folder)
        return folder


def spoilt_sheets() -> tuple[pd.DataFrame, pd.DataFrame]:
    people, rows = sheets(36, seed=5)
    random = np.random.default_rng(3)
    other = rows[rows["contrast"] == "cgan"].assign(contrast="unet")
    other["enhancing_cm3"] = (other["enhancing_cm3"] * random.lognormal(0, 0.3, len(other))).round(
        3
    )
    rows = pd.concat([rows, other], ignore_index=True)
    # Some shrink, and stay so.
    shrunk = rows["patient"].isin([f"P{n:02}" for n in range(0, 36, 5)]) & (rows["day"] > 0)
    rows.loc[shrunk, "enhancing_cm3"] = (rows["enhancing_cm3"] * 0.1).round(3)
    failed = random.random(len(rows)) < 0.08
    rows["abnormality_cm3"] = rows["enhancing_cm3"] * 3
    rows["evaluable"] = (~failed).astype(int)
    rows["reason"] = np.where(failed, "movement", "")
    rows.loc[failed, ["enhancing_cm3", "abnormality_cm3"]] = np.nan
    people["treatment_day"] = 1
    people["new_therapy_day"] = np.where(np.arange(36) % 7 == 3, 70, np.nan)
    people["randomisation_date"] = np.where(np.arange(36) % 2, "2019-05-06", "")
    people["sex"] = np.where(np.arange(36) % 3, "female", "M")
    people["race"] = np.where(np.arange(36) % 4, "white", "Martian")
    people["site"] = np.where(np.arange(36) % 2, "north", "south")
    return people, rows


def two_lesions(measurements: pd.DataFrame) -> pd.DataFrame:
    """Two lesions of each measured visit of a few patients; of one the second in two pieces."""
    seen = measurements[measurements["evaluable"].eq(1) & measurements["patient"].le("P03")]
    rows = []
    for row in seen[["patient", "visit", "day", "contrast"]].to_dict("records"):
        for lesion, long in ((1, 20.0), (2, 12.0), (2, 6.0)):
            size = {"long_mm": long, "short_mm": long / 2, "product_mm2": long**2 / 2}
            about = {"lesion": lesion, "compartment": "enhancing", "volume_cm3": long / 10}
            known = {"measurable": int(long > 10), "new": int(lesion == 2 and row["day"] > 0)}
            rows.append(row | about | size | known | {"merged": None})
    return pd.DataFrame(rows)
