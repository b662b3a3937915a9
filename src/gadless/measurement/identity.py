"""Which visits of a patient show one head, and which of them is somebody else's.

A follow-up is held against the visit that sets the patient's space where it is preprocessed. That
two disagree does not say which is wrong, and a later visit may settle it, so it is judged here,
where all visits of a patient are seen: a new visit then makes no image of another anew. Visits that
agree form a group, and the largest is the patient. Where two are as large nobody can say which, and
no visit of any is evaluable.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gadless.images.same import ANOTHER, MIRRORED, NOTE, VOXELS
from gadless.manifest import Manifest


@dataclass(frozen=True)
class Group:
    """Visits that show one head; the first is what others are held against."""

    visits: list[Manifest]

    @property
    def words(self) -> str:
        """The visits, for a reader."""
        *some, last = (visit.visit for visit in self.visits)
        return f"visits {', '.join(some)} and {last}" if some else f"visit {last}"


def foreign_visits(preprocessed: Iterable[Manifest]) -> dict[str, str]:
    """Return the visits that are not known to be the patient's, each with the reason.

    Parameters
    ----------
    preprocessed : iterable of Manifest
        Of all visits of one patient, by day.

    Returns
    -------
    dict of str to str
        Empty where all visits agree, and where there is but one.
    """
    groups: list[Group] = []
    differences: dict[frozenset[str], str] = {}
    preprocessed = list(preprocessed)
    repeated = _repeated(preprocessed)
    for visit in preprocessed:
        if visit.visit in repeated or not visit.has("t1", "brain") or NOTE not in visit.notes:
            continue
        for group in groups:
            first = group.visits[0]
            difference = _difference(first, visit)
            if difference is None:
                group.visits.append(visit)
                break
            differences[frozenset((first.visit, visit.visit))] = difference
        else:
            groups.append(Group([visit]))
    largest = sorted(groups, key=lambda group: -len(group.visits))[:2]
    if len(largest) < 2:
        return repeated
    tied = len(largest[0].visits) == len(largest[1].visits)
    patient = largest[0]
    found = repeated
    for group in groups:
        if group is patient and not tied:
            continue
        other = largest[1] if group is patient else patient
        pair = frozenset((group.visits[0].visit, other.visits[0].visit))
        reason = _reason(differences.get(pair, ANOTHER), other, tied)
        found |= {visit.visit: reason for visit in group.visits}
    return found


def _repeated(preprocessed: Iterable[Manifest]) -> dict[str, str]:
    """Return the visits that have a scan of an earlier one once more, each with the reason."""
    first: dict[str, tuple[str, str]] = {}
    found: dict[str, str] = {}
    for visit in preprocessed:
        for sequence, voxels in visit.notes.get(VOXELS, {}).items():
            other, its = first.setdefault(voxels, (visit.visit, sequence))
            if other != visit.visit:
                found[visit.visit] = (
                    f"{sequence}: is the image of visit {other}, {its} once more (one scan at two"
                    " visits)"
                )
    return found


def _reason(difference: str, other: Group, tied: bool) -> str:
    said = (
        f"T1: is the mirror image of {other.words} (right and left exchanged)"
        if difference == MIRRORED
        else f"T1: shows another head than {other.words} (another patient's scan)"
    )
    return f"{said}, and no further visit says which of them is the patient's" if tied else said


def _difference(first: Manifest, visit: Manifest) -> str | None:
    """Say how two visits differ; None where they show one head."""
    for one, other in ((visit, first), (first, visit)):
        if one.notes[NOTE]["with"] == other.visit:
            said: str | None = one.notes[NOTE]["difference"]
            return said
    return _compared(first, visit)


def _compared(first: Manifest, visit: Manifest) -> str | None:
    """Compare two visits that were not held against each other: neither lies in the other's space.

    Rare: the visit that sets the space is unusable, or itself the one that is wrong.
    """
    # Here alone: it brings SimpleITK along.
    from gadless.images.identity import compare_manifests

    return compare_manifests(first, visit, visit.notes[NOTE])
