"""One patient's visits on one contrast, judged in order of days."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gadless.response.assessment import Assessment, Patient, Visit
from gadless.response.confirmation import Confirmed, confirm_responses
from gadless.response.judge import Judge
from gadless.response.rules import Rule
from gadless.response.tracks import Judged, Tracks, Verdict


@dataclass(frozen=True, slots=True)
class Settled:
    """A visit with its verdict and what later visits say of it.

    Attributes
    ----------
    visit : Visit
    verdict : Verdict
    confirmed : str or None
        None where there is nothing to confirm.
    dated : str or None
        Visit to which a progression is dated: its own, or an earlier one with the first raised
        steroid dose. None for all else.
    baseline : str or None
        The baseline visit, where there is one.
    """

    visit: Visit
    verdict: Verdict
    confirmed: Confirmed | None = None
    dated: str | None = None
    baseline: str | None = None


@dataclass(slots=True)
class _Episode:
    """A progression that waits for confirmation: its visits, and growth counted anew from it."""

    first: Judged
    members: list[int]
    anew: Tracks | None


@dataclass(slots=True)
class JudgedCourse:
    """Takes the visits after baseline one by one; what is known at a visit decides its category.

    A progression that needs confirmation opens an episode. The visits that follow show progression
    on the same tumour and share its fate, until one settles it:

    - histology, or a progression that counts by itself (clinical decline, outside the field, no
      longer early), confirms it, however few the days;
    - a scan that is no progression refutes it;
    - a progression at least the required days later confirms it, by ``confirm_against: first``
      only if there are grounds over the scan that first showed it, and refutes it else.

    Once it is refuted, growth is measured from its first scan on where the criteria have
    ``refuted_becomes_reference``, at the visit that refuted it already. Visits after a new therapy
    settle nothing that was seen before it.
    """

    judge: Judge
    patient: Patient
    baseline: Visit
    tracks: Tracks
    course: list[Judged] = field(default_factory=list)
    confirmed: list[Confirmed | None] = field(default_factory=list)
    dated: list[str | None] = field(default_factory=list)
    _episode: _Episode | None = None
    _standing: bool = False
    _raised_at: Visit | None = None

    def take(self, visit: Visit, assessment: Assessment) -> None:
        """Judge the next visit, and settle what it tells of earlier ones."""
        self._stop_at_new_therapy(visit)
        raised = self._follow_steroids(visit)
        judged = self._judged(visit, assessment)
        if self._episode is not None and (outcome := self._outcome(judged, self._episode)):
            judged = self._settle(outcome, judged, self._episode)
        if raised and judged.response == "SD":
            judged = replace(judged, verdict=_unresolved(judged.verdict))
        self._enter(judged)
        if assessment.evaluable:
            self.tracks = self.tracks.followed(assessment, visit.visit)
            if self._episode is not None and self._episode.anew is not None:
                self._episode.anew = self._episode.anew.followed(assessment, visit.visit)

    def settled(self) -> list[Settled]:
        """Return all visits taken so far, responses confirmed as well."""
        responses = confirm_responses(self.course, self.judge.criteria, self.patient)
        return [
            Settled(each.visit, each.verdict, own or response, dated, self.baseline.visit)
            for each, own, response, dated in zip(
                self.course, self.confirmed, responses, self.dated, strict=True
            )
        ]

    def _judged(self, visit: Visit, assessment: Assessment) -> Judged:
        if assessment.evaluable:
            verdict = self.judge.judge(visit, assessment, self.tracks, self.patient)
        elif self.judge.clinical_decline(visit, self.patient):
            remark = f"{Rule.CLINICAL_DECLINE}; not evaluable: {assessment.reason}"
            verdict = Verdict("PD", remark, None, None)
        else:
            verdict = Verdict("NE", f"{Rule.NOT_EVALUABLE}; {assessment.reason}", None, None)
        return Judged(visit, assessment, verdict)

    def _enter(self, judged: Judged) -> None:
        """Add a judged visit, and say how its progression stands."""
        position, confirmed = len(self.course), None
        dated = None
        if judged.response == "PD":
            confirmed = self._standing_of(judged, position)
            dated = (self._raised_at or judged.visit).visit
        elif judged.response != "NE":
            self._standing = False
        self.course.append(judged)
        self.confirmed.append(confirmed)
        self.dated.append(dated)

    def _standing_of(self, judged: Judged, position: int) -> Confirmed:
        if self._episode is not None:
            self._episode.members.append(position)
            return "pending"
        if not self._needs_confirmation(judged.visit):
            return "not_needed"
        if self._standing:
            return "yes"
        shown = judged.assessment
        anew = self.tracks.anew(shown, judged.visit.visit) if shown.evaluable else None
        self._episode = _Episode(judged, [position], anew)
        return "pending"

    def _outcome(self, judged: Judged, episode: _Episode) -> Confirmed | None:
        """Whether a visit confirms or refutes the progression that waits; None: neither."""
        criteria, waived = self.judge.criteria, self._waivers(judged.visit)
        if "histology" in waived:
            return "yes"
        if judged.response == "NE":
            return None
        if judged.response != "PD":
            return "no"
        if waived:
            return "yes"
        enough = judged.visit.day - episode.first.visit.day >= criteria.confirm_progression_days
        counts = enough or not self._needs_confirmation(judged.visit)
        if counts and (criteria.confirm_against == "nadir" or self._went_on(judged, episode)):
            return "yes"
        return "no" if enough and judged.assessment.evaluable else None

    def _went_on(self, judged: Judged, episode: _Episode) -> bool:
        """Whether a visit shows grounds of progression over the scan that first showed it."""
        first = episode.first
        if not first.assessment.evaluable:
            return True
        if not judged.assessment.evaluable:
            return False
        over = self.tracks.anew(first.assessment, first.visit.visit)
        return bool(self.judge.grounds_of_progression(judged.visit, judged.assessment, over))

    def _settle(self, outcome: Confirmed, judged: Judged, episode: _Episode) -> Judged:
        """Close an episode; return the visit that did, judged anew where growth is."""
        for position in episode.members:
            self.confirmed[position] = outcome
        self._episode, self._standing = None, outcome == "yes"
        criteria, name = self.judge.criteria, episode.first.visit.visit
        if outcome == "yes" or not criteria.refuted_becomes_reference or episode.anew is None:
            return judged
        self.tracks = episode.anew
        again = self._judged(judged.visit, judged.assessment)
        remark = f"progression of {name} refuted, growth is measured from it"
        return replace(again, verdict=again.verdict.remarked(remark))

    def _needs_confirmation(self, visit: Visit) -> bool:
        criteria = self.judge.criteria
        if criteria.confirm_progression == "never":
            return False
        if criteria.confirm_progression == "early" and not self.judge.is_early(visit, self.patient):
            return False
        return not self._waivers(visit)

    def _waivers(self, visit: Visit) -> set[str]:
        """Name what makes confirmation of a progression at this visit unnecessary."""
        criteria = self.judge.criteria
        found = {
            "clinical": criteria.clinical_progression and visit.clinical_status == "worse",
            "outside_field": visit.outside_field,
            "histology": visit.histology_pd,
        }
        return {name for name in criteria.confirm_waived_by if found[name]}

    def _stop_at_new_therapy(self, visit: Visit) -> None:
        """Leave what waits when a new therapy begins waiting: later visits show the therapy."""
        change = self.patient.new_therapy_day
        before = self.course[-1].visit.day if self.course else None
        if change is not None and before is not None and before <= change < visit.day:
            self._episode, self._standing = None, False

    def _follow_steroids(self, visit: Visit) -> bool:
        """Whether a stable scan of this visit is unresolved by a raised steroid dose."""
        reasons = self.judge.criteria.unresolved_steroid_reasons
        raised = self.judge.dose_raised(visit, self.baseline)
        if raised is False:
            self._raised_at = None
        elif raised and self._raised_at is None and visit.steroid_reason in reasons:
            self._raised_at = visit
        return bool(raised) and self._raised_at is not None


def _unresolved(verdict: Verdict) -> Verdict:
    return replace(verdict, response="NE", rule=f"{Rule.STEROIDS_UNRESOLVED}; {verdict.rule}")


def judge_course(
    visits: Sequence[Visit],
    assessments: Sequence[Assessment],
    baseline: int,
    judge: Judge,
    patient: Patient,
) -> list[Settled]:
    """Judge one patient's visits on one contrast.

    Parameters
    ----------
    visits : sequence of Visit
        By day.
    assessments : sequence of Assessment
        What each shows.
    baseline : int
        Position of the baseline visit, which must be evaluable.
    judge : Judge
    patient : Patient

    Returns
    -------
    list of Settled
        Every visit; up to the baseline they are NE.
    """
    start = visits[baseline]
    tracks = judge.start(start, assessments[baseline])
    before = [
        Settled(visit, Verdict("NE", Rule.BEFORE_BASELINE, None, shown.value))
        for visit, shown in zip(visits[:baseline], assessments[:baseline], strict=True)
    ]
    first = Verdict("NE", Rule.BASELINE, tracks.enhancing, assessments[baseline].value)
    course = JudgedCourse(judge, patient, start, tracks)
    for visit, assessment in zip(visits[baseline + 1 :], assessments[baseline + 1 :], strict=True):
        course.take(visit, assessment)
    return [*before, Settled(start, first, baseline=start.visit), *course.settled()]


def read_course(
    visits: Sequence[Visit],
    categories: Sequence[str | None],
    reasons: Sequence[str | None],
    baseline: int,
) -> list[Settled]:
    """Take a reader's own categories as they stand, from the baseline on.

    Parameters
    ----------
    visits : sequence of Visit
        By day.
    categories : sequence of str or None
        None where there is none.
    reasons : sequence of str or None
        Why a visit has none.
    baseline : int
        Position of the baseline visit.
    """
    start, found = visits[baseline].visit, []
    for position, (visit, category) in enumerate(zip(visits, categories, strict=True)):
        if position < baseline:
            found.append(Settled(visit, Verdict("NE", Rule.BEFORE_BASELINE, None, None)))
        elif position == baseline:
            verdict = Verdict("NE", Rule.BASELINE, None, None)
            found.append(Settled(visit, verdict, baseline=start))
        elif category is None:
            rule = f"{Rule.NOT_EVALUABLE}; {reasons[position]}"
            found.append(Settled(visit, Verdict("NE", rule, None, None), baseline=start))
        else:
            final: Confirmed | None = "not_needed" if category in ("CR", "PR", "PD") else None
            dated = visit.visit if category == "PD" else None
            verdict = Verdict(category, Rule.AS_READ, None, None)
            found.append(Settled(visit, verdict, final, dated, start))
    return found
