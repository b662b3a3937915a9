"""What CDISC calls things: sex, race, criteria, tests, code lists."""

import logging
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gadless.response.criteria import load_criteria
from gadless.trial.config.response import Response

log = logging.getLogger(__name__)

SEX = {"F": "Female", "M": "Male", "U": "Unknown"}
RACE = {
    "AMERICAN INDIAN OR ALASKA NATIVE": "",
    "ASIAN": "",
    "BLACK OR AFRICAN AMERICAN": "",
    "NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER": "",
    "WHITE": "",
    "MULTIPLE": "",
    "NOT REPORTED": "",
    "OTHER": "",
    "UNKNOWN": "",
}
_SAID = {
    "sex": {"FEMALE": "F", "WOMAN": "F", "MALE": "M", "MAN": "M", "UNKNOWN": "U"},
    "race": {
        "BLACK": "BLACK OR AFRICAN AMERICAN",
        "AFRICAN AMERICAN": "BLACK OR AFRICAN AMERICAN",
        "CAUCASIAN": "WHITE",
        "NATIVE AMERICAN": "AMERICAN INDIAN OR ALASKA NATIVE",
        "PACIFIC ISLANDER": "NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER",
    },
}
_KNOWN: Mapping[str, tuple[Mapping[str, str], str]] = {"sex": (SEX, "U"), "race": (RACE, "OTHER")}

CNSR = {
    "0": "Event",
    "1": "Censored: no progression, or alive",
    "2": "Censored: no baseline",
    "3": "Censored: new anticancer therapy",
    "4": "Censored: missed visits",
    "5": "Censored: death without progression",
    "6": "Censored: progression not confirmed",
    "7": "Censored: clinical decline without an evaluable image",
}
RESPONSES = {
    "CR": ("Complete Response", 1.0),
    "PR": ("Partial Response", 2.0),
    "MR": ("Minor Response", 3.0),
    "SD": ("Stable Disease", 4.0),
    "PD": ("Progressive Disease", 5.0),
    "NE": ("Not Evaluable", 6.0),
}
"""Categories, the best first: name and ``AVAL``."""

CODE_LISTS: Mapping[str, Mapping[str, str]] = {
    "Y": {"Y": "Yes"},
    "NY": {"Y": "Yes", "N": "No"},
    "SEX": SEX,
    "RACE": RACE,
    "AGEU": {"YEARS": ""},
    "AVALU": {"DAYS": ""},
    "CNSR": CNSR,
    "ONCRSR": {name: said for name, (said, _) in RESPONSES.items()},
    "AVALC": {name: said for name, (said, _) in RESPONSES.items()} | {"Y": "Yes", "N": "No"},
    "DTYPE": {"MINIMUM": "Least value after baseline"},
    "UNIT": {"cm3": "Cubic centimetre", "mm2": "Square millimetre", "mm": "Millimetre"},
    "ND": {"NOT DONE": ""},
    "EVAL": {"INDEPENDENT ASSESSOR": ""},
    "TULOC": {"BRAIN": ""},
    "METHOD": {"MRI": ""},
    "TUIDRS": {
        "MEASURABLE": "Measurable where first seen",
        "NON-MEASURABLE": "Not measurable where first seen",
        "NEW": "Not there at the first visit",
    },
}
"""Code lists by name: values, and what they mean (empty where they say it themselves)."""

OTHER_SET = "OTHER"
CATEGORIES = {
    "rano2-2023": "RANO 2.0",
    "rano2010": "RANO",
    "rano-bm": "RANO-BM",
    "irano": "IRANO",
    "mrano": "MODIFIED RANO",
    "macdonald": "MACDONALD",
    "volumetric": "VOLUMETRIC",
    "as-read": "AS READ",
}
"""What the published criteria are called (``RSCAT``), by how the names of sets begin."""


def categories(names: tuple[str, ...], settings: Response) -> dict[str, str]:
    """Name the published criteria of each set (``RSCAT``); a user's own are of what they rest on.

    Parameters
    ----------
    names : tuple of str
        Criteria sets.
    settings : Response
        For the sets that the configuration makes.
    """
    return {name: _category(str(settings.custom.get(name, {}).get("base", name))) for name in names}


def _category(name: str) -> str:
    return next((said for start, said in CATEGORIES.items() if name.startswith(start)), OTHER_SET)


def titles(names: tuple[str, ...], settings: Response) -> dict[str, str]:
    """Name each criteria set for readers; those that come with no title by their own name."""
    known = [name for name in settings.criteria if name in names]
    sets = {one.name: one.title for one in load_criteria(known, settings.custom)}
    return {name: sets.get(name, name) for name in names}


def controlled(values: pd.Series, column: str, patients: pd.Series) -> tuple[pd.Series, bool]:
    """Say sex or race in controlled terms.

    Returns
    -------
    tuple of Series and bool
        The terms, and whether each cell had one: where not, ``U`` or ``OTHER`` stands for it, a
        warning names the patients, and the caller keeps the sheet's own words beside.
    """
    terms, otherwise = _KNOWN[column]
    said = _SAID[column]

    def term(cell: Any) -> str | None:
        if pd.isna(cell):
            return ""
        text = " ".join(str(cell).split()).upper()
        text = said.get(text, text)
        return text if text in terms else None

    found = values.map(term)
    unknown = found.isna()
    if unknown.any():
        listed = ", ".join(
            f"{patient} ({cell!r})"
            for patient, cell in zip(patients[unknown][:10], values[unknown][:10], strict=True)
        )
        log.warning("column %s: %d cells are no controlled term: %s", column, unknown.sum(), listed)
    return found.fillna(otherwise), not unknown.any()
