"""Whether a response is borne out by a later visit."""

from collections.abc import Mapping, Sequence
from typing import Literal

from gadless.response.assessment import Patient
from gadless.response.criteria import Criteria
from gadless.response.tracks import Judged

Confirmed = Literal["yes", "no", "pending", "not_needed"]

_BEARS_OUT: Mapping[str, set[str]] = {"CR": {"CR"}, "PR": {"CR", "PR"}}


def confirm_responses(
    course: Sequence[Judged], criteria: Criteria, patient: Patient
) -> list[Confirmed | None]:
    """Confirm each CR and PR of one patient on one contrast.

    A category is borne out if every evaluable visit up to one at least the required days later has
    it too (PR is also borne out by CR), refuted by the first evaluable visit that has not, and
    pending if neither has happened yet. What follows a new therapy is no evidence on what was seen
    before it.

    Parameters
    ----------
    course : sequence of Judged
        The visits after baseline, by day; NE where not evaluable.
    criteria : Criteria
    patient : Patient

    Returns
    -------
    list of str or None
        ``yes``, ``no``, ``pending`` or ``not_needed``; None for all but CR and PR.
    """
    found: list[Confirmed | None] = []
    for position, judged in enumerate(course):
        if judged.response not in _BEARS_OUT:
            found.append(None)
        elif criteria.confirm_response_days == 0:
            found.append("not_needed")
        else:
            later = _evidence(course, position, patient)
            found.append(_outcome(later, judged, criteria))
    return _carried_forward(course, found, patient)


def _outcome(later: Sequence[Judged], first: Judged, criteria: Criteria) -> Confirmed:
    """Settle one category by the visits that follow it."""
    missed = 0
    for each in later:
        if each.response == "NE":
            # At a clinical contact no scan was missed.
            missed += not each.visit.contact
            if missed > criteria.confirm_missed:
                return "no"
        elif each.response not in _BEARS_OUT[first.response]:
            return "no"
        elif each.visit.day - first.visit.day >= criteria.confirm_response_days:
            return "yes"
    return "pending"


def _evidence(course: Sequence[Judged], position: int, patient: Patient) -> Sequence[Judged]:
    """Visits that can tell on an earlier one: none from under a therapy that came between."""
    change = patient.new_therapy_day
    later = course[position + 1 :]
    if change is None or course[position].visit.day > change:
        return later
    return [each for each in later if each.visit.day <= change]


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
