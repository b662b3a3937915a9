"""What is to be computed for a trial: the sheets as the workflow asks for them.

The workflow reads the sheets once, when it starts. Sheets are never inputs of a job: each job gets
the fields of its own row, so that adding a visit disturbs no other.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property

import pandas as pd

from gadless.errors import InputError
from gadless.trial.config.sequences import BROUGHT
from gadless.trial.sheets import Trial


class Plan:
    """Look-ups over a trial's sheets, by patient and visit.

    Parameters
    ----------
    trial : Trial
    made : sequence of str
        Folders whose files rules make.
    sequences : iterable of str
        Columns that hold scans.
    """

    def __init__(
        self,
        trial: Trial,
        made: Sequence[str],
        sequences: Iterable[str],
    ) -> None:
        self.trial = trial
        self._made = tuple(f"{folder}/" for folder in made)
        self._sequences = tuple(sequences)

    @property
    def patients(self) -> list[str]:
        """Patients with at least one visit, ordered by identifier."""
        return list(self._days)

    @cached_property
    def _days(self) -> dict[str, dict[str, int]]:
        days: dict[str, dict[str, int]] = {}
        visits = self.trial.visits
        for patient, visit, day in zip(
            visits["patient"], visits["visit"], visits["day"], strict=True
        ):
            days.setdefault(patient, {})[visit] = int(day)
        return days

    @cached_property
    def _scans(self) -> dict[tuple[str, str], dict[str, str]]:
        return self._paths(self._sequences)

    @cached_property
    def _brought(self) -> dict[tuple[str, str], dict[str, str]]:
        return self._paths(
            [name for name in map(str, self.trial.visits) if name.startswith(BROUGHT)]
        )

    def _paths(self, names: Sequence[str]) -> dict[tuple[str, str], dict[str, str]]:
        """Columns of paths by patient and visit; a cell that is empty is left out."""
        visits = self.trial.visits
        names = [name for name in names if name in visits]
        columns = [visits[name] for name in ("patient", "visit", *names)]
        return {
            (patient, visit): {
                name: path for name, path in zip(names, paths, strict=True) if path is not None
            }
            for patient, visit, *paths in zip(*columns, strict=True)
        }

    def days(self, patient: str) -> dict[str, int]:
        """Visit to study day, ordered by day.

        Raises
        ------
        InputError
            If the sheet has no visit of this patient.
        """
        if patient not in self._days:
            raise InputError(f"patient {patient} has no visit in the sheet")
        return self._days[patient]

    def scans(self, patient: str, visit: str) -> dict[str, str]:
        """Sequence to path, of the sequences that were acquired.

        Raises
        ------
        InputError
            If the sheet has no such visit.
        """
        if (patient, visit) not in self._scans:
            raise InputError(f"patient {patient} has no visit {visit} in the sheet")
        return self._scans[patient, visit]

    def brought(self, patient: str, visit: str, kind: str) -> dict[str, str]:
        """Contrast to the path of what others made of a visit.

        Parameters
        ----------
        patient, visit : str
        kind : str
            ``mask``, ``t1c`` or ``map``.
        """
        found = self.theirs(patient, visit)
        prefix = f"{kind}_"
        return {
            name.removeprefix(prefix): path
            for name, path in found.items()
            if name.startswith(prefix)
        }

    def theirs(self, patient: str, visit: str) -> dict[str, str]:
        """Column to path of all that others made of a visit."""
        return self._brought.get((patient, visit), {})

    def imaged(self, patient: str) -> list[str]:
        """Visits with a scan or with what others made, by day; the others are clinical contacts."""
        return [
            visit
            for visit in self.days(patient)
            if self.scans(patient, visit) or self.theirs(patient, visit)
        ]

    def anchor(self, patient: str, visit: str) -> str | None:
        """Return the visit whose space this one is registered to: the earliest that names a T1.

        None for that visit itself, and for one that precedes it.
        """
        for earlier in self.days(patient):
            if earlier == visit:
                return None
            if "t1" in self.scans(patient, earlier):
                return earlier
        return None

    def space(self, patient: str) -> str | None:
        """Return the visit that sets a patient's space: the earliest that names a T1."""
        return next(
            (visit for visit in self.days(patient) if "t1" in self.scans(patient, visit)), None
        )

    def is_made(self, path: str) -> bool:
        """Whether a rule of the workflow makes this file, so that Snakemake tracks it itself."""
        return path.startswith(self._made) if self._made else False


def table_hash(frame: pd.DataFrame, without: Sequence[str] = ()) -> str:
    """Hash of a table's content that does not depend on the order of rows or columns."""
    kept = frame[sorted(frame.columns.difference(list(without)))]
    lines = sorted(kept.to_csv(index=False, header=False, na_rep="NA").splitlines())
    text = "\n".join([",".join(kept.columns), *lines])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
