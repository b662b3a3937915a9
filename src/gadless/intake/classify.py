"""What each series is: rules vote, and the votes say with what confidence."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gadless.intake.series import Series
from gadless.intake.words import known_words, table

CONFIDENT = 0.5
"""Below this, nothing is proposed: a person has to look."""

USED = ("t1", "t2", "flair", "t1c")
FURTHER = ("adc", "cbf", "cbv")
"""Maps that may be sequences of a trial as well."""
STATED = (
    *(*USED, *FURTHER, "asl", "dsc", "dwi", "tensor", "swi", "t2star", "pd", "stir", "maps"),
    *("angiography", "functional", "spectroscopy", "fieldmap", "dynamic", "localiser"),
    *("calibration", "derived", "phase", "other", "unsure"),
)
"""All that a series may be called."""

_MR = ("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4")
_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
_SPECTRA = "1.2.840.10008.5.1.4.1.1.4.2"
# Half of the doubt goes with each so many votes: 3 leave a quarter, 6 a sixteenth.
_HALF = 1.5
# GE's protocol name is that of the whole exam, and says of every series `with and without`.
_EXAM_NAMED = frozenset({"ge"})
_TELLING = frozenset({"t1", "t2", "flair", "mprage", "bravo", "dwi", "adc", "localiser", "tirm"})


@dataclass(frozen=True)
class Judged:
    """A series, and what it is taken for.

    Attributes
    ----------
    series : Series
    words : tuple of str
        Known words of its description.
    sequence : str
        One of `STATED`.
    confidence : float
        0 to 1.
    reasons : tuple of str
    """

    series: Series
    words: tuple[str, ...]
    sequence: str
    confidence: float
    reasons: tuple[str, ...]

    @property
    def derived(self) -> bool:
        """Whether it was computed from other images, as its header says."""
        return self.series.head.image_type[:1] == ("DERIVED",)


def judge(series: Series) -> Judged:
    """Say what a series is, by its header alone (T1 before or after contrast: `contrast`)."""
    head = series.head
    words = words_of(series)
    if head.sop_class.startswith(_CAPTURES):
        return Judged(series, words, "derived", 1.0, ("a secondary capture",))
    if head.sop_class == _SPECTRA:
        return Judged(series, words, "spectroscopy", 1.0, ("spectra",))
    if head.modality != "MR" or head.sop_class not in _MR:
        what = f"no MR image ({head.modality or 'no modality'})" if head.modality != "MR" else ""
        return Judged(series, words, "other", 1.0, (what or "no MR image by its class",))
    if head.samples > 1:
        return Judged(series, words, "derived", 1.0, ("a picture in colours",))
    return _voted(series, words)


def words_of(series: Series) -> tuple[str, ...]:
    """Return the known words of a series' description, or of its protocol where that says none."""
    description, protocol, *pulse = series.head.descriptions
    words = known_words((description, *pulse))
    if not _TELLING & set(words) and series.head.vendor not in _EXAM_NAMED:
        words = known_words((description, protocol, *pulse))
    return words


def _voted(series: Series, words: tuple[str, ...]) -> Judged:
    votes: dict[str, float] = defaultdict(float)
    reasons: dict[str, list[str]] = defaultdict(list)
    facts = _facts(series, words)
    for rule in table()["rules"]:
        if all(_TESTS[name](facts, asked) for name, asked in rule.items() if name in _TESTS):
            votes[rule["for"]] += rule["weight"]
            reasons[rule["for"]].append(rule["reason"])
    if not votes:
        return Judged(series, words, "unsure", 0.0, ("no rule knows it",))
    best = max(votes, key=lambda name: votes[name])
    share = votes[best] / sum(votes.values())
    confidence = round(share * (1 - 0.5 ** (votes[best] / _HALF)), 2)
    said = tuple(reasons[best])
    against = [f"but {reason}" for name in votes if name != best for reason in reasons[name]]
    if confidence < CONFIDENT:
        return Judged(series, words, "unsure", confidence, (f"{best}?", *said, *against))
    return Judged(series, words, best, confidence, (*said, *against))


def _facts(series: Series, words: tuple[str, ...]) -> dict[str, Any]:
    head = series.head
    return {
        "words": set(words),
        "image_type": set(head.image_type),
        "scanning": set(head.scanning),
        "derived": head.image_type[:1] == ("DERIVED",),
        "elsewhere": _is_elsewhere(head.body_part),
        "component": series.component,
        "te": series.te or 0.0,
        "tr": series.tr or 0.0,
        "ti": series.ti or 0.0,
        "flip": series.flip or 0.0,
        "b_value": series.b_value or 0.0,
        "slices": series.slices,
        "volumes": series.volumes,
    }


def _is_elsewhere(body_part: str) -> bool:
    """Whether a header names another part of the body, and not the head."""
    words = known_words([body_part])
    return "spine" in words and "brain" not in words


_Test = Callable[[Mapping[str, Any], Any], bool]


def _within(name: str) -> _Test:
    return lambda facts, asked: bool(asked[0] <= facts[name] <= asked[1])


_TESTS: dict[str, _Test] = {
    "words": lambda facts, asked: set(asked) <= facts["words"],
    "without": lambda facts, asked: not set(asked) & facts["words"],
    "image_type": lambda facts, asked: bool(set(asked) & facts["image_type"]),
    "not_image_type": lambda facts, asked: not set(asked) & facts["image_type"],
    "scanning": lambda facts, asked: bool(set(asked) & facts["scanning"]),
    "also_scanning": lambda facts, asked: bool(set(asked) & facts["scanning"]),
    "not_scanning": lambda facts, asked: not set(asked) & facts["scanning"],
    "derived": lambda facts, asked: facts["derived"] == asked,
    "elsewhere": lambda facts, asked: facts["elsewhere"] == asked,
    "component": lambda facts, asked: facts["component"] == asked,
    **{n: _within(n) for n in ("te", "tr", "ti", "flip", "b_value", "slices", "volumes")},
}
"""Conditions of a rule by key. A time that a header does not state counts as 0."""
