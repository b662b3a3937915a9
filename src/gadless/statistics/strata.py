"""Strata of randomisation: from columns of the sheet of patients to a label a patient."""

from dataclasses import dataclass

import numpy as np

from gadless.errors import InputError
from gadless.statistics.rows import Warnings
from gadless.statistics.tables import Cohort

SHOWN = 5
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Strata:
    """What the models of a trial are stratified by.

    Attributes
    ----------
    columns : tuple of str
        None without strata: everyone is in one.
    labels : array (patients,) of str
        Each patient's combination of values, as in ``site=north, mgmt=1``.
    warning : tuple of str
        Patients of unknown stratum, and those who have nobody of another arm beside them.
    """

    columns: tuple[str, ...]
    labels: np.ndarray
    warning: Warnings = ()

    @property
    def method(self) -> str:
        """What a row's method says of them; empty without strata."""
        if not self.columns:
            return ""
        return f", stratified by {', '.join(self.columns)} ({len(set(self.labels))} strata)"

    @classmethod
    def of(cls, cohort: Cohort, columns: list[str]) -> "Strata":
        """Read the strata that the configuration names.

        Patients whose value is missing are not left out: whoever was randomised is analysed. Where
        they belong is not known, so `unknown` is a value, and a stratum, of its own.

        Raises
        ------
        InputError
            If the sheet of patients lacks a column.
        """
        missing = [name for name in columns if name not in cohort.sheet]
        if missing:
            raise InputError(
                f"statistics.strata names {', '.join(missing)}: no such column in the sheet of"
                f" patients, which has {', '.join(cohort.sheet.columns)}"
            )
        size = len(cohort.patients)
        parts = []
        gaps = np.zeros(size, dtype=bool)
        for name in columns:
            absent = cohort.sheet[name].isna().to_numpy()
            text = np.where(absent, UNKNOWN, cohort.sheet[name].astype(str).to_numpy(dtype=object))
            parts.append([f"{name}={value}" for value in text])
            gaps |= absent
        labels = np.array([", ".join(row) for row in zip(*parts, strict=True)] or [""] * size)
        found = cls(tuple(columns), labels)
        return cls(found.columns, labels, _warning(found, cohort, gaps)) if columns else found


def _warning(strata: Strata, cohort: Cohort, gaps: np.ndarray) -> Warnings:
    warnings = []
    if gaps.any():
        shown = ", ".join(cohort.patients[gaps][:SHOWN]) + (
            " and others" if gaps.sum() > SHOWN else ""
        )
        warnings.append(
            f"{gaps.sum()} patients lack a value that the trial is stratified by: unknown is a"
            f" stratum of its own ({shown})"
        )
    alone = sum(
        int(own.sum())
        for own in (strata.labels == label for label in np.unique(strata.labels))
        if len(set(cohort.arm[own])) < 2
    )
    if alone and len(cohort.arms) > 1:
        warnings.append(f"{alone} patients have nobody of another arm in their stratum")
    return tuple(warnings)
