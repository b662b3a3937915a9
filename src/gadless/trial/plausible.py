"""What several cells say together that cannot be."""

from pathlib import Path

import pandas as pd

from gadless.trial.columns import (
    CENTURY,
    HEAD_CM3,
    LARGEST_MEDIAN_CM3,
    MEASUREMENTS,
    PARTS,
)
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW

# A part may exceed the whole by what rounding takes off it: half a unit of the first decimal of
# each, and what summing rounded voxels leaves.
_ROUNDING_CM3 = 0.1
_ROUNDING_SHARE = 0.01
INTERVAL = ("enhancing_low_cm3", "enhancing_cm3", "enhancing_high_cm3")
"""A volume between the ends that its network states, which are given both or not at all."""


def check_parts(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note the worst row in which a part of the tumour exceeds the whole, for each pair of columns.

    Parameters
    ----------
    table : DataFrame
        Measurements.
    path : Path
    faults : list of Fault
        Grows by what is found.
    """
    for part, whole in PARTS:
        if part not in table or whole not in table:
            continue
        amounts = table[[part, whole]].astype("float64")
        excess = amounts[part] - amounts[whole]
        if part.endswith("_cm3"):
            excess -= _ROUNDING_CM3 + _ROUNDING_SHARE * amounts[whole]
        beyond = excess > 0
        if beyond.any():
            worst = int(excess.to_numpy(dtype="float64", na_value=-1.0).argmax())
            rows = "the only row" if beyond.sum() == 1 else f"the worst of {beyond.sum()} rows"
            advice = (
                f"is part of {whole}, which is only {table[whole].iloc[worst]} ({rows}); are"
                " columns exchanged, or their units?"
            )
            value = str(table[part].iloc[worst])
            faults.append(Fault(path, int(table[ROW].iloc[worst]), part, value, advice))


def check_interval(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note the first row whose interval of the enhancing volume does not hold the volume.

    Parameters
    ----------
    table : DataFrame
        Measurements.
    path : Path
    faults : list of Fault
        Grows by what is found: one of ends exchanged or beside the volume, one of an end without
        the other, one of ends without a volume.
    """
    low, value, high = (
        table[name].astype("float64") if name in table else pd.Series(float("nan"), table.index)
        for name in INTERVAL
    )
    either = low.notna() | high.notna()
    for name, beyond, advice in (
        (INTERVAL[0], low > value, "is above enhancing_cm3"),
        (INTERVAL[2], high < value, "is below enhancing_cm3"),
        (INTERVAL[0], either & low.isna(), "is empty although enhancing_high_cm3 is given"),
        (INTERVAL[2], either & high.isna(), "is empty although enhancing_low_cm3 is given"),
        (INTERVAL[1], either & value.isna(), "is empty although its interval is given"),
    ):
        if beyond.any():
            row = int(beyond.to_numpy().argmax())
            rows = "the only row" if beyond.sum() == 1 else f"the first of {beyond.sum()} rows"
            given = table[name].iloc[row] if name in table else pd.NA
            whole = (
                f"{advice} ({rows}); an interval is low <= volume <= high, or not given at all: are"
                " columns exchanged?"
            )
            cell = None if pd.isna(given) else str(given)
            faults.append(Fault(path, int(table[ROW].iloc[row]), name, cell, whole))


def check_units(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note volumes of which none is impossible by itself, and half are larger than any tumour.

    Parameters
    ----------
    table : DataFrame
        Measurements.
    path : Path
    faults : list of Fault
        Grows by what is found.
    """
    for name in (column.name for column in MEASUREMENTS if column.name.endswith("_cm3")):
        if name not in table:
            continue
        amounts = table[name].astype("float64")
        median = amounts[amounts > 0].median()
        if median > LARGEST_MEDIAN_CM3 and amounts.max() <= HEAD_CM3:
            advice = (
                f"half of the volumes are over {median:g}, as the tumours of no trial are; mm3 are"
                " 1,000 to the cm3"
            )
            worst = int(amounts.fillna(0).to_numpy().argmax())
            value = str(table[name].iloc[worst])
            faults.append(Fault(path, int(table[ROW].iloc[worst]), name, value, advice))


def check_days(visits: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note visits whose date is a century from randomisation: a slip in a year."""
    if "date" not in visits:
        return
    far = visits[(visits["day"].abs() > CENTURY).fillna(False)]
    for row, date, day in zip(far[ROW], far["date"], far["day"], strict=True):
        advice = f"is {day} days from the patient's randomisation_date; correct either"
        faults.append(Fault(path, int(row), "date", f"{date:%Y-%m-%d}", advice))
