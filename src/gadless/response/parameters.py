"""Codes and names of the analysis parameters in the CDISC data sets.

A code (``PARAMCD``, at most 8 characters) is the endpoint's, followed by three characters for what
it was read on: the contrast (0 the reference, 1 to 9 and A to Z the candidates in their order), the
criteria set (A the primary, B the second, ...), and the visits (0 the contrast's own, else the
candidate whose pair shares them). The reference under the primary criteria on its own visits, which
is the trial as it was, has the endpoint's code alone, and so has what depends on no analysis.
"""

from dataclasses import dataclass
from string import ascii_uppercase, digits
from typing import Any

import pandas as pd

from gadless.errors import InputError

_PLACES = digits + ascii_uppercase
_LONGEST = 40
_NAMES = {
    "TTP": "Time to Progression (Days)",
    "PFS": "Progression-Free Survival (Days)",
    "OS": "Overall Survival (Days)",
    "DOR": "Duration of Response (Days)",
    "OVR": "Overall Response by Visit",
    "BOR": "Best Overall Response",
}
ONCE = {"OS"}


@dataclass(frozen=True)
class Scheme:
    """Contrasts, the reference first, and criteria, the primary first, in the order of codes."""

    contrasts: tuple[str, ...]
    criteria: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, reference: str) -> "Scheme":
        """Take the order in which a table names them.

        Raises
        ------
        InputError
            If there are more than the scheme has characters for.
        """
        others = [name for name in table["contrast"].astype(str).unique() if name != reference]
        criteria = tuple(table["criteria"].astype(str).unique())
        if len(others) >= len(_PLACES) or len(criteria) > len(ascii_uppercase):
            raise InputError(
                f"CDISC: {len(others)} candidates and {len(criteria)} criteria sets are more than"
                f" the parameter codes can tell apart ({len(_PLACES) - 1} and"
                f" {len(ascii_uppercase)}); export fewer at a time"
            )
        return cls((reference, *others), criteria)

    def code(self, parameter: str, contrast: str, criteria: str, pair: str | None) -> str:
        """Return ``PARAMCD`` of a parameter on a contrast; `pair` is None on its own visits."""
        places = (
            _PLACES[self.contrasts.index(contrast)],
            ascii_uppercase[self.criteria.index(criteria)],
            "0" if pair is None else _PLACES[self.contrasts.index(pair)],
        )
        plain = parameter in ONCE or places == ("0", "A", "0")
        return parameter if plain else parameter + "".join(places)

    def name(self, parameter: str, contrast: str, criteria: str, pair: str | None) -> str:
        """Return ``PARAM``: the code's meaning, in at most 40 characters of ASCII."""
        code = self.code(parameter, contrast, criteria, pair)
        if code == parameter:
            return _NAMES[parameter]
        shared = "" if pair is None else f", pair {pair}"
        words = f"{contrast}, {criteria}{shared}"
        words = words.encode("ascii", errors="backslashreplace").decode("ascii")
        named = f"{parameter} {words}"
        # What is too long begins with its code, so that no two are alike.
        return named if len(named) <= _LONGEST else f"{code}: {words}"[:_LONGEST]

    def columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        """``PARAMCD`` and ``PARAM`` of each row, by its column ``parameter`` and its analysis."""
        names = ["parameter", "contrast", "criteria", "candidate"]
        cells = frame[names].astype(object).where(frame[names].notna(), None)
        keys: list[tuple[Any, ...]] = list(cells.itertuples(index=False, name=None))
        # Few parameters, many rows.
        known = {key: (self.code(*key), self.name(*key)) for key in set(keys)}
        return pd.DataFrame(
            {"PARAMCD": [known[key][0] for key in keys], "PARAM": [known[key][1] for key in keys]},
            index=frame.index,
            dtype=object,
        )
