"""Codes, names and numbers of the analysis parameters in the ADaM data sets.

A code (``PARAMCD``, at most 8 characters) is what is analysed (:data:`BASES`), followed by what it
was read on. Of times and responses these are three characters: the contrast (0 the reference, 1 to
9 and A to Z the candidates in their order), the criteria set (A the primary, B the second, ...),
and the visits (0 the contrast's own, else the candidate whose pair shares them). Of tumours, which
depend on neither criteria nor pair, it is the contrast's alone. The reference under the primary
criteria on its own visits, which is the trial as it was, has the plain code, and so has what
depends on no analysis.

``PARAMN`` has the same four parts in digits: two each of base, contrast, criteria and visits.
"""

from dataclasses import dataclass
from string import ascii_uppercase, digits
from typing import Any, NamedTuple

import pandas as pd

from gadless.errors import InputError
from gadless.export.cdisc.dataset import as_ascii

_PLACES = digits + ascii_uppercase
_LONGEST = 40


class Base(NamedTuple):
    """What is analysed, whatever it was read on."""

    name: str
    number: int
    dataset: str
    short: str


BASES = {
    "TTP": Base("Time to Progression (Days)", 1, "ADTTE", ""),
    "PFS": Base("Progression-Free Survival (Days)", 2, "ADTTE", ""),
    "OS": Base("Overall Survival (Days)", 3, "ADTTE", ""),
    "DOR": Base("Duration of Response (Days)", 4, "ADTTE", ""),
    "OVR": Base("Overall Response by Visit", 11, "ADRS", ""),
    "BOR": Base("Best Overall Response (Confirmed)", 12, "ADRS", ""),
    "UBOR": Base("Best Overall Response (Unconfirmed)", 13, "ADRS", ""),
    "RSP": Base("Objective Response (Confirmed)", 14, "ADRS", ""),
    "CB": Base("Clinical Benefit (Confirmed)", 15, "ADRS", ""),
    "VOLENH": Base("Enhancing Volume (cm3)", 21, "ADTR", "Enhancing Volume"),
    "VOLNEN": Base("Non-Enhancing Volume (cm3)", 22, "ADTR", "Non-Enhancing Volume"),
    "VOLNEC": Base("Necrosis Volume (cm3)", 23, "ADTR", "Necrosis Volume"),
    "VOLABN": Base("T2/FLAIR Abnormality Volume (cm3)", 24, "ADTR", "Abnormality Volume"),
    "SPDENH": Base("Enhancing Sum of Products (mm2)", 25, "ADTR", "Enhancing Products"),
    "SPDNEN": Base("Non-Enhancing Sum of Products (mm2)", 26, "ADTR", "Non-Enh. Products"),
    "SLDENH": Base("Enhancing Sum of Long Diameters (mm)", 27, "ADTR", "Enhancing Diameters"),
    "NLESENH": Base("Number of Enhancing Lesions", 28, "ADTR", "Enhancing Lesions"),
    "NMEAENH": Base("Number of Measurable Enhancing Lesions", 29, "ADTR", "Measurable Lesions"),
    "LDIAM": Base("Lesion: Longest Diameter (mm)", 31, "ADTR", "Lesion Long Diameter"),
    "LPERP": Base("Lesion: Longest Perpendicular (mm)", 32, "ADTR", "Lesion Perpendicular"),
    "LPROD": Base("Lesion: Product of Diameters (mm2)", 33, "ADTR", "Lesion Product"),
    "LVOL": Base("Lesion: Volume (cm3)", 34, "ADTR", "Lesion Volume"),
}
"""Every parameter: its name, the first two digits of its number, its data set, a short name."""

ONCE = {"OS"}
"""What is the same in every analysis, and stands there once."""


@dataclass(frozen=True)
class Scheme:
    """Contrasts, the reference first, and criteria, the primary first, in the order of codes."""

    contrasts: tuple[str, ...]
    criteria: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, reference: str, named: tuple[str, ...] = ()) -> "Scheme":
        """Take the order in which a table names them.

        Parameters
        ----------
        table : DataFrame
            Response: ``contrast`` and ``criteria``.
        reference : str
        named : tuple of str
            Further contrasts, as measurements have them; they come last.

        Raises
        ------
        InputError
            If there are more than the scheme has characters for.
        """
        found = dict.fromkeys([*table["contrast"].astype(str).unique(), *named])
        others = [name for name in found if name != reference]
        criteria = tuple(table["criteria"].astype(str).unique())
        if len(others) >= len(_PLACES) or len(criteria) > len(ascii_uppercase):
            raise InputError(
                f"CDISC: {len(others)} candidates and {len(criteria)} criteria sets are more than"
                f" the parameter codes can tell apart ({len(_PLACES) - 1} and"
                f" {len(ascii_uppercase)}); export fewer at a time"
            )
        return cls((reference, *others), criteria)

    @property
    def reference(self) -> str:
        """The acquired contrast."""
        return self.contrasts[0]

    def place(self, contrast: str) -> str:
        """Return the character that stands for a contrast."""
        return _PLACES[self.contrasts.index(contrast)]

    def code(self, parameter: str, contrast: str, criteria: str | None, pair: str | None) -> str:
        """Return ``PARAMCD``; `pair` is None on the contrast's own visits.

        `criteria` is None of what depends on the contrast alone.
        """
        if criteria is None:
            plain = contrast == self.reference
            return parameter if plain else parameter + self.place(contrast)
        places = (
            self.place(contrast),
            ascii_uppercase[self.criteria.index(criteria)],
            "0" if pair is None else self.place(pair),
        )
        plain = parameter in ONCE or places == ("0", "A", "0")
        return parameter if plain else parameter + "".join(places)

    def number(
        self, parameter: str, contrast: str, criteria: str | None, pair: str | None
    ) -> float:
        """Return ``PARAMN``: as :meth:`code`, two digits each of its four parts."""
        parts = [BASES[parameter].number, 0, 0, 0]
        if parameter not in ONCE:
            parts[1] = self.contrasts.index(contrast)
            parts[2] = 0 if criteria is None else self.criteria.index(criteria)
            parts[3] = 0 if pair is None else self.contrasts.index(pair)
        return float("".join(f"{part:02}" for part in parts))

    def name(self, parameter: str, contrast: str, criteria: str | None, pair: str | None) -> str:
        """Return ``PARAM``: the code's meaning, in at most 40 characters of ASCII."""
        code, base = self.code(parameter, contrast, criteria, pair), BASES[parameter]
        if code == parameter:
            return base.name
        shared = "" if pair is None else f", pair {pair}"
        words = as_ascii(contrast if criteria is None else f"{contrast}, {criteria}{shared}")
        named = f"{base.short or parameter} {words}"
        # What is too long begins with its code, so that no two are alike.
        return named if len(named) <= _LONGEST else f"{code}: {words}"[:_LONGEST]

    def columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        """``PARAMCD``, ``PARAM`` and ``PARAMN`` of each row, by ``parameter`` and its analysis."""
        names = ["parameter", "contrast", "criteria", "candidate"]
        cells = frame[names].astype(object).where(frame[names].notna(), None)
        keys: list[tuple[Any, ...]] = list(cells.itertuples(index=False, name=None))
        # Few parameters, many rows.
        known = {key: (self.code(*key), self.name(*key), self.number(*key)) for key in set(keys)}
        made = [known[key] for key in keys]
        columns = {"PARAMCD": 0, "PARAM": 1, "PARAMN": 2}
        kinds = {"PARAMN": "float64"}
        return pd.DataFrame(
            {
                name: pd.Series(
                    [each[at] for each in made], frame.index, dtype=kinds.get(name, "object")
                )
                for name, at in columns.items()
            }
        )
