"""The result tables as the report reads them: a table that is missing is an empty one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gadless.tables import read_table
from gadless.trial.config import Config

_RESULT_COLUMNS = (
    "analysis criteria endpoint analysis_set level stratum reference candidate contrast term"
    " estimate lower upper conf_level p n events method outcome warning"
)

# A missing table must still answer to its columns, so that a figure can say "nothing here" once.
COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "patients": "patient arm os_days os_event phantom",
        "response": (
            "patient visit day contrast criteria analysis_set candidate response confirmed rule"
            " measure value baseline baseline_visit nadir nadir_visit change_from_baseline"
            " change_from_nadir"
        ),
        "best_response": "patient contrast criteria analysis_set candidate best_response confirmed",
        "endpoints": (
            "patient contrast criteria analysis_set candidate endpoint days event description visit"
            " trigger"
        ),
        "agreement": _RESULT_COLUMNS,
        "survival": _RESULT_COLUMNS,
        "km": (
            "criteria endpoint analysis_set candidate contrast arm estimator day at_risk events"
            " censored estimate lower upper"
        ),
        "paired_volumes": (
            "patient visit day site measure reference candidate reference_value candidate_value"
            " difference mean_diameter_mm difference_diameter_mm size"
        ),
        "confusion": (
            "criteria analysis_set analysis reference candidate reference_response"
            " candidate_response count"
        ),
        "progressions": (
            "patient criteria analysis_set reference candidate status discordant reference_days"
            " candidate_days"
        ),
        "visits": "patient visit day site",
        "measurements": "patient visit day contrast evaluable reason",
        "lesions": "patient visit contrast lesion",
        "flow": "patient visit contrast stage outcome reason",
        "ratings": "patient visit contrast rating comment reader",
        "endpoint_checks": (
            "check contrast criteria analysis_set candidate endpoint period reason n of"
            " median_days median_intervals warning"
        ),
        "sparing": (
            "candidate criteria design order threshold exams exams_spared spared_lower spared_upper"
            " patients discordance lower upper conf_level target method warning"
        ),
        "criteria": "criteria key value source certainty",
        "quality": "patient visit step figure value outcome limit",
        "image_metrics": "patient visit contrast region metric value",
    }.items()
}


@dataclass
class Results:
    """The tables of one trial and the configuration that they were made with.

    Parameters
    ----------
    config : Config
    paths : mapping of str to path
        Name of a table (``agreement``, ``km``, ...) to its TSV file. Tables may be lacking.
    provenance : mapping
        What the workflow tells of software, networks and what others made.
    """

    config: Config
    paths: Mapping[str, Path]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    _read: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def primary(self) -> str:
        """The primary criteria set: the first that the configuration names."""
        return self.config.response.criteria[0]

    def label(self, contrast: str) -> str:
        """Return what a reader sees in place of a contrast's name."""
        return self.config.label_of(contrast)

    @property
    def reference(self) -> str:
        """The reference as a reader sees it."""
        return self.label(self.config.reference)

    @property
    def networks(self) -> Mapping[str, Mapping[str, Any]] | None:
        """What is told of each network that was used; None where nobody told."""
        return self.provenance.get("networks")

    @property
    def brought(self) -> Mapping[str, Mapping[str, Any]]:
        """Contrasts of which others made ``images`` or ``masks``: at how many visits."""
        return self.provenance.get("brought", {})

    @property
    def uncompared(self) -> str | None:
        """Say why nothing is compared, where the trial names no candidate; else None."""
        if self.config.candidates:
            return None
        return "The configuration names no candidate, so nothing is compared."

    @property
    def unfollowed(self) -> str | None:
        """Say why there is no course in time, where no patient was seen twice; else None."""
        response = self.table("response")
        keys = ["patient", "contrast", "criteria", "analysis_set", "candidate"]
        if response.empty or response.duplicated(keys).any():
            return None
        return "Each patient has one visit, so no endpoint can be estimated."

    def has(self, name: str) -> bool:
        """Whether the table exists and holds rows."""
        return not self.table(name).empty

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, empty with the contract's columns where there is none."""
        if name not in self._read:
            columns = COLUMNS.get(name, ())
            path = self.paths.get(name)
            if path is not None and Path(path).exists():
                frame = read_table(path)
                lacking = [column for column in columns if column not in frame]
                self._read[name] = frame.assign(**dict.fromkeys(lacking, None))
            else:
                self._read[name] = pd.DataFrame(columns=list(columns))
        return self._read[name]

    def select(self, name: str, **where: Any) -> pd.DataFrame:
        """Rows whose columns equal the values; ``None`` asks for a missing cell."""
        frame = self.table(name)
        chosen = np.ones(len(frame), dtype=bool)
        for column, value in where.items():
            cells = frame[column]
            same = cells.isna() if value is None else cells == value
            chosen &= same.to_numpy(dtype=bool, na_value=False)
        return frame[chosen]

    def first(self, name: str, **where: Any) -> pd.Series | None:
        """Return the one row that matches, or ``None``."""
        found = self.select(name, **where)
        return None if found.empty else found.iloc[0]
