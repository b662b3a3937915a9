"""Who was scanned, and when: patients and exams, told apart by headers and not by folders."""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from gadless.intake.headers import Instance

# What an identifier opens with that is a folder's name.
_FOLDER = "folder:"
# What tools that remove identities write for all patients alike.
_NOBODY = re.compile(
    r"\W*(anon\w*|deident\w*|de-identified|unknown|none|na|n/a|patient|test|removed|0*|x*|id)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Person:
    """A patient as the delivery has them.

    Attributes
    ----------
    identifier : str
        What the key knows them by: private.
    doubts : tuple of str
        What a person should look at; without names.
    """

    identifier: str
    doubts: tuple[str, ...] = ()


def by_person(
    instances: Iterable[Instance], folder: Path, *, by_folder: bool = False
) -> tuple[dict[str, Person], list[Instance]]:
    """Say whose each file is.

    Parameters
    ----------
    instances : iterable of Instance
    folder : Path
        What was delivered.
    by_folder : bool
        Whether the first folder below it names the patient, whatever headers say.

    Returns
    -------
    persons : dict of str to Person
        By identifier.
    instances : list of Instance
        Their `patient_id` replaced by the person's identifier; empty where nobody can be told.
    """
    persons: dict[str, Person] = {}
    told: list[Instance] = []
    ids: dict[str, list[Instance]] = defaultdict(list)
    for one in instances:
        ids[one.patient_id].append(one)
    for identifier, members in ids.items():
        nameless = by_folder or _NOBODY.fullmatch(identifier.split("@")[0]) is not None
        for person, files in (
            _by_folder(members, folder, asked=by_folder)
            if nameless
            else _by_identity(identifier, members)
        ):
            if person is not None:
                known = persons.get(person.identifier)
                doubts = tuple(dict.fromkeys([*(known.doubts if known else ()), *person.doubts]))
                persons[person.identifier] = Person(person.identifier, doubts)
            name = person.identifier if person is not None else ""
            told += [replace(one, patient_id=name) for one in files]
    return persons, told


def _by_folder(
    members: Sequence[Instance], folder: Path, *, asked: bool
) -> list[tuple[Person | None, list[Instance]]]:
    placed: dict[str, list[Instance]] = defaultdict(list)
    for one in members:
        parts = Path(one.file).relative_to(folder).parts
        placed[parts[0] if len(parts) > 1 else ""].append(one)
    doubt = (
        "headers name no patient (PatientID is empty or the same for all), so the first folder of"
        " the delivery was taken for one; check that it holds one patient"
    )
    return [
        (Person(f"{_FOLDER}{name}", () if asked else (doubt,)) if name else None, files)
        for name, files in placed.items()
    ]


def _by_identity(
    identifier: str, members: Sequence[Instance]
) -> list[tuple[Person | None, list[Instance]]]:
    """Part the files of one PatientID where name and birth date both say two persons."""
    groups: list[tuple[set[str], str, list[Instance]]] = []
    for one in members:
        words = set(re.findall(r"\w+", one.name.casefold()))
        for at, (names, birth, files) in enumerate(groups):
            same_name = not words or not names or bool(words & names)
            same_birth = not one.birth or not birth or one.birth == birth
            if same_name or same_birth:
                files.append(one)
                groups[at] = (names | words, birth or one.birth, files)
                break
        else:
            groups.append((words, one.birth, [one]))
    if len(groups) == 1:
        return [(Person(identifier, _doubts(members)), list(members))]
    doubt = (
        "one PatientID stands for persons of different names and birth dates, who were kept apart;"
        " if they are one, give their series the same patient in series.tsv"
    )
    return [
        (Person(f"{identifier} #{_digest(birth, sorted(names))}", (doubt,)), files)
        for names, birth, files in groups
    ]


def _doubts(members: Sequence[Instance]) -> tuple[str, ...]:
    births = {one.birth for one in members} - {""}
    sexes = {one.sex.upper() for one in members} & {"M", "F"}
    said = []
    if len(births) > 1:
        said.append("birth dates differ from file to file")
    if len(sexes) > 1:
        said.append("sex differs from file to file")
    if not said:
        return ()
    return (f"{' and '.join(said)}; check that all these exams are of one patient",)


def _digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:8]


def in_hidden_order(identifiers: Iterable[str]) -> list[str]:
    """Return identifiers in an order that says nothing of them, and is the same every time."""
    return sorted(identifiers, key=_digest)


def alike_persons(instances: Iterable[Instance]) -> dict[tuple[str, str], str]:
    """Return pairs of identifiers that may stand for one person, and what they have in common."""
    bearers: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    written: dict[str, set[str]] = defaultdict(set)
    births: dict[str, set[str]] = defaultdict(set)
    for one in instances:
        births[one.patient_id] |= {one.birth} - {""}
        words = tuple(sorted(re.findall(r"\w+", one.name.casefold())))
        if len(words) > 1 and one.birth and one.patient_id:
            bearers[words, one.birth].add(one.patient_id)
        if one.patient_id and not one.patient_id.startswith(_FOLDER):
            written[_bare(one.patient_id)].add(one.patient_id)
    spelt = "have identifiers that differ by case, zeros, blanks, signs or issuer alone"
    found: dict[tuple[str, str], str] = {}
    for groups, why in ((written, spelt), (bearers, "bear one name and birth date")):
        for names in groups.values():
            pairs = [(a, b) for a in names for b in names if a < b]
            # Born on two days, they are two.
            found |= {
                (a, b): why
                for a, b in pairs
                if not births[a] or not births[b] or births[a] & births[b]
            }
    return found


def _bare(identifier: str) -> str:
    """Return what is left of an identifier that two systems write in their own ways."""
    own = re.sub(r"[^\w#]+|_+", " ", identifier.split("@")[0].casefold()).strip()
    # `1-01` and `10-1` are a site and a number each.
    joined = re.sub(r"(?<!\d) | (?!\d)", "", own)
    return re.sub(r"(?<!\d)0+(?=\d)", "", joined)


def first_dates(instances: Iterable[Instance]) -> dict[str, datetime.date]:
    """Return the date of each person's first exam."""
    first: dict[str, datetime.date] = {}
    for one in instances:
        if one.date is not None and one.modality == "MR":
            first[one.patient_id] = min(first.get(one.patient_id, one.date), one.date)
    return first
