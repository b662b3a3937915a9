"""Section `native`: masks back on the scans' own grids."""

from pydantic import Field

from gadless.trial.config.base import Section
from gadless.trial.config.paths import PathText


class Native(Section):
    """Masks back on the scans' own grids (`snakemake native`)."""

    sequence: str = Field(
        "t1", description="Whose scan's grid; where a visit has none of it, the T1's."
    )
    series: PathText | None = Field(
        None,
        description="Table of the DICOM series that scans were made of (`series.tsv` of `gadless"
        " sheets --dicom`): masks are written as DICOM segmentations as well, and what was"
        " measured as DICOM structured reports.",
    )
    private: PathText | None = Field(
        None,
        description="Folder with the key to that table; empty: `TRIAL-PRIVATE` beside its folder.",
    )
    identified: bool = Field(
        False,
        description="Whether DICOM files name patient and study as the series does; else"
        " they hold neither name nor date.",
    )
