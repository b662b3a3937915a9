"""What several cells say together that cannot be."""

from pathlib import Path

import pandas as pd

from gadless.trial.columns import CENTURY, PARTS
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW

# A part may exceed the whole by what rounding takes off it: half a unit of the first decimal of
# each, and what summing rounded voxels leaves.
_ROUNDING_CM3 = 0.1
_ROUNDING_SHARE = 0.01


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


def check_days(visits: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note visits whose date is a century from randomisation: a slip in a year."""
    if "date" not in visits:
        return
    far = visits[(visits["day"].abs() > CENTURY).fillna(False)]
    for row, date, day in zip(far[ROW], far["date"], far["day"], strict=True):
        advice = f"is {day} days from the patient's randomisation_date; correct either"
        faults.append(Fault(path, int(row), "date", f"{date:%Y-%m-%d}", advice))
