"""The plain records that classification works on, made once from the tables."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a visit whatever the contrast; None where it is not recorded.

    `contact` tells a clinical contact, at which no scan was attempted, from a scan that failed.
    """

    visit: str
    day: int
    steroid_mg: float | None = None
    clinical_status: str | None = None
    t2flair_worse: bool | None = None
    outside_field: bool | None = None
    histology_pd: bool | None = None
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one contrast shows at one visit, in the measures of one criteria set.

    Attributes
    ----------
    value : float or None
        Enhancing volume (cm3) or sum of products (mm2); None where not evaluable.
    reason : str
        Why not evaluable.
    nonenhancing : float or None
        The same measure of non-enhancing tumour, where disease is mixed.
    abnormality : float or None
        Whole T2/FLAIR abnormality (cm3).
    new_lesion : bool
        A new lesion of the kind that the criteria call progression.
    enhancing_lesions, nonenhancing_lesions : int or None
        Lesions seen, measurable or not; None where the measure tells of all there is.
    measurable : bool or None
        Whether any enhancing lesion is measurable.
    small_growth, small_nonenhancing_growth : bool
        A lesion too small to measure at baseline is measurable now, and has grown.
    """

    value: float | None
    reason: str = ""
    nonenhancing: float | None = None
    abnormality: float | None = None
    new_lesion: bool = False
    enhancing_lesions: int | None = None
    nonenhancing_lesions: int | None = None
    measurable: bool | None = None
    small_growth: bool = False
    small_nonenhancing_growth: bool = False

    @property
    def evaluable(self) -> bool:
        """Whether the visit can be judged on this contrast."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Patient:
    """The days of one patient that the criteria ask for; None where not recorded."""

    patient: str
    treatment_day: int | None = None
    radiotherapy_end_day: int | None = None
    new_therapy_day: int | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One measure of one patient on one contrast, followed from baseline.

    The nadir is the smallest evaluable value so far, the baseline included; of equal values the
    earliest counts.
    """

    measure: str
    baseline: float
    baseline_visit: str
    nadir: float
    nadir_visit: str

    @classmethod
    def start(cls, measure: str, value: float, visit: str) -> "Track":
        """Begin at baseline."""
        return cls(measure, value, visit, value, visit)

    def followed(self, value: float, visit: str) -> "Track":
        """Return the track with one more visit, which has been judged before."""
        return replace(self, nadir=value, nadir_visit=visit) if value < self.nadir else self
