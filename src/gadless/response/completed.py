"""A criteria set completed by the configuration: what both together ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from gadless.errors import InputError
from gadless.response.assessment import Patient, Visit
from gadless.response.criteria import Criteria
from gadless.response.measures import MEASURES, Measure
from gadless.response.repeatability import ANY_CHANGE, LeastChange, least_change
from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Response


@dataclass(frozen=True, slots=True)
class CompletedCriteria:
    """A criteria set together with the configured choices that complete it.

    Attributes
    ----------
    criteria : Criteria
    settings : Response
    measurement : Measurement
        What is measurable.
    mixed : bool
        Whether non-enhancing tumour is judged in parallel.
    t2flair : str
        How T2/FLAIR takes part.
    repeat : LeastChange
        Least change of enhancing tumour beyond its repeatability on the contrast at hand.
    """

    criteria: Criteria
    settings: Response
    measurement: Measurement
    mixed: bool
    t2flair: str
    repeat: LeastChange = ANY_CHANGE

    @classmethod
    def of(
        cls, criteria: Criteria, settings: Response, measurement: Measurement | None = None
    ) -> Self:
        """Complete a criteria set by the configuration."""
        return cls(
            criteria,
            settings,
            measurement or Measurement(),
            settings.disease == "mixed" and criteria.nonenhancing_disease,
            settings.t2flair or criteria.t2flair,
        )

    def on(self, contrast: str) -> Self:
        """Return them for one contrast: its repeatability counts, where the criteria say so.

        Raises
        ------
        InputError
            If it is not known.
        """
        if not self.criteria.repeatability:
            return self
        variation = self.settings.repeatability.get(contrast)
        if variation is None:
            raise InputError(
                f"criteria {self.criteria.name} take the repeatability of each contrast in;"
                f" give that of {contrast} in response.repeatability"
            )
        return replace(self, repeat=least_change(variation))

    @property
    def measure(self) -> Measure:
        """What is compared."""
        return MEASURES[self.criteria.measure]

    @property
    def least(self) -> float:
        """Least size that growth must reach, and least measurable size, in the measure's unit."""
        return self.measure.least(self.settings, self.measurement)

    @property
    def absent(self) -> float:
        """Size at or below which nothing is left."""
        return self.measure.absent(self.settings)

    @property
    def tumour_from(self) -> Mapping[str, float]:
        """Column to the size from which it shows tumour beside a measure that shows none."""
        sizes = {
            each.column: each.least(self.settings, self.measurement)
            for name, each in MEASURES.items()
            if name != "category"
        }
        volume = MEASURES["volume"]
        return sizes | {volume.column: volume.absent(self.settings)}

    @property
    def growth(self) -> Decimal:
        """Least relative growth of enhancing tumour: that of the criteria, beyond repeatability."""
        return max(self.criteria.growth, self.repeat.growth)

    @property
    def no_dose(self) -> float:
        """Dose that still counts as none, mg a day."""
        return self.settings.physiologic_steroid_mg if self.criteria.physiologic_steroids else 0.0

    def dose_raised(self, visit: Visit, baseline: Visit) -> bool | None:
        """Whether the dose is above the baseline's and what counts as none; None if not known."""
        dose, before = visit.steroid_mg, baseline.steroid_mg
        if not self.criteria.steroids or dose is None or before is None:
            return None
        return dose > max(before, self.no_dose)

    def is_early(self, visit: Visit, patient: Patient) -> bool:
        """Whether a visit falls into the window in which treatment can mimic progression."""
        start = {
            "radiotherapy": patient.radiotherapy_end_day,
            "treatment": patient.treatment_day or 0,
            None: None,
        }[self.criteria.early_window]
        return start is not None and visit.day - start <= self.criteria.early_window_days
