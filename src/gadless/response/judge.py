"""One visit against its baseline and nadir: the heart of the classifier."""

from dataclasses import dataclass
from decimal import Decimal

from gadless.response.assessment import Assessment, Patient, Track, Visit
from gadless.response.completed import CompletedCriteria
from gadless.response.exact import has_grown, has_risen, has_shrunk
from gadless.response.rules import Rule
from gadless.response.shapes import Compartment
from gadless.response.tracks import Ground, Tracks, Verdict

_RAISED = "steroid dose raised"


@dataclass(frozen=True, slots=True)
class Judge(CompletedCriteria):
    """Judges visits by a criteria set as the configuration completes it."""

    def start(self, visit: Visit, assessment: Assessment) -> Tracks:
        """Begin to follow a contrast at its baseline visit."""
        value = assessment.value
        if value is None:
            raise ValueError("a baseline must be evaluable")
        nonenhancing = abnormality = None
        if self.mixed and assessment.nonenhancing is not None:
            nonenhancing = Track.start(
                str(self.measure.nonenhancing), assessment.nonenhancing, visit.visit
            )
        if self.t2flair == "volume" and assessment.abnormality is not None:
            abnormality = Track.start("abnormality_cm3", assessment.abnormality, visit.visit)
        measurable = assessment.measurable
        return Tracks(
            Track.start(self.measure.column, value, visit.visit, assessment.parts),
            nonenhancing,
            abnormality,
            visit,
            value >= self.least if measurable is None else measurable,
            self._gone(value, assessment.enhancing_lesions, assessment.tumour),
            self._gone(assessment.nonenhancing or 0.0, assessment.nonenhancing_lesions),
        )

    def _gone(self, value: float, lesions: int | None, tumour: bool = False) -> bool:
        """Whether nothing is left, not even what is no target."""
        return value <= self.absent and not lesions and not tumour

    def judge(
        self, visit: Visit, assessment: Assessment, tracks: Tracks, patient: Patient
    ) -> Verdict:
        """Judge an evaluable visit after baseline from what was known on that day."""
        grounds = self.grounds_of_progression(visit, assessment, tracks)
        if grounds:
            rule, track, value = grounds[0].rule, grounds[0].track, grounds[0].value
            proven = visit.outside_field or visit.histology_pd
            if (
                self.criteria.early_progression == "outside_field"
                and self.is_early(visit, patient)
                and not proven
            ):
                return Verdict("SD", Rule.TOO_EARLY, track, value)
            remarks = "".join(f"; also {other.rule}" for other in grounds[1:])
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

    def grounds_of_progression(
        self, visit: Visit, assessment: Assessment, tracks: Tracks
    ) -> list[Ground]:
        """All grounds of progression over what the tracks hold, what the images show first."""
        main, value = tracks.enhancing, assessment.value
        growth, least = self.criteria.growth, self.least
        t2flair_growth, least_cm3 = self.criteria.t2flair_growth, self.settings.smallest_volume_cm3
        grounds: list[Ground] = []
        if self._enhancing_grown(assessment, main):
            grounds.append(Ground(Rule.ENHANCING_GROWTH, main, value))
        if assessment.small_growth:
            grounds.append(Ground(Rule.NONMEASURABLE_GROWTH, main, value))
        if assessment.new_lesion and self.criteria.new_lesions != "added":
            grounds.append(Ground(Rule.NEW_LESION, main, value))
        second, size = tracks.nonenhancing, assessment.nonenhancing
        if second is not None and _grown(second, size, growth, least):
            grounds.append(Ground(Rule.NONENHANCING_GROWTH, second, size))
        if second is not None and assessment.small_nonenhancing_growth:
            grounds.append(Ground(Rule.NONENHANCING_NONMEASURABLE, second, size))
        third, size = tracks.abnormality, assessment.abnormality
        if third is not None and _grown(third, size, t2flair_growth, least_cm3):
            grounds.append(Ground(Rule.T2FLAIR_GROWTH, third, size))
        if self.t2flair == "flag" and visit.t2flair_worse:
            grounds.append(Ground(Rule.T2FLAIR_WORSE, main, value))
        if self.criteria.clinical_progression and visit.clinical_status == "worse":
            grounds.append(Ground(Rule.CLINICAL_DECLINE, main, value))
        return grounds

    def _enhancing_grown(self, assessment: Assessment, track: Track) -> bool:
        grown = _grown(track, assessment.value, self.growth, self.least)
        return grown and self._risen(assessment, track)

    def _risen(self, assessment: Assessment, track: Track) -> bool:
        """Whether a lesion has grown by the least length, where the criteria ask for one."""
        least, value = self.criteria.least_growth, assessment.value
        if least is None or value is None:
            return True
        now, before = assessment.parts, track.parts
        if now is None or before is None:
            return has_risen(value, track.nadir, least)
        return any(has_risen(size, before.get(name, 0.0), least) for name, size in now.items())

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
            rule = self._why_stable(assessment, track) if found is main else Rule.NO_THRESHOLD
            remark = f"; {_RAISED}" if self.dose_raised(visit, tracks.baseline) else ""
            return Verdict("SD", rule + remark, track, value)
        return self._with_conditions(found.shape, visit, assessment, tracks, track, value)

    def _why_stable(self, assessment: Assessment, track: Track) -> str:
        """Name what a change of enhancing tumour by the criteria's share falls short of."""
        value, criteria = assessment.value or 0.0, self.criteria
        grown = has_grown(value, track.nadir, criteria.growth)
        if grown and value < self.least:
            return Rule.BELOW_MINIMUM
        if grown and not has_grown(value, track.nadir, self.growth):
            return f"{Rule.WITHIN_REPEATABILITY}; least growth {self.repeat.growth:.0%}"
        if grown and not self._risen(assessment, track):
            return Rule.BELOW_LEAST_GROWTH
        if has_shrunk(value, track.baseline, criteria.partial):
            return f"{Rule.WITHIN_REPEATABILITY}; least shrinkage {self.repeat.shrinkage:.0%}"
        return Rule.NO_THRESHOLD

    def _enhancing(self, assessment: Assessment, tracks: Tracks) -> Compartment:
        """Category of enhancing tumour by size; None where there never was any."""
        value, track = assessment.value, tracks.enhancing
        if value is None:
            raise ValueError("only an evaluable visit can be judged")
        gone = self._gone(value, assessment.enhancing_lesions, assessment.tumour)
        partial = max(self.criteria.partial, self.repeat.shrinkage)
        shape = None if gone and tracks.empty else _shape(value, track, gone, partial)
        measurable = tracks.measurable or not self.criteria.measurable_only
        return Compartment(shape, track, value).held_to(measurable=measurable)

    def _nonenhancing(self, assessment: Assessment, tracks: Tracks) -> Compartment | None:
        """Category of non-enhancing tumour, where disease is mixed; MR is its own."""
        value, track = assessment.nonenhancing, tracks.nonenhancing
        if track is None or value is None:
            return None
        gone = self._gone(value, assessment.nonenhancing_lesions)
        minor, partial = self.criteria.minor, self.criteria.partial
        shape = None if gone and tracks.nonenhancing_empty else _shape(value, track, gone, partial)
        if shape == "SD" and minor is not None and has_shrunk(value, track.baseline, minor):
            shape = "MR"
        measurable = track.baseline >= self.least or not self.criteria.measurable_only
        return Compartment(shape, track, value).held_to(measurable=measurable)

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
            elif shape == "CR" and dose > self.no_dose:
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


def _shape(value: float, track: Track, gone: bool, partial: Decimal) -> str:
    """Category by size alone, progression aside."""
    if gone:
        return "CR"
    return "PR" if has_shrunk(value, track.baseline, partial) else "SD"
