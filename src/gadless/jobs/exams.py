"""The table of exams that networks learn from, as one job writes it for all trainings."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

COLUMNS = (
    *("cohort", "fold", "unit", "patient", "visit", "site", "phantom", "mask", "mask_version"),
    *("manifest", "weight", "coding"),
)
"""Of the table; `gadless.networks.job` reads it. An empty cell: none."""


def exams_table(
    rows: Sequence[Sequence[str]], sets: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Join what is known of each exam with what holds for its set.

    Parameters
    ----------
    rows : sequence of sequence of str
        Set, fold, unit, patient, visit, site, phantom, mask and its fingerprint.
    sets : mapping
        Folder, weight and coding by the set's name.
    """
    whole = []
    for row in rows:
        about = sets[row[0]]
        manifest = f"{about['folder']}/visits/{row[3]}/{row[4]}/preprocessed/status.json"
        coding = json.dumps(about["coding"], sort_keys=True)
        whole.append([*row, manifest, repr(float(about["weight"])), coding])
    return pd.DataFrame(whole, columns=list(COLUMNS))


def folds_table(exams: pd.DataFrame) -> pd.DataFrame:
    """Return the fold of every patient who is in one: ``patient fold``, ordered by patient."""
    dealt = exams.loc[exams["fold"] != "0", ["patient", "fold"]]
    return dealt.drop_duplicates().sort_values("patient").reset_index(drop=True)
