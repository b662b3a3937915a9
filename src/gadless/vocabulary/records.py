"""What a name in the result tables is: text that knows what it stands for.

A record is a string, so tables, comparisons and files take it as its name; and it carries what the
page and the manual say of it.
"""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Unit:
    """How figures of one kind are written.

    Attributes
    ----------
    name : str
        As the manual has it; empty: a plain number.
    suffix : str
        What stands behind the number.
    digits : int
        Decimals.
    of_difference : int or None
        Decimals of a difference, where they are others.
    of_hundred : bool
        Whether the tables hold 0 to 1 and a reader sees 0 to 100%.
    counted : bool
        Whether the estimate is `events` of `n`, and the page prints this fraction.
    """

    name: str
    suffix: str = ""
    digits: int = 2
    of_difference: int | None = None
    of_hundred: bool = False
    counted: bool = False


DAYS = Unit("days", " days", 0, of_difference=1)
CM3 = Unit("cm3", " cm³")
MM = Unit("mm", " mm", 1)
SLOPE = Unit("mm/mm")
PERCENT = Unit("%", "%", 1)
SHARE = Unit("share", "%", 0, of_hundred=True, counted=True)
SHARE_DIFFERENCE = Unit("difference of shares", "%", 0, of_hundred=True)
PROBABILITY = Unit("probability", "%", 0, of_hundred=True)
VARIATION = Unit("coefficient of variation", "%", 1, of_hundred=True)
RATIO = Unit("ratio")
INDEX = Unit("index", digits=3)
COEFFICIENT = Unit("coefficient")
CHI_SQUARE = Unit("chi-square")
COUNT = Unit("count", digits=0)
DECIBEL = Unit("dB", " dB", 1)
NUMBER = Unit("")


@dataclass(frozen=True, eq=False, repr=False)
class Word(str):
    """A name, what a reader sees in its place, and what it means."""

    name: str
    label: str
    meaning: str

    def __new__(cls, name: str, *_: Any, **__: Any) -> Self:
        """Make the text; the rest is the dataclass's."""
        return super().__new__(cls, name)


@dataclass(frozen=True, eq=False, repr=False)
class Term(Word):
    """A figure of the result tables.

    Attributes
    ----------
    unit : Unit
    sign : str
        What a positive difference, or a ratio above 1, means; a difference is then written with
        its sign. Empty: the figure has no direction.
    """

    unit: Unit
    sign: str = ""

    @property
    def signed(self) -> bool:
        """Whether a plus sign says something."""
        return bool(self.sign) and self.unit is not RATIO


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Word):
    """What was asked, and the terms that answer it.

    Attributes
    ----------
    terms : tuple of Term
        A name in capitals at a term's end (``hr_NAME``) stands for any text.
    """

    terms: tuple[Term, ...]
