"""Who is who: the file that must never be published.

Sheets name patients by identifiers of the trial's own and visits by days. What leads back (a
site's identifiers, dates) stands in the key alone, in a folder beside the trial's.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gadless.errors import InputError
from gadless.intake.sheet import as_text, read_rows
from gadless.trial.reading import IDENTIFIER

KEY = "patients_key.tsv"
_COLUMNS = ("patient_id", "patient", "day_zero")
_WARNING = "PRIVATE.txt"
_SAYS = """\
This folder leads from the trial's identifiers and days back to persons: a site's patient
identifiers, dates, descriptions and paths of series. Never publish it, never share it with the
trial's folder. `gadless sheets` needs it to know patients again when new exams arrive.
"""


@dataclass
class Key:
    """Identifiers and first days, by a site's identifier of the patient.

    A person may write one before the first run (columns ``patient_id`` and ``patient``), or correct
    ``day_zero``: the date from which days count (YYYY-MM-DD), by default that of the first exam.

    Attributes
    ----------
    folder : Path
        Private; never within what is published.
    patients : dict of str to str
    day_zero : dict of str to date
    """

    folder: Path
    patients: dict[str, str] = field(default_factory=dict)
    day_zero: dict[str, datetime.date] = field(default_factory=dict)

    def name_all(self, identifiers: Iterable[str]) -> None:
        """Give every patient that has none an identifier: P001, P002 ... in the order given."""
        taken, number = set(self.patients.values()), 0
        for identifier in identifiers:
            if identifier in self.patients:
                continue
            while (name := f"P{number + 1:03d}") in taken:
                number += 1
            self.patients[identifier] = name
            taken.add(name)

    def begin(self, first: Mapping[str, datetime.date]) -> None:
        """Fill in the day zero of patients that have none: one for all identifiers of a patient.

        Parameters
        ----------
        first : mapping of str to date
            Of the first exam under each identifier.

        Raises
        ------
        InputError
            If two identifiers of one patient have different ones: their days would not be the
            same patient's.
        """
        zeros: dict[str, datetime.date] = {}
        for identifier, zero in self.day_zero.items():
            name = self.patients.get(identifier, identifier)
            if zeros.setdefault(name, zero) != zero:
                raise InputError(
                    f"{self.folder / KEY}: patient {name} has several rows whose day_zero differ;"
                    " write one into all of them, and begin anew where visits of both were counted"
                )
        for identifier, date in sorted(first.items(), key=lambda one: one[1]):
            name = self.patients.get(identifier, identifier)
            self.day_zero.setdefault(identifier, zeros.setdefault(name, date))

    def day(self, identifier: str, date: datetime.date) -> int:
        """Return the study day of a date; the first that is asked for a patient is day 0."""
        return (date - self.day_zero.setdefault(identifier, date)).days

    def write(self) -> None:
        """Write the key, readable by its owner alone."""
        lines = ["\t".join(_COLUMNS)]
        for identifier, name in self.patients.items():
            zero = self.day_zero.get(identifier)
            lines.append("\t".join([as_text(identifier), name, zero.isoformat() if zero else ""]))
        write_private("\n".join(lines) + "\n", self.folder / KEY)


def read_key(folder: Path) -> Key:
    """Read the key of a trial, empty where there is none.

    Raises
    ------
    InputError
        If it is no table, names a patient twice or holds a date that is none.
    """
    sheet = read_rows(folder / KEY, ("patient_id", "patient"))
    key = Key(folder)
    for number, row in enumerate(sheet.rows, start=2):
        identifier, name = row.get("patient_id") or "", row.get("patient") or ""
        if not identifier or not name or identifier in key.patients:
            raise InputError(
                f"{sheet.path}, row {number}: patient_id or patient is empty, or the patient_id"
                " stands twice; correct it"
            )
        if not IDENTIFIER.fullmatch(name):
            raise InputError(
                f"{sheet.path}, row {number}: patient cannot be an identifier of the trial; use"
                " letters, digits, `_`, `-` and `.`, a letter or digit first"
            )
        key.patients[identifier] = name
        zero = row.get("day_zero")
        try:
            if zero:
                key.day_zero[identifier] = datetime.date.fromisoformat(zero)
        except ValueError:
            raise InputError(
                f"{sheet.path}, row {number}: day_zero of patient {name} is no date; write"
                " YYYY-MM-DD"
            ) from None
    return key


def private_folder(trial: Path) -> Path:
    """Return the folder beside a trial's that holds what identifies: ``TRIAL-PRIVATE``."""
    whole = trial.absolute()
    return whole.with_name(f"{whole.name}-PRIVATE")


def write_private(text: str, path: Path) -> None:
    """Write a file that its owner alone can read, in a folder that says what it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in ((path.parent / _WARNING, _SAYS), (path, text)):
        scratch = name.with_name(f".writing-{name.name}")
        scratch.touch(mode=0o600)
        scratch.write_text(content, encoding="utf-8")
        scratch.chmod(0o600)
        scratch.replace(name)
