"""Section `sequences`: the sequences of an exam, as data.

Sheet columns, preprocessing, network inputs and panels follow from it. A further sequence (ADC,
ASL-CBF, DSC-CBV, CEST) is one entry of `sequences` in the configuration.
"""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from gadless.trial.columns import VISITS
from gadless.trial.config.base import Section

_NAME = re.compile(r"[a-z][a-z0-9_]*")
BROUGHT = ("mask_", "t1c_", "map_")
"""How the columns of what others made begin; the contrast follows."""

Normalisation = Literal["median", "zscore", "none", "to_t1"]


class Sequence(Section):
    """One sequence of an exam.

    The name is a column of the visits sheet with the scan's path, an image of the preprocessed
    visit and what a network asks for among its inputs.
    """

    title: str = Field(description="What a person reads: ADC, CBF ...")
    normalisation: Normalisation = Field(
        "median",
        description="`median`: the brain's median becomes 1; `zscore`: mean 0, standard deviation 1"
        " in the brain; `none`: values kept, for maps in units of their own; `to_t1`: scaled to the"
        " T1 of the visit, for what was acquired after gadolinium.",
    )
    unit: float = Field(
        1.0,
        gt=0,
        le=1e12,
        description="Values are divided by this, after `normalisation`: 1000 for an ADC map in"
        " 1e-6 mm2/s, so that what networks see is near 1.",
    )
    bias_field: bool = Field(
        True, description="Whether a coil's bias field is removed; not from a quantitative map."
    )
    required: bool = Field(
        False, description="Whether the sheet must have the column; a cell may be empty still."
    )
    drawn: bool = Field(True, description="Whether the panels show it.")
    window: float = Field(
        2.0, gt=0, le=1e12, description="Value that the panels draw in white, after normalisation."
    )
    also: tuple[str, ...] = Field(
        (), description="What other sheets call the column; a sheet that does is told so."
    )

    @property
    def enhanced(self) -> bool:
        """Whether it was acquired after gadolinium, so that no candidate may see it."""
        return self.normalisation == "to_t1"


def built_in() -> dict[str, Sequence]:
    """Return the sequences that every trial has: T1, T2, FLAIR and the T1 after gadolinium."""
    return {
        "t1": Sequence(title="T1", required=True, window=1.7, also=("t1w", "t1n")),
        "t2": Sequence(title="T2", required=True, window=2.6, also=("t2w",)),
        "flair": Sequence(title="FLAIR", required=True, window=2.0, also=("t2_flair", "t2flair")),
        "t1c": Sequence(
            title="T1c",
            normalisation="to_t1",
            required=True,
            window=1.7,
            also=("t1ce", "t1gd", "t1_gd", "t1_post", "t1post"),
        ),
    }


_MADE = frozenset({"subtraction", "brain", "transforms", "quality", "contrast", "anchor", "visit"})
"""Names that preprocessing gives to what it makes itself, or that jobs use."""


def column_faults(sequences: Mapping[str, Sequence]) -> list[str]:
    """Say which sequences cannot be columns of the sheet, or no longer are what they must be."""
    taken = {one.name for one in VISITS} | _MADE
    faults = [
        f"`sequences.{name}`: {said}"
        for name in sequences
        for wrong, said in (
            (name in taken, "the name is taken by another column or image; choose another"),
            (not _NAME.fullmatch(name), "use small letters, digits and `_`, a letter first"),
            (name.startswith(BROUGHT), "the name is read as something that was made elsewhere"),
        )
        if wrong
    ]
    changed = [name for name, one in built_in().items() if sequences[name].enhanced != one.enhanced]
    faults += [f"`sequences.{name}.normalisation` cannot be changed to this" for name in changed]
    return faults
