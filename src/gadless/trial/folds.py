"""Who learns and who is held out: by patient, by site or by a column, never by exam.

What is dealt out are units: a patient, a whole site, or all patients of one value of the column
`fold`. No unit is torn apart, so no patient is ever learnt from and held out at once.
"""

import hashlib
from collections.abc import Mapping
from typing import Literal

import pandas as pd

from gadless.errors import InputError

Split = Literal["patient", "site", "fold"]


def units_of(patients: pd.DataFrame, visits: pd.DataFrame, split: Split) -> dict[str, str]:
    """Return the unit of every patient.

    Parameters
    ----------
    patients, visits : DataFrame
        The training sheets; with ``site``, the site of a patient, or else of his visits, counts.
    split : 'patient', 'site' or 'fold'

    Raises
    ------
    InputError
        If a patient has no site or fold, or visits at several sites.
    """
    known = patients.set_index("patient")
    if split == "patient":
        return {patient: patient for patient in known.index}
    if split == "fold":
        return {patient: _fold_cell(known, patient) for patient in known.index}
    return {patient: _site(known, visits, patient) for patient in known.index}


def _fold_cell(known: pd.DataFrame, patient: str) -> str:
    cell = known["fold"].get(patient) if "fold" in known else None
    if cell is None or pd.isna(cell):
        raise InputError(
            f"training.split: fold: patient {patient} has no `fold` in the training patients "
            "sheet; fill the column for every patient"
        )
    return str(cell)


def _site(known: pd.DataFrame, visits: pd.DataFrame, patient: str) -> str:
    own = known["site"].get(patient) if "site" in known else None
    if own is not None and not pd.isna(own):
        return str(own)
    of_patient = visits.loc[visits["patient"] == patient]
    sites = sorted(set(of_patient["site"].dropna())) if "site" in visits else []
    if len(sites) != 1:
        found = " and ".join(map(str, sites)) or "none"
        raise InputError(
            f"training.split: site: patient {patient} needs one site, and has {found}; give `site` "
            "in the training patients sheet"
        )
    return str(sites[0])


def sites_of(patients: pd.DataFrame, visits: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the site of every visit: its own, else its patient's; those without are left out."""
    at_home = patients.set_index("patient")["site"] if "site" in patients else pd.Series(dtype=str)
    own = visits["site"] if "site" in visits else pd.Series(pd.NA, index=visits.index)
    filled = own.astype("string").fillna(visits["patient"].map(at_home).astype("string"))
    rows = zip(visits["patient"], visits["visit"], filled, strict=True)
    return {(patient, visit): str(site) for patient, visit, site in rows if not pd.isna(site)}


def fold_of(units: Mapping[str, str], count: int, split: Split) -> dict[str, int]:
    """Deal patients into folds, numbered from 1.

    With the column `fold`, its values in order are the folds. Else a unit's fold is a hash of its
    name, so that a patient who joins moves nobody else; only where that leaves a fold empty
    (with few units) do units move, the last by hash from the fullest fold.

    Parameters
    ----------
    units : mapping of str to str
        Patient to unit: see `units_of`.
    count : int
        Folds, at least 2.
    split : 'patient', 'site' or 'fold'

    Raises
    ------
    InputError
        If there are fewer units than folds, or the column has another number of values.
    """
    names = sorted(set(units.values()), key=_natural)
    if split == "fold":
        if len(names) != count:
            raise InputError(
                f"training.folds is {count}, but the column `fold` has {len(names)} values "
                f"({', '.join(names[:6])}); leave `folds` out, or make them agree"
            )
        dealt = {name: number for number, name in enumerate(names, start=1)}
    else:
        if len(names) < count:
            found = f"there are {len(names)} {split}s" if len(names) > 1 else f"there is 1 {split}"
            advice = (
                f"set it to {len(names)} or less"
                if len(names) > 1
                else f"a {split} is left out only where others remain to learn from"
            )
            raise InputError(f"training.folds is {count}, but {found} to deal out; {advice}")
        dealt = _dealt(names, count)
    return {patient: dealt[unit] for patient, unit in units.items()}


def _dealt(names: list[str], count: int) -> dict[str, int]:
    dealt = {name: _hash(name) % count + 1 for name in names}
    folds: dict[int, list[str]] = {number: [] for number in range(1, count + 1)}
    for name in sorted(names, key=_hash):
        folds[dealt[name]].append(name)
    for empty in [number for number, members in folds.items() if not members]:
        fullest = max(folds, key=lambda number: len(folds[number]))
        folds[empty].append(folds[fullest].pop())
    return {name: number for number, members in folds.items() for name in members}


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def _natural(name: str) -> tuple[int, float, str]:
    """Order numbers as numbers and before text."""
    return (0, float(name), name) if name.isdecimal() else (1, 0.0, name)


def last_units(units: Mapping[str, str], share: float) -> set[str]:
    """Return the patients of the last units: at least one unit, and at least one remains.

    Parameters
    ----------
    units : mapping of str to str
        Patient to unit.
    share : float
        Of the units that are held out.

    Raises
    ------
    InputError
        If there are fewer than two units.
    """
    names = sorted(set(units.values()), key=_natural)
    if len(names) < 2:
        raise InputError(
            f"training: usable exams of {len(names)} unit(s) of the split (patients, sites or "
            f"folds){f': {names[0]}' if names else ''}; at least 2 are needed, one to learn from "
            "and one to validate on"
        )
    count = min(max(1, round(share * len(names))), len(names) - 1)
    last = set(names[-count:])
    return {patient for patient, unit in units.items() if unit in last}
