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
    pending if neither has happened yet. Histology that shows progression confirms it at any later
    visit.

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
            found.append(_outcome(course, position, judge))
    return _carried_forward(course, found)


def _needed(judged: Judged, judge: Judge, patient: Patient) -> bool:
    criteria, visit = judge.criteria, judged.visit
    if judged.response != "PD":
        return criteria.confirm_response_days > 0
    if criteria.confirm_progression == "never":
        return False
    if criteria.confirm_progression == "early" and not judge.is_early(visit, patient):
        return False
    clinical = criteria.clinical_progression and visit.clinical_status == "worse"
    return not (clinical or visit.outside_field or visit.histology_pd)


def _outcome(course: Sequence[Judged], position: int, judge: Judge) -> Confirmed:
    first = course[position]
    progression = first.response == "PD"
    criteria = judge.criteria
    days = criteria.confirm_progression_days if progression else criteria.confirm_response_days
    missed = 0
    for later in course[position + 1 :]:
        if progression and later.visit.histology_pd:
            return "yes"
        if later.response == "NE":
            missed += 1
            if not progression and missed > criteria.confirm_missed:
                return "no"
            continue
        if later.response not in _BEARS_OUT[first.response]:
            return "no"
        if later.visit.day - first.visit.day >= days:
            return "yes" if not progression or _grown_further(first, later, judge) else "no"
    return "pending"


def _grown_further(first: Judged, later: Judged, judge: Judge) -> bool:
    """Whether the confirming visit grew over the first progression, where the criteria ask so."""
    by_growth = first.verdict.rule.startswith(Rule.ENHANCING_GROWTH)
    if judge.criteria.confirm_against == "nadir" or not by_growth:
        return True
    before, now = first.verdict.value, later.verdict.value
    return before is None or now is None or has_grown(now, before, judge.criteria.growth)


def _carried_forward(
    course: Sequence[Judged], found: list[Confirmed | None]
) -> list[Confirmed | None]:
    """Give the visits that bear out an earlier one their share of its confirmation.

    The second of two complete responses 28 days apart is as confirmed as the first, although no
    third visit follows it.
    """
    result = list(found)
    standing: str | None = None
    for position, judged in enumerate(course):
        if judged.response == "NE":
            continue
        if standing is not None and judged.response not in _BEARS_OUT[standing]:
            standing = None
        if standing == judged.response and result[position] in ("pending", "no"):
            result[position] = "yes"
        if found[position] == "yes":
            standing = judged.response
    return result
