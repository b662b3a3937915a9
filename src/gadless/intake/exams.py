"""From series to exams: one a patient and day, whose T1 are told apart and whose series chosen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gadless.intake.choose import choose, usable
from gadless.intake.classify import USED, Judged
from gadless.intake.contrast import told_apart

_T2 = frozenset({"t2", "flair"})


@dataclass(frozen=True)
class Exam:
    """What a patient was scanned for on one day.

    Attributes
    ----------
    identifier : str
        The patient, as the key knows them.
    date : date or None
        None where no header has one: each study is an exam of its own then.
    series : tuple of Judged
    chosen : dict of str to Judged
    said : tuple of str
        What a person should know.
    main : str
        The study that counts where a day has several.
    """

    identifier: str
    date: object
    series: tuple[Judged, ...]
    chosen: Mapping[str, Judged]
    said: tuple[str, ...]
    main: str


def exams_of(series: Iterable[Judged]) -> list[Exam]:
    """Gather series into exams, and choose."""
    days: dict[tuple[str, object, str], list[Judged]] = defaultdict(list)
    for one in series:
        head = one.series.head
        days[head.patient_id, head.date, "" if head.date else head.study].append(one)
    exams = [_exam(key[0], key[1], members) for key, members in days.items()]
    return sorted(exams, key=lambda exam: (exam.identifier, str(exam.date)))


def _exam(identifier: str, date: object, members: list[Judged]) -> Exam:
    by_study: dict[str, list[Judged]] = defaultdict(list)
    for one in members:
        by_study[one.series.head.study].append(one)
    # Agent that was given in another study of the day is washed out, or not: unknown.
    studies = {study: told_apart(ones) for study, ones in by_study.items()}
    whole = {study: ones for study, ones in studies.items() if _is_whole(ones)}
    said: tuple[str, ...] = ()
    main = ""
    if len(whole) > 1:
        main = max(whole, key=lambda study: (_richness(whole[study]), _start(whole[study])))
        said = (
            f"{len(whole)} whole exams on one day, of which the fullest, or the last, is used; if"
            " dates were replaced by one, write each exam's day and visit into series.tsv",
        )
        considered = studies[main]
    else:
        considered = [one for ones in studies.values() for one in ones]
        if len(studies) > 1 and whole:
            main = next(iter(whole))
        parts = sum(bool({one.sequence for one in ones} & set(USED)) for ones in studies.values())
        if parts > 1:
            said = (f"{parts} studies of one day were taken as one visit",)
    chosen = choose(considered, main)
    every = tuple(one for ones in studies.values() for one in ones)
    return Exam(identifier, date, every, chosen, said, main)


def _present(ones: Sequence[Judged]) -> set[str]:
    return {one.sequence for one in ones if not usable(one)} & set(USED)


def _is_whole(ones: Sequence[Judged]) -> bool:
    present = _present(ones)
    return bool(present & {"t1", "t1c"}) and bool(present & _T2)


def _richness(ones: Sequence[Judged]) -> int:
    return len(_present(ones))


def _start(ones: Sequence[Judged]) -> float:
    return min((one.series.start or 0.0 for one in ones), default=0.0)
