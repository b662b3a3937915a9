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
# Half of a trial's amounts below this are in another unit: name, least median, what was given.
# A sphere of 0.02 cm3 has 3.4 mm; measurable disease begins at 10 x 10 mm (RANO), 5 mm in
# metastases (RANO-BM).
_LEAST_MEDIANS = (
    ("enhancing_cm3", 0.02, "litres are 1,000 cm3"),
    ("abnormality_cm3", 0.02, "litres are 1,000 cm3"),
    ("spd_mm2", 20.0, "products of cm are 100 mm2 each"),
    ("sld_mm", 5.0, "a cm is 10 mm"),
    ("steroid_mg", 0.05, "a g is 1,000 mg"),
)
# One contrast's median over the others', within a third of the unit's own factor.
_FACTORS = (("_cm3", 1000.0, "mm3 are 1,000 to the cm3"), ("_mm2", 100.0, "a cm2 is 100 mm2"))
_LEAST_ROWS = 5
# No measurement, and often written where none is known.
_CODES = {"_cm3": (999.0,), "_mm2": (9999.0, 99999.0), "_days": (9999.0,)}
OLDEST = 120.0
"""Years; nobody on record was older than 122."""
INTERVAL = ("enhancing_low_cm3", "enhancing_cm3", "enhancing_high_cm3")
"""A volume between the ends that its network states, which are given both or not at all."""


def check_measured(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note what a table of measurements cannot hold: parts, intervals, units, codes.

    Parameters
    ----------
    table : DataFrame
        Measurements.
    path : Path
    faults : list of Fault
        Grows by what is found.
    """
    for check in (_check_parts, _check_interval, _check_units, _check_scale, _check_codes):
        check(table, path, faults)


def check_people(patients: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note ages and days that nobody has.

    Parameters
    ----------
    patients : DataFrame
    path : Path
    faults : list of Fault
        Grows by what is found.
    """
    _check_codes(patients, path, faults)
    _check_age(patients, path, faults)


def _check_parts(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note the worst row in which a part of the tumour exceeds the whole, by pair of columns."""
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


def _check_interval(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note the first row whose interval of the enhancing volume does not hold the volume."""
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


def _check_units(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note volumes of which none is impossible by itself, and half are larger than any tumour."""
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


def _check_scale(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note measurements too small for any trial, or on one contrast alone in other units."""
    for name, least, unit in _LEAST_MEDIANS:
        amounts = _positive(table, name)
        if len(amounts) >= _LEAST_ROWS and amounts.median() < least:
            advice = (
                f"half of the {len(amounts)} amounts above 0 are under {amounts.median():.2g}, as"
                f" in no trial; {unit}"
            )
            faults.append(Fault(path, None, name, None, advice))
    for name in table.columns:
        known = next((one for one in _FACTORS if str(name).endswith(one[0])), None)
        if known is not None:
            _check_contrasts(table, str(name), known[1], known[2], path, faults)


def _check_contrasts(
    table: pd.DataFrame, name: str, factor: float, unit: str, path: Path, faults: list[Fault]
) -> None:
    amounts = _positive(table, name)
    by_contrast = amounts.groupby(table.loc[amounts.index, "contrast"]).agg(["median", "count"])
    medians = by_contrast.loc[by_contrast["count"] >= _LEAST_ROWS, "median"]
    if len(medians) < 2:
        return
    ratio = float(medians.max() / medians.min())
    if factor / 1.5 < ratio < factor * 1.5 and _alike(table, amounts, medians, factor):
        advice = (
            f"the median on {medians.idxmax()} is {ratio:,.0f} times that on {medians.idxmin()}:"
            f" another unit? {unit}"
        )
        faults.append(Fault(path, None, name, None, advice))


def _alike(table: pd.DataFrame, amounts: pd.Series, medians: pd.Series, factor: float) -> bool:
    """Whether visits agree on the factor: a contrast that only finds too little scatters."""
    wide = table.loc[amounts.index].assign(amount=amounts)
    wide = wide.pivot_table(index=["patient", "visit"], columns="contrast", values="amount")
    ratios = (wide[medians.idxmax()] / wide[medians.idxmin()]).dropna()
    return bool(ratios.between(factor / 3, factor * 3).mean() > 0.5) if len(ratios) else True


def _positive(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table or not pd.api.types.is_numeric_dtype(table[name]):
        return pd.Series(dtype="float64")
    amounts = table[name].astype("float64")
    return amounts[amounts > 0]


def stand_apart(coded: pd.Series, rest: pd.Series) -> bool:
    """Whether there are numbers that may be codes, and no other comes within half of them."""
    return len(coded) > 0 and not bool((rest.abs() > coded.abs().min() / 2).any())


def _check_codes(table: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note 999 and 9999, where no other amount of the column comes near: codes for `not known`."""
    for name in table.columns:
        codes = next((one for end, one in _CODES.items() if str(name).endswith(end)), ())
        amounts = _positive(table, str(name))
        coded = amounts[amounts.isin(codes)]
        rest = amounts.drop(coded.index)
        if codes and stand_apart(coded, rest):
            value = f"{coded.iloc[0]:g}"
            advice = f"looks like a code for what is not known ({len(coded)} rows; all others are"
            advice += f" under {coded.min() / 2:g}); leave such cells empty"
            faults.append(
                Fault(path, int(table.loc[coded.index[0], ROW]), str(name), value, advice)
            )


def _check_age(patients: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note ages that nobody has, which are months, days, or codes for what is not known."""
    for name in (name for name in patients if str(name).casefold() == "age"):
        if not pd.api.types.is_numeric_dtype(patients[name]):
            continue
        ages = patients[name].astype("float64")
        beyond = (ages < 0) | (ages > OLDEST)
        if beyond.any():
            worst = int((ages - OLDEST / 2).abs().fillna(0).to_numpy().argmax())
            advice = (
                f"is no age in years, 0 to {OLDEST:g} ({int(beyond.sum())} rows are not); are they"
                " months, or is it a code for what is not known? Leave such a cell empty"
            )
            row = int(patients[ROW].iloc[worst])
            faults.append(Fault(path, row, str(name), f"{ages.iloc[worst]:g}", advice))


def check_days(visits: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note visits whose date is a century from randomisation: a slip in a year."""
    if "date" not in visits:
        return
    far = visits[(visits["day"].abs() > CENTURY).fillna(False)]
    for row, date, day in zip(far[ROW], far["date"], far["day"], strict=True):
        advice = f"is {day} days from the patient's randomisation_date; correct either"
        faults.append(Fault(path, int(row), "date", f"{date:%Y-%m-%d}", advice))
