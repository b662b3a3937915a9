"""Series in which some exams have contrast and the others a candidate's measures.

Each is a patient of its own in tables that go through the same classification and the same
endpoints as any contrast, in the pair with the reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gadless.response.classify import classify
from gadless.response.criteria import Criteria
from gadless.response.endpoints import endpoints
from gadless.response.measures import MEASURES
from gadless.statistics.assembly import judged_rows
from gadless.statistics.comparisons.progression import alike
from gadless.statistics.comparisons.sparing.trial import SparingTables
from gadless.statistics.tables import Cohort
from gadless.statistics.time_to_event import TimeToEvent
from gadless.trial.config import Config
from gadless.vocabulary.names import TTP

Mix = tuple[str, frozenset[str]]
"""A patient, and the visits that are given contrast."""


@dataclass(frozen=True)
class Mixer:
    """Tells whether a mixed series shows another progression than full contrast.

    Attributes
    ----------
    tables : SparingTables
    measurements : DataFrame
        Of the pair, from :func:`gadless.statistics.comparisons.sparing.trial.with_own_news`.
    config : Config
    criteria : Criteria
    candidate : str
    """

    tables: SparingTables
    measurements: pd.DataFrame
    config: Config
    criteria: Criteria
    candidate: str

    def anchored(self, baselines: Mapping[str, str | None]) -> "Mixer":
        """Bring each patient's volumes on the candidate to the scale of contrast at the baseline.

        What a candidate errs by at all visits of a patient cancels within its own series, and
        stands between two contrasts; the baseline, which has both, tells how much it is. Where
        either volume there is below the least measurable one, nothing is rescaled.
        """
        table, column = self.measurements, MEASURES["volume"].column
        at_baseline = table["visit"].astype(str) == table["patient"].astype(str).map(baselines)
        volumes = table[at_baseline].set_index(["patient", "contrast"])[column].unstack()  # noqa: PD010
        volumes = volumes.reindex(columns=[self.config.reference, self.candidate]).astype(float)
        measurable = (volumes >= max(self.config.response.smallest_volume_cm3, 1e-6)).all(axis=1)
        factor = (volumes.iloc[:, 0] / volumes.iloc[:, 1])[measurable]
        own = table["contrast"] == self.candidate
        scale = table["patient"].map(factor).where(own).astype(float).fillna(1.0)
        return replace(self, measurements=table.assign(**{column: table[column] * scale}))

    def compare(self, mixes: Sequence[Mix]) -> tuple[np.ndarray, np.ndarray]:
        """Follow each series, and the same patient's under full contrast, on the visits of both.

        Returns
        -------
        compared, unlike : array (mixes,) of bool
            As :func:`gadless.statistics.comparisons.progression.discordant` has them.
        """
        names = [f"{position}:{patient}" for position, (patient, _) in enumerate(mixes)]
        copies = pd.DataFrame({"source": [patient for patient, _ in mixes], "copy": names})
        sheet, visits = (_copied(one, copies) for one in (self.tables.patients, self.tables.visits))
        measured = self._mixed(copies, mixes)
        config, contrasts = self.config, [self.config.reference, self.candidate]
        response = classify(
            *(measured, visits, sheet, None, [self.criteria], config.response, contrasts),
            config.measurement,
            pairs_only=True,
        )
        times = endpoints(response, sheet, visits, measured, config.endpoint, config.response)
        judged = judged_rows(response, sheet, config)
        cohort = Cohort.of(sheet, control=config.statistics.control_arm)
        first, second = (_times(one, times, judged, cohort) for one in contrasts)
        compared = first.comparable(second)
        place = cohort.position(pd.Series(names))
        return compared[place], (~alike(first, second) & compared)[place]

    def _mixed(self, copies: pd.DataFrame, mixes: Sequence[Mix]) -> pd.DataFrame:
        """Measurements of all series: the reference's, and beside them what is mixed."""
        reference, candidate = self.config.reference, self.candidate
        rows = _copied(self.measurements, copies)
        given = {
            (name, visit)
            for name, (_, visits) in zip(copies["copy"], mixes, strict=True)
            for visit in visits
        }
        keys = zip(rows["patient"], rows["visit"].astype(str), strict=True)
        with_contrast = np.array([key in given for key in keys], dtype=bool)
        acquired = (rows["contrast"] == reference).to_numpy(dtype=bool)
        taken = rows[acquired & with_contrast].assign(contrast=candidate)
        parts = [rows[acquired], rows[~acquired & ~with_contrast], taken]
        return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _copied(table: pd.DataFrame, copies: pd.DataFrame) -> pd.DataFrame:
    """Give each copy of a patient the rows that the patient has."""
    source = table.assign(source=table["patient"].astype(str))
    rows = source.merge(copies, on="source", how="inner")
    return rows.assign(patient=rows["copy"]).drop(columns=["source", "copy"])


def _times(contrast: str, times: pd.DataFrame, judged: pd.DataFrame, cohort: Cohort) -> TimeToEvent:
    rows = times[(times["endpoint"] == TTP) & (times["contrast"] == contrast)]
    assessed = np.zeros(len(cohort.patients), dtype=bool)
    assessed[cohort.position(judged.loc[judged["contrast"] == contrast, "patient"])] = True
    return TimeToEvent.of(rows, cohort, assessed)
