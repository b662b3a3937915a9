"""Whether a response or a progression is borne out by a later visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gadless.response.assessment import Patient, Visit
from gadless.response.exact import has_grown
from gadless.response.judge import Judge, Verdict
from gadless.response.rules import Rule

Confirmed = Literal["yes", "no", "pending", "not_needed"]

_BEARS_OUT = {"CR": {"CR"}, "PR": {"CR", "PR"}, "PD": {"PD"}}


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit and its verdict."""

    visit: Visit
    verdict: Verdict

    @property
    def response(self) -> str:
        """Its category."""
        return self.verdict.response


def confirmations(
    course: Sequence[Judged], judge: Judge, patient: Patient
) -> list[Confirmed | None]:
    """Confirm each CR, PR and PD of one patient on one contrast.

    A category is borne out if every evaluable visit up to one at least the required days later has
    it too (PR is also borne out by CR), refuted by the first evaluable visit that has not, and
    pending if neither has happened yet. Until a scan has refuted it, histology confirms a
    progression, whatever the scan of that visit shows, and so does progression by clinical decline,
    where the criteria ask no confirmation of such; a biopsy after that tells of a later one. What
    follows a new therapy is no evidence on what was seen before it.

    Parameters
    ----------
    course : sequence of Judged
        The visits after baseline, by day; NE where not evaluable.
    judge : Judge
    patient : Patient

    Returns
    -------
    list of str or None
        ``yes``, ``no``, ``pending`` or ``not_needed``; None for MR, SD and NE.
    """
    found: list[Confirmed | None] = []
    for position, judged in enumerate(course):
        if judged.response not in _BEARS_OUT:
            found.append(None)
        elif not _needed(judged, judge, patient):
            found.append("not_needed")
        else:
            later = _evidence(course, position, patient)
            found.append(_outcome(later, judged, judge))
    return _carried_forward(course, found, patient)


def _needed(judged: Judged, judge: Judge, patient: Patient) -> bool:
    criteria, visit = judge.criteria, judged.visit
    if judged.response != "PD":
        return criteria.confirm_response_days > 0
    if criteria.confirm_progression == "never":
        return False
    if criteria.confirm_progression == "early" and not judge.is_early(visit, patient):
        return False
    return not _waivers(visit, judge)


def _waivers(visit: Visit, judge: Judge) -> set[str]:
    """Name what makes confirmation of a progression at this visit unnecessary."""
    criteria = judge.criteria
    found = {
        "clinical": criteria.clinical_progression and visit.clinical_status == "worse",
        "outside_field": visit.outside_field,
        "histology": visit.histology_pd,
    }
    return {name for name in criteria.confirm_waived_by if found[name]}


def _outcome(later: Sequence[Judged], first: Judged, judge: Judge) -> Confirmed:
    """Settle one category by the visits that follow it."""
    progression = first.response == "PD"
    criteria = judge.criteria
    days = criteria.confirm_progression_days if progression else criteria.confirm_response_days
    missed = 0
    for each in later:
        shown = _waivers(each.visit, judge) if progression else set()
        if "histology" in shown:
            return "yes"
        if each.response == "NE":
            # At a clinical contact no scan was missed.
            missed += not each.visit.contact
            if not progression and missed > criteria.confirm_missed:
                return "no"
            continue
        if each.response not in _BEARS_OUT[first.response]:
            return "no"
        if "clinical" in shown:
            return "yes"
        if each.visit.day - first.visit.day >= days:
            return "yes" if not progression or _grown_further(first, each, judge) else "no"
    return "pending"


def _evidence(course: Sequence[Judged], position: int, patient: Patient) -> Sequence[Judged]:
    """Visits that can tell on an earlier one: none from under a therapy that came between."""
    change = patient.new_therapy_day
    later = course[position + 1 :]
    if change is None or course[position].visit.day > change:
        return later
    return [each for each in later if each.visit.day <= change]


def _grown_further(first: Judged, later: Judged, judge: Judge) -> bool:
    """Whether the confirming visit grew over the first progression, where the criteria ask so."""
    by_growth = first.verdict.rule.startswith(Rule.ENHANCING_GROWTH)
    if judge.criteria.confirm_against == "nadir" or not by_growth:
        return True
    before, now = first.verdict.value, later.verdict.value
    return before is None or now is None or has_grown(now, before, judge.criteria.growth)


def _carried_forward(
    course: Sequence[Judged], found: list[Confirmed | None], patient: Patient
) -> list[Confirmed | None]:
    """Give the visits that bear out an earlier one their share of its confirmation.

    The second of two complete responses 28 days apart is as confirmed as the first, although no
    third visit follows it.
    """
    result = list(found)
    standing: str | None = None
    change = patient.new_therapy_day
    before: int | None = None
    for position, judged in enumerate(course):
        if change is not None and before is not None and before <= change < judged.visit.day:
            standing = None
        before = judged.visit.day
        if judged.response == "NE":
            continue
        if standing is not None and judged.response not in _BEARS_OUT[standing]:
            standing = None
        if standing == judged.response and result[position] in ("pending", "no"):
            result[position] = "yes"
        if found[position] == "yes":
            standing = judged.response
    return result
