"""Before or after gadolinium: what words, elements, times and the order of an exam say of a T1."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gadless.intake.choose import alike
from gadless.intake.classify import CONFIDENT, Judged
from gadless.intake.words import known_words

_STRONG = 2.0
# Fewer follow no bolus.
_BOLUS_VOLUMES = 10
_BETWEEN = frozenset({"t2", "flair", "dwi", "adc", "swi", "t2star", "pd", "dsc", "angiography"})
_NOTHING = re.compile(
    r"(no|none|n|nil|0|0 ?ml|false|unknown|undefined|na|n/a|nein|keine?s?|nee|geen|nessuno|ninguno"
    r"|aucune?|nothing|(none|not) (given|used|administered)|[-.?*/]+)?",
    re.IGNORECASE,
)


@dataclass
class _Votes:
    after: float = 0.0
    before: float = 0.0

    def __post_init__(self) -> None:
        self.reasons: list[str] = []

    def add(self, after: float, before: float, reason: str) -> None:
        self.after += after
        self.before += before
        self.reasons.append(reason)


def told_apart(exam: Sequence[Judged]) -> list[Judged]:
    """Say of each T1 of an exam whether it was acquired after contrast agent was given.

    What is stated outweighs what is inferred; once a series shows that agent had been given, every
    later one of the exam is after it, because nothing takes it out again. An agent that every
    series of the exam names says nothing: it was typed in when the patient was registered.

    Parameters
    ----------
    exam : sequence of Judged
        All series of one exam.

    Returns
    -------
    list of Judged
        As given, ``t1`` replaced by ``t1c`` where that is what it is.
    """
    named = [has_agent(one) for one in exam if one.sequence != "derived"]
    telling = any(named) and not all(named)
    votes = {id(one): _stated(one, telling) for one in exam}
    starts = [
        one.series.start
        for one in exam
        if one.series.start is not None and _shows_agent(one, votes[id(one)])
    ]
    given = min(starts, default=None)
    for one in exam:
        if given is not None and one.series.start is not None and one.sequence == "t1":
            _by_order(one, given, votes[id(one)])
    _by_repeat(exam, votes, any(named))
    return [_decided(one, votes[id(one)]) if one.sequence == "t1" else one for one in exam]


def has_agent(one: Judged) -> bool:
    """Whether a header names a contrast agent."""
    agent = one.series.head.agent.strip()
    # `ohne KM`, `no contrast`, `sans injection`.
    return _NOTHING.fullmatch(agent) is None and "pre" not in known_words([agent])


def _stated(one: Judged, telling: bool) -> _Votes:
    votes, words, series = _Votes(), set(one.words), one.series
    if "post" in words and "pre" not in words:
        votes.add(3, 0, "called post-contrast")
    if "pre" in words and "post" not in words:
        votes.add(0, 3, "called pre-contrast")
    if series.administered == "YES":
        votes.add(2 if telling else 1, 0, "agent administered")
    if series.administered == "NO":
        votes.add(0, 3, "agent not administered")
    bolus, start = series.head.bolus_time, series.start
    if bolus is not None and start is not None:
        late = start >= bolus
        votes.add(3.0 * late, 3.0 * (not late), f"{'after' if late else 'before'} the bolus' time")
    elif telling and has_agent(one):
        votes.add(2.5, 0, "names an agent, as others of the exam do not")
    elif telling:
        votes.add(0, 1, "names no agent, as others of the exam do")
    return votes


def _shows_agent(one: Judged, votes: _Votes) -> bool:
    """Whether agent had been given when a series was acquired, without a doubt."""
    # The first image of a perfusion series is before its bolus; all that follows it is after.
    # A single image is a map, as labelled blood gives too (`Perfusion_Weighted`).
    bolus = one.sequence == "dsc" and one.series.volumes >= _BOLUS_VOLUMES
    return bolus or votes.after - votes.before >= _STRONG


def _by_order(one: Judged, given: float, votes: _Votes) -> None:
    start = one.series.start
    if start is None:
        return
    if start > given:
        # As much as a word, so that a word against it leaves the question open.
        votes.add(3, 0, "acquired after a series that shows that agent was given")
    elif start < given:
        votes.add(0, _STRONG, "acquired before agent was given")


def _by_repeat(exam: Iterable[Judged], votes: dict[int, _Votes], named: bool) -> None:
    """Of equal T1 of an exam with agent of which nothing is said, the first is before it."""
    silent = [
        one
        for one in exam
        if one.sequence == "t1"
        and one.series.start is not None
        and votes[id(one)].after == votes[id(one)].before == 0
    ]
    silent.sort(key=lambda one: one.series.start or 0.0)
    if not named:
        _by_what_lies_between(exam, silent, votes)
        return
    if not silent:
        return
    first, *others = silent
    if others:
        votes[id(first)].add(0, 1.5, "the first of several T1 of an exam with agent")
        votes[id(others[-1])].add(1.5, 0, "the last of several T1 of an exam with agent")
    else:
        votes[id(first)].add(1.0, 0, "the only T1, and the exam names an agent")


def _by_what_lies_between(
    exam: Iterable[Judged], silent: Sequence[Judged], votes: dict[int, _Votes]
) -> None:
    """Doubt an equal T1 after other series: what comes after agent that nobody wrote down does so.

    A repeat mostly follows at once. Were the later one taken for the T1, and agent had been given,
    gadolinium would be in what stands for a scan without.
    """
    others = [one.series.start for one in exam if one.sequence in _BETWEEN]
    for at, one in enumerate(silent):
        for first in silent[:at]:
            span = (first.series.start or 0.0, one.series.start or 0.0)
            if alike(first, one) and any(span[0] < (other or 0.0) < span[1] for other in others):
                what = "acquired like an earlier T1, after other series, and nothing names an agent"
                votes[id(one)].add(1, 1, what)
                break


def _decided(one: Judged, votes: _Votes) -> Judged:
    whole = votes.after + votes.before
    if whole == 0:
        said = (*one.reasons, "nothing says that agent was given")
        confidence = round(one.confidence * 0.9, 2)
        known = confidence >= CONFIDENT
        named = one if known else replace(one, sequence="unsure")
        return replace(named, reasons=said if known else ("t1?", *said), confidence=confidence)
    late = votes.after > votes.before
    share = max(votes.after, votes.before) / whole
    # One weak sign is no more than a hint.
    sure = share * (1 - 0.3 * (whole < _STRONG))
    confidence = round(one.confidence * sure, 2)
    reasons = (*one.reasons, *votes.reasons)
    if confidence < CONFIDENT:
        what = ("T1, but before or after contrast?", *reasons)
        return replace(one, sequence="unsure", confidence=confidence, reasons=what)
    return replace(one, sequence="t1c" if late else "t1", confidence=confidence, reasons=reasons)
