"""One patient's time to progression: which event ends it, and what censors it before."""

from dataclasses import dataclass

from gadless.response.censoring import Censoring
from gadless.response.courses import UNCONFIRMED, Course
from gadless.response.schedule import Planned

NEW_THERAPY = "new_therapy"
MISSED = "missed visits"
# Words of a description, and the reason that they stand for; the number is that of CDISC's CNSR.
_REASONS = (
    ("no baseline", "no baseline", 2),
    ("new therapy", "new therapy", 3),
    ("missed visits", MISSED, 4),
    ("death without progression", "death without progression", 5),
    ("not confirmed", "not confirmed", 6),
    ("without an evaluable image", "clinical decline without an evaluable image", 7),
    ("alive", "alive", 1),
)


def reason(event: int | None, description: str) -> str:
    """Say in a few words why a time ends: ``event``, ``not known``, or what censored it."""
    if event is None:
        return description
    if event:
        return "event"
    return next((name for words, name, _ in _REASONS if words in description), "no progression")


def censor_code(description: str) -> int:
    """Return CDISC's ``CNSR`` of a reason for censoring; 1 where nothing came in between."""
    return next((code for words, _, code in _REASONS if words in description), 1)


@dataclass(frozen=True, slots=True)
class Survivor:
    """What the patients sheet says about one patient's time; None where not recorded."""

    patient: str
    os_days: int | None
    os_event: bool | None
    new_therapy_day: int | None
    origin: int | None

    @property
    def death(self) -> int | None:
        """Day of death; None if alive or not known."""
        return self.os_days if self.os_event else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One endpoint of one patient, by study day."""

    day: int | None
    event: bool | None
    description: str
    visit: str | None = None
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides on a time to progression: the censoring rules, and when visits were planned."""

    censoring: Censoring
    planned: Planned

    def missed(self, course: Course, survivor: Survivor, event: Outcome) -> bool:
        """Whether too many planned visits were missed before an event.

        More than ``missed_visits`` planned intervals and the window lie between the event and the
        last visit before it that showed the tumour, or the start.
        """
        limit = self.censoring.missed_visits
        kind = "death" if event.trigger == "death" else "progression"
        if limit is None or kind not in self.censoring.missed_before:
            return False
        day = event.day or 0
        seen = [each for each in course.shown if each.day < day]
        last = max([course.start, *seen], key=lambda each: each.day)
        elapsed = self.planned.elapsed(
            survivor.patient, survivor.origin or 0, last, (day, event.visit)
        )
        return elapsed > limit + self.planned.window


def progression_time(course: Course, survivor: Survivor, rules: Rules, *, deaths: bool) -> Outcome:
    """Time to progression (`deaths` false) or progression-free survival of one patient."""
    origin, censoring = survivor.origin or 0, rules.censoring
    event = _first_event(course, survivor)
    if not course.has_baseline and (censoring.no_baseline == "censor" or event is None):
        return Outcome(origin, False, f"censored at the start: no baseline ({course.why})")
    limit = None if censoring.new_therapy == "ignore" else survivor.new_therapy_day
    if limit is not None and (event is None or (event.day or 0) > limit):
        if censoring.new_therapy == "event":
            return _at_new_therapy(limit, origin)
        return _last_assessment(course, origin, limit, "new therapy")
    if event is None:
        return _last_assessment(course, origin, None, course.uncounted or "no progression")
    if rules.missed(course, survivor, event):
        what = "death" if event.trigger == "death" else "progression"
        return _last_assessment(
            course, origin, (event.day or 0) - 1, f"{what} after {_many(censoring)} missed visits"
        )
    if event.trigger == "death" and not deaths:
        unseen = "" if course.has_baseline else ", no baseline"
        words = f"censored: death without progression{unseen}{_waiting(course)}"
        return Outcome(event.day, False, words)
    return event


def _at_new_therapy(day: int, origin: int) -> Outcome:
    """End the time with a new therapy; one that began before time counts has no time."""
    if day < origin:
        return Outcome(None, None, "new therapy before time counts")
    return Outcome(day, True, "new therapy", None, NEW_THERAPY)


def _many(censoring: Censoring) -> str:
    words = {1: "one", 2: "two"}
    return f"{words.get(censoring.missed_visits or 0, censoring.missed_visits)} or more"


def _first_event(course: Course, survivor: Survivor) -> Outcome | None:
    """Progression or death, whichever comes first; progression on the day of death counts."""
    if course.progression is not None:
        day, visit, cause, pending = course.progression
        waits = "; confirmation pending" if pending else ""
        return Outcome(day, True, f"progression{waits}", visit, cause)
    if survivor.death is not None:
        return Outcome(survivor.death, True, f"death{_waiting(course)}", None, "death")
    return None


def _waiting(course: Course) -> str:
    """Return what to add to a death that came before a progression was confirmed."""
    return f"; {UNCONFIRMED}" if course.uncounted == UNCONFIRMED else ""


def _last_assessment(course: Course, origin: int, limit: int | None, why: str) -> Outcome:
    """Censor at the last adequate assessment, up to and including the day `limit`."""
    inside = [each for each in course.assessed if limit is None or each[0] <= limit]
    if not inside:
        return Outcome(origin, False, f"censored at the start: {why}, no assessment before")
    day, visit = inside[-1]
    return Outcome(day, False, f"censored at the last assessment: {why}", visit)
