"""Covariates of the survival models: from columns of the sheet to a design matrix."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gadless.errors import InputError
from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.rows import Warnings
from gadless.statistics.tables import Cohort
from gadless.trial.covariates import amounts

SHOWN = 5


@dataclass(frozen=True)
class Design:
    """Columns of a model, patients in the cohort's order.

    Attributes
    ----------
    names : list of str
        ``arm:NAME``, the column's name, or ``COLUMN:LEVEL`` against the first level.
    matrix : array (patients, p)
        NaN rows where a covariate is missing.
    warning : tuple of str
        Patients left out and columns that hold a single value.
    """

    names: list[str]
    matrix: Floats
    warning: Warnings = ()

    @property
    def complete(self) -> np.ndarray:
        """Patients with every covariate; (patients,) of bool."""
        return np.asarray(~np.isnan(self.matrix).any(axis=1))


def arms(cohort: Cohort) -> Design:
    """One indicator an arm beyond the first."""
    others = cohort.arms[1:]
    columns = [(cohort.arm == arm).astype(float) for arm in others]
    return Design([f"arm:{arm}" for arm in others], _stack(columns, len(cohort.arm)))


def adjusted(
    cohort: Cohort, covariates: list[str], is_category: Callable[[str], bool] | None = None
) -> Design:
    """Arms and the configured covariates.

    Parameters
    ----------
    cohort : Cohort
    covariates : list of str
        Columns of the sheet.
    is_category : callable, optional
        Whether a column is a category whatever its cells look like
        (:meth:`gadless.trial.config.Statistics.is_category`); without it, what holds text is.

    Raises
    ------
    InputError
        If the sheet of patients lacks a configured column.
    """
    unknown = [name for name in covariates if name not in cohort.sheet]
    if unknown:
        raise InputError(
            f"statistics.covariates names {', '.join(unknown)}: no such column in the sheet of"
            f" patients, which has {', '.join(cohort.sheet.columns)}"
        )
    treatment = arms(cohort)
    names, columns = list(treatment.names), list(treatment.matrix.T)
    constant: list[str] = []
    empty: list[str] = []
    for covariate in covariates:
        if cohort.sheet[covariate].isna().all():
            empty.append(covariate)
            continue
        for name, values in _coded(
            covariate, cohort.sheet[covariate], is_category is not None and is_category(covariate)
        ):
            known = values[~np.isnan(values)]
            if len(np.unique(known)) < 2:
                constant.append(covariate)
            else:
                names.append(name)
                columns.append(values)
    design = Design(names, _stack(columns, len(cohort.arm)))
    return Design(names, design.matrix, _warning(cohort, design, constant, empty))


def _stack(columns: list[Floats], patients: int) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((patients, 0))


def _coded(name: str, column: pd.Series, category: bool) -> list[tuple[str, Floats]]:
    missing = column.isna().to_numpy()
    # The sheet was checked when it was read: what is no number among numbers was a fault there.
    known = None if category else amounts(column)
    if known is not None:
        return [(name, known.to_numpy(dtype=float, na_value=np.nan))]
    text = column.astype(str)
    levels = sorted(set(text[~missing]))
    if len(levels) < 2:
        return [(name, np.where(missing, np.nan, 0.0))]
    return [
        (f"{name}:{level}", np.where(missing, np.nan, (text == level).to_numpy(dtype=float)))
        for level in levels[1:]
    ]


def _warning(cohort: Cohort, design: Design, constant: list[str], empty: list[str]) -> Warnings:
    warnings = []
    left_out = cohort.patients[~design.complete]
    if len(left_out):
        shown = ", ".join(left_out[:SHOWN]) + (" and others" if len(left_out) > SHOWN else "")
        warnings.append(f"{len(left_out)} patients lack a covariate and are left out ({shown})")
    if constant:
        warnings.append(f"left out, the same for everyone: {', '.join(constant)}")
    if empty:
        warnings.append(f"left out, missing for everyone: {', '.join(empty)}")
    return tuple(warnings)
