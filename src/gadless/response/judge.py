"""One visit against its baseline and nadir: the heart of the classifier."""

from dataclasses import dataclass
from decimal import Decimal

from gadless.response.assessment import Assessment, Patient, Track, Visit
from gadless.response.criteria import Criteria
from gadless.response.exact import has_grown, has_shrunk
from gadless.response.rules import Rule
from gadless.response.shapes import Compartment
from gadless.trial.config.response import Response

# Two perpendicular diameters of 10 mm: least measurable lesion of all criteria sets that have one.
LEAST_PRODUCT_MM2 = 100.0

_RAISED = "steroid dose raised"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The response of one visit, with the rule and the measure that decided."""

    response: str
    rule: str
    track: Track | None
    value: float | None


@dataclass(slots=True)
class Tracks:
    """All measures of one patient on one contrast, followed from baseline."""

    enhancing: Track
    nonenhancing: Track | None
    abnormality: Track | None
    baseline: Visit
    measurable: bool
    empty: bool
    nonenhancing_empty: bool

    def follow(self, assessment: Assessment, visit: str) -> None:
        """Take in an evaluable visit, after it has been judged."""
        if assessment.value is not None:
            self.enhancing = self.enhancing.followed(assessment.value, visit)
        if self.nonenhancing is not None and assessment.nonenhancing is not None:
            self.nonenhancing = self.nonenhancing.followed(assessment.nonenhancing, visit)
        if self.abnormality is not None and assessment.abnormality is not None:
            self.abnormality = self.abnormality.followed(assessment.abnormality, visit)


@dataclass(frozen=True, slots=True)
class Judge:
    """A criteria set together with the configured choices that complete it.

    Attributes
    ----------
    criteria : Criteria
    settings : Response
    least : float
        Least size that growth must reach, and least measurable size, in the measure's unit.
    absent : float
        Size at or below which nothing is left.
    mixed : bool
        Whether non-enhancing tumour is judged in parallel.
    t2flair : str
        How T2/FLAIR takes part.
    """

    criteria: Criteria
    settings: Response
    least: float
    absent: float
    mixed: bool
    t2flair: str

    @classmethod
    def of(cls, criteria: Criteria, settings: Response) -> "Judge":
        """Complete a criteria set by the configuration."""
        volume = criteria.measure == "volume"
        return cls(
            criteria,
            settings,
            settings.smallest_volume_cm3 if volume else LEAST_PRODUCT_MM2,
            settings.absent_volume_cm3 if volume else 0.0,
            settings.disease == "mixed" and criteria.nonenhancing_disease,
            settings.t2flair or criteria.t2flair,
        )

    @property
    def measure(self) -> str:
        """Column of the enhancing measure."""
        return "enhancing_cm3" if self.criteria.measure == "volume" else "spd_mm2"

    @property
    def nonenhancing_measure(self) -> str:
        """Column of the non-enhancing measure."""
        return "nonenhancing_cm3" if self.criteria.measure == "volume" else "nonenhancing_spd_mm2"

    def start(self, visit: Visit, assessment: Assessment) -> Tracks:
        """Begin to follow a contrast at its baseline visit."""
        value = assessment.value
        if value is None:
            raise ValueError("a baseline must be evaluable")
        nonenhancing = abnormality = None
        if self.mixed and assessment.nonenhancing is not None:
            nonenhancing = Track.start(
                self.nonenhancing_measure, assessment.nonenhancing, visit.visit
            )
        if self.t2flair == "volume" and assessment.abnormality is not None:
            abnormality = Track.start("abnormality_cm3", assessment.abnormality, visit.visit)
        measurable = assessment.measurable
        return Tracks(
            Track.start(self.measure, value, visit.visit),
            nonenhancing,
            abnormality,
            visit,
            value >= self.least if measurable is None else measurable,
            self._gone(value, assessment.enhancing_lesions),
            self._gone(assessment.nonenhancing or 0.0, assessment.nonenhancing_lesions),
        )

    def _gone(self, value: float, lesions: int | None) -> bool:
        """Whether nothing is left, not even what is no target."""
        return value <= self.absent and not lesions

    def is_early(self, visit: Visit, patient: Patient) -> bool:
        """Whether a visit falls into the window in which treatment can mimic progression."""
        start = {
            "radiotherapy": patient.radiotherapy_end_day,
            "treatment": patient.treatment_day or 0,
            None: None,
        }[self.criteria.early_window]
        return start is not None and visit.day - start <= self.criteria.early_window_days

    def judge(
        self, visit: Visit, assessment: Assessment, tracks: Tracks, patient: Patient
    ) -> Verdict:
        """Judge an evaluable visit after baseline from what was known on that day."""
        grounds = self._grounds_of_progression(visit, assessment, tracks)
        if grounds:
            rule, track, value = grounds[0]
            proven = visit.outside_field or visit.histology_pd
            if (
                self.criteria.early_progression == "outside_field"
                and self.is_early(visit, patient)
                and not proven
            ):
                return Verdict("SD", Rule.TOO_EARLY, track, value)
            remarks = "".join(f"; also {other}" for other, _, _ in grounds[1:])
            after_radiotherapy = self.criteria.early_window == "radiotherapy"
            if after_radiotherapy and patient.radiotherapy_end_day is None:
                remarks += "; end of radiotherapy unknown, taken as late"
            return Verdict("PD", rule + remarks, track, value)
        return self._without_progression(visit, assessment, tracks)

    def clinical_decline(self, visit: Visit, patient: Patient) -> bool:
        """Whether the clinical state alone, without an evaluable image, is progression."""
        if not (self.criteria.clinical_progression and visit.clinical_status == "worse"):
            return False
        held_back = self.criteria.early_progression == "outside_field"
        return not (held_back and self.is_early(visit, patient))

    def _grounds_of_progression(
        self, visit: Visit, assessment: Assessment, tracks: Tracks
    ) -> list[tuple[Rule, Track, float | None]]:
        """All grounds of progression, what the images show first."""
        main, value = tracks.enhancing, assessment.value
        growth, least = self.criteria.growth, self.least
        t2flair_growth, least_cm3 = self.criteria.t2flair_growth, self.settings.smallest_volume_cm3
        grounds: list[tuple[Rule, Track, float | None]] = []
        if _grown(main, value, growth, least):
            grounds.append((Rule.ENHANCING_GROWTH, main, value))
        if assessment.small_growth:
            grounds.append((Rule.NONMEASURABLE_GROWTH, main, value))
        if assessment.new_lesion and self.criteria.new_lesions != "added":
            grounds.append((Rule.NEW_LESION, main, value))
        second, size = tracks.nonenhancing, assessment.nonenhancing
        if second is not None and _grown(second, size, growth, least):
            grounds.append((Rule.NONENHANCING_GROWTH, second, size))
        if second is not None and assessment.small_nonenhancing_growth:
            grounds.append((Rule.NONENHANCING_NONMEASURABLE, second, size))
        third, size = tracks.abnormality, assessment.abnormality
        if third is not None and _grown(third, size, t2flair_growth, least_cm3):
            grounds.append((Rule.T2FLAIR_GROWTH, third, size))
        if self.t2flair == "flag" and visit.t2flair_worse:
            grounds.append((Rule.T2FLAIR_WORSE, main, value))
        if self.criteria.clinical_progression and visit.clinical_status == "worse":
            grounds.append((Rule.CLINICAL_DECLINE, main, value))
        return grounds

    def _without_progression(self, visit: Visit, assessment: Assessment, tracks: Tracks) -> Verdict:
        main = self._enhancing(assessment, tracks)
        second = self._nonenhancing(assessment, tracks)
        found = main.joined(second)
        track, value = found.track, found.value
        if found.capped and found.shape in (None, "SD"):
            return Verdict("SD", Rule.NOT_MEASURABLE, track, value)
        if found.shape is None:
            return Verdict("SD", Rule.NO_DISEASE, track, value)
        if found.shape == "SD":
            below = value < self.least and has_grown(value, track.nadir, self.criteria.growth)
            rule = Rule.BELOW_MINIMUM if below and found is main else Rule.NO_THRESHOLD
            remark = f"; {_RAISED}" if self._dose_raised(visit, tracks.baseline) else ""
            return Verdict("SD", rule + remark, track, value)
        return self._with_conditions(found.shape, visit, assessment, tracks, track, value)

    def _enhancing(self, assessment: Assessment, tracks: Tracks) -> Compartment:
        """Category of enhancing tumour by size; None where there never was any."""
        value, track = assessment.value, tracks.enhancing
        if value is None:
            raise ValueError("only an evaluable visit can be judged")
        gone = self._gone(value, assessment.enhancing_lesions)
        shape = None if gone and tracks.empty else self._shape(value, track, gone)
        measurable = tracks.measurable or not self.criteria.measurable_only
        return Compartment(shape, track, value).held_to(measurable=measurable)

    def _nonenhancing(self, assessment: Assessment, tracks: Tracks) -> Compartment | None:
        """Category of non-enhancing tumour, where disease is mixed; MR is its own."""
        value, track = assessment.nonenhancing, tracks.nonenhancing
        if track is None or value is None:
            return None
        gone = self._gone(value, assessment.nonenhancing_lesions)
        shape = None if gone and tracks.nonenhancing_empty else self._shape(value, track, gone)
        minor = self.criteria.minor
        if shape == "SD" and minor is not None and has_shrunk(value, track.baseline, minor):
            shape = "MR"
        measurable = track.baseline >= self.least or not self.criteria.measurable_only
        return Compartment(shape, track, value).held_to(measurable=measurable)

    @property
    def _no_dose(self) -> float:
        """Dose that still counts as none, mg a day."""
        return self.settings.physiologic_steroid_mg if self.criteria.physiologic_steroids else 0.0

    def _dose_raised(self, visit: Visit, baseline: Visit) -> bool:
        dose, before = visit.steroid_mg, baseline.steroid_mg
        if not self.criteria.steroids or dose is None or before is None:
            return False
        return dose > max(before, self._no_dose)

    def _shape(self, value: float, track: Track, gone: bool) -> str:
        """Category by size alone, progression aside."""
        if gone:
            return "CR"
        return "PR" if has_shrunk(value, track.baseline, self.criteria.partial) else "SD"

    def _with_conditions(
        self,
        shape: str,
        visit: Visit,
        assessment: Assessment,
        tracks: Tracks,
        track: Track,
        value: float,
    ) -> Verdict:
        """Hold a response against steroids, clinical state and T2/FLAIR; say what is not known."""
        rule = {"CR": Rule.NOTHING_LEFT, "PR": Rule.SHRINKAGE, "MR": Rule.MINOR_SHRINKAGE}[shape]
        if visit.clinical_status == "worse" and self.criteria.steroids:
            return Verdict("SD", f"{Rule.CONDITIONS}; clinically worse", track, value)
        remarks = []
        if self.criteria.steroids:
            dose, before = visit.steroid_mg, tracks.baseline.steroid_mg
            if dose is None:
                remarks.append("steroid dose unknown")
            elif shape == "CR" and dose > self._no_dose:
                shape, rule = "PR", Rule.SHRINKAGE
                remarks.append("nothing left, but on steroids")
            # PR asks for a dose not above baseline's, be it physiologic or not.
            if shape != "CR" and dose:
                if before is None:
                    remarks.append("steroid dose at baseline unknown")
                elif dose > before:
                    return Verdict("SD", f"{Rule.CONDITIONS}; {_RAISED}", track, value)
            if visit.clinical_status is None:
                remarks.append("clinical state unknown")
        if self.t2flair == "flag" and visit.t2flair_worse is None:
            remarks.append("T2/FLAIR not read")
        if self.t2flair == "volume" and None in (tracks.abnormality, assessment.abnormality):
            remarks.append("T2/FLAIR not measured")
        return Verdict(shape, "; ".join([rule, *remarks]), track, value)


def _grown(track: Track, value: float | None, growth: Decimal, least: float) -> bool:
    """Whether a measure has grown over its nadir, and to a size that counts."""
    return value is not None and value >= least and has_grown(value, track.nadir, growth)
