"""What the criteria and the endpoints of a configuration need in the sheets."""

from collections.abc import Iterator, Sequence

import pandas as pd

from gadless.response.completed import CompletedCriteria
from gadless.response.tables import READ, required_columns
from gadless.trial.config import Config


def lacking_measures(
    measurements: pd.DataFrame,
    criteria: Sequence[CompletedCriteria],
    contrasts: Sequence[str],
    *,
    with_lesions: bool,
) -> list[str]:
    """Say which columns the criteria need and a table of measurements has not.

    Parameters
    ----------
    measurements : DataFrame
        As ``measurements.tsv``.
    criteria : sequence of CompletedCriteria
    contrasts : sequence of str
    with_lesions : bool
        Whether lesions are tracked, from which sums of diameters are formed.
    """
    measured = _measured(measurements, contrasts)
    if not measured:
        return []
    faults = []
    for judge in criteria:
        name = judge.criteria.name
        if judge.criteria.as_read:
            faults.append(
                f"criteria {name} take readers' categories, and contrast {measured[0]} has none:"
                f" give it the column {READ} in measurements or choose other criteria"
            )
            continue
        faults += [
            f"criteria {name} need the column {column} in measurements;"
            " add it or choose other criteria"
            for column in required_columns(judge, with_lesions)
            if column not in measurements
        ]
    return faults


def empty_measures(
    measurements: pd.DataFrame, criteria: Sequence[CompletedCriteria], contrasts: Sequence[str]
) -> list[str]:
    """Say on which contrasts the measure of a criteria set is empty wherever they were evaluated.

    Parameters
    ----------
    measurements : DataFrame
        As for `lacking_measures`; a column that is not there is not told again.
    criteria : sequence of CompletedCriteria
    contrasts : sequence of str
    """
    evaluated = measurements
    if "evaluable" in measurements:
        evaluated = measurements[(measurements["evaluable"] != 0).fillna(True)]
    faults = []
    for contrast in _measured(evaluated, contrasts):
        own = evaluated[evaluated["contrast"].astype(str) == contrast]
        faults += [
            f"criteria {judge.criteria.name} need the column {judge.measure.column} in"
            f" measurements, and it is empty in all {len(own)} evaluable rows of contrast"
            f" {contrast}; fill it in or choose other criteria"
            for judge in criteria
            if judge.measure.column in own and own[judge.measure.column].isna().all()
        ]
    return faults


def _measured(measurements: pd.DataFrame, contrasts: Sequence[str]) -> list[str]:
    """Contrasts with rows and without a reader's category: what a reader has judged stands."""
    found = measurements["contrast"].astype(str)
    read = set(found[measurements[READ].notna()]) if READ in measurements else set()
    return [name for name in contrasts if name not in read and (found == name).any()]


def lacking_columns(config: Config, patients: pd.DataFrame, visits: pd.DataFrame) -> Iterator[str]:
    """Say which columns the configuration asks for and the sheets lack, or leave empty.

    Parameters
    ----------
    config : Config
    patients, visits : DataFrame
        The sheets; visits of a table of measurements with what it says of each.
    """
    seen = config.visits or config.measurements
    rules = (
        (
            config.endpoint.origin == "treatment",
            *(patients, config.patients, "treatment_day"),
            "`endpoint.origin: treatment` counts time from it; fill it in, or count from"
            " `randomisation`",
        ),
        (
            config.response.baseline.rule == "after_radiotherapy",
            *(patients, config.patients, "radiotherapy_end_day"),
            "`response.baseline.rule: after_radiotherapy` counts from it; fill it in, or choose"
            " another rule",
        ),
        (
            config.response.t2flair == "flag",
            *(visits, seen, "t2flair_worse"),
            "`response.t2flair: flag` reads it; fill it in, or choose `off` or `volume`",
        ),
    )
    for asked, table, sheet, column, advice in rules:
        absent = column not in table
        if asked and (absent or table[column].isna().all()):
            said = "is not there" if absent else "is empty in every row"
            yield f"{sheet}, column {column}: {said}, and {advice}"
