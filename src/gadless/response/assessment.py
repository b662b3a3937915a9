"""The plain records that classification works on, made once from the tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a visit whatever the contrast; None where it is not recorded.

    The optional fields bear the names of the sheet's clinical columns, and are read by them: a
    further one is a column there and a field here. `contact` tells a clinical contact, at which no
    scan was attempted, from a scan that failed.
    """

    visit: str
    day: int
    steroid_mg: float | None = None
    steroid_reason: str | None = None
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
        The measure of enhancing tumour, in its unit; None where not evaluable.
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
    tumour : bool
        Whether anything else that is known of the visit shows enhancing tumour.
    small_growth, small_nonenhancing_growth : bool
        A lesion too small to measure at baseline is measurable now, and has grown.
    parts : mapping or None
        Size of each target lesion, where the criteria ask how far a single one has grown.
    """

    value: float | None
    reason: str = ""
    nonenhancing: float | None = None
    abnormality: float | None = None
    new_lesion: bool = False
    enhancing_lesions: int | None = None
    nonenhancing_lesions: int | None = None
    measurable: bool | None = None
    tumour: bool = False
    small_growth: bool = False
    small_nonenhancing_growth: bool = False
    parts: Mapping[str, float] | None = None

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
    earliest counts. `parts` are the sizes of the single lesions at the nadir, where they are known.
    """

    measure: str
    baseline: float
    baseline_visit: str
    nadir: float
    nadir_visit: str
    parts: Mapping[str, float] | None = field(default=None, compare=False)

    @classmethod
    def start(
        cls, measure: str, value: float, visit: str, parts: Mapping[str, float] | None = None
    ) -> "Track":
        """Begin at baseline."""
        return cls(measure, value, visit, value, visit, parts)

    def followed(
        self, value: float, visit: str, parts: Mapping[str, float] | None = None
    ) -> "Track":
        """Return the track with one more visit, which has been judged before."""
        return self.anew(value, visit, parts) if value < self.nadir else self

    def anew(self, value: float, visit: str, parts: Mapping[str, float] | None = None) -> "Track":
        """Return the track with its nadir counted anew from a visit; the baseline stays."""
        return replace(self, nadir=value, nadir_visit=visit, parts=parts)
