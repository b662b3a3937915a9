"""Which columns of the sheets travel into results: those that are read, and those that are named.

What else a sheet holds (a name, a comment, a date of birth) stays there: it reaches no table, no
report and no data set, and a change of it asks for nothing.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from gadless.trial.columns import PATIENTS, Column
from gadless.trial.config import Config
from gadless.trial.covariates import named_columns
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW


def named_in(config: Config) -> list[str]:
    """Columns of the patients sheet that the configuration names, each once."""
    return list(dict.fromkeys([*named_columns(config.statistics), *config.keep_columns]))


def of_patients(patients: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Leave the columns of the patients sheet that travel."""
    return kept(patients, PATIENTS, named_in(config))


def kept(sheet: pd.DataFrame, columns: Iterable[Column], named: Iterable[str]) -> pd.DataFrame:
    """Leave the columns that are read, in the order of their description, then those named.

    A sheet whose columns stand otherwise is the same sheet, and gives the same results.

    Parameters
    ----------
    sheet : DataFrame
    columns : iterable of Column
        That are read.
    named : iterable of str
        Further ones.
    """
    travelling = dict.fromkeys([ROW, *(column.name for column in columns), *sorted(named)])
    return sheet[[name for name in travelling if name in sheet]]


def check_kept(
    config: Config, sheets: Mapping[Path, pd.DataFrame], files: Iterable[str], faults: list[Fault]
) -> None:
    """Note what `keep_columns` names and no sheet has, or what holds files.

    Parameters
    ----------
    config : Config
    sheets : mapping of Path to DataFrame
        As read.
    files : iterable of str
        Columns of paths.
    faults : list of Fault
        Grows by what is found.
    """
    files = set(files)
    for name in config.keep_columns:
        if name in files:
            advice = (
                "`keep_columns` names it, and it holds files, which stay where they are; take it"
                " out"
            )
        elif not any(name in sheet for sheet in sheets.values()):
            advice = (
                "`keep_columns` names it, and no sheet has such a column; correct the name, or take"
                " it out"
            )
        else:
            continue
        faults.append(Fault(next(iter(sheets)), None, name, None, advice))


def check_named(patients: pd.DataFrame, path: Path, config: Config, faults: list[Fault]) -> None:
    """Note what the statistics name of the patients sheet and it does not have."""
    settings, header = config.statistics, ", ".join(patients.columns.drop(ROW))
    for key in ("covariates", "strata", "categories"):
        absent = [name for name in getattr(settings, key) if name not in patients]
        if absent:
            advice = (
                f"statistics.{key} names column(s) that are not there: {', '.join(absent)}; the"
                f" header has: {header}"
            )
            faults.append(Fault(path, None, None, None, advice))
    arms = sorted(set(patients["arm"].dropna()))
    if settings.control_arm is not None and settings.control_arm not in arms:
        advice = f"statistics.control_arm names it, but the arms are: {', '.join(arms)}"
        faults.append(Fault(path, None, "arm", settings.control_arm, advice))
