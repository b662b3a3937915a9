"""Before and after thresholding: how much disagreement in volume the criteria absorb."""

import numpy as np
import pandas as pd

from gadless.statistics.comparisons.responses import NE, combinations, visits
from gadless.statistics.estimators import continuous
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.rows import Rows
from gadless.statistics.study import OWN, PAIR, Study
from gadless.statistics.tables import TrialTables
from gadless.vocabulary.responses import THRESHOLDING


def write_rows(rows: Rows, study: Study, tables: TrialTables, paired: pd.DataFrame) -> None:
    """Add the rows of `thresholding`, every criteria set."""
    smallest = max(study.config.response.smallest_volume_cm3, 1e-6)
    limit = study.config.statistics.margins.volume_bias_percent / 100
    volumes = paired[paired["measure"] == "enhancing_cm3"]
    for analysis, candidate in combinations(study):
        if analysis.analysis_set not in (OWN, PAIR):
            continue
        here = rows.under(
            analysis=THRESHOLDING,
            level="visit",
            criteria=analysis.criteria,
            analysis_set=analysis.analysis_set,
            reference=study.config.reference,
            candidate=candidate,
        )
        own = volumes[volumes["candidate"] == candidate]
        keys = ["patient", "visit"]
        values = own[[*keys, "reference_value", "candidate_value"]]
        seen = visits(study, tables, analysis, candidate).merge(values, on=keys)
        base = values.rename(
            columns={
                "visit": "baseline_visit",
                "reference_value": "reference_base",
                "candidate_value": "candidate_base",
            }
        )
        seen = seen.merge(base, on=["patient", "baseline_visit"], how="left")
        rated = (seen["reference"] != NE) & (seen["candidate"] != NE)
        _absorbed(here, study, seen[rated & (seen["reference_value"] >= smallest)], limit)
        large = (seen["reference_base"] >= smallest) & (seen["candidate_base"] >= smallest)
        changes = seen[large]
        ccc = continuous.concordance(
            100 * (changes["reference_value"] / changes["reference_base"] - 1).to_numpy(float),
            100 * (changes["candidate_value"] / changes["candidate_base"] - 1).to_numpy(float),
            study.weights[:, study.cohort.position(changes["patient"])],
        ).ccc
        here.figure(
            "ccc_change",
            Bootstrapped.of(ccc),
            n=len(changes),
            method="Lin's CCC of the percent change of enhancing volume from baseline",
        )


def _absorbed(rows: Rows, study: Study, seen: pd.DataFrame, limit: float) -> None:
    ratio = seen["candidate_value"].to_numpy(float) / seen["reference_value"].to_numpy(float)
    apart = np.abs(ratio - 1) > limit
    differ = (seen["reference"] != seen["candidate"]).to_numpy()
    weights = study.weights[:, study.cohort.position(seen["patient"])]
    every = np.ones(len(seen), dtype=bool)
    for term, hit, group, method in (
        ("volume_discordant", apart, every, f"volumes differ by more than {100 * limit:g}%"),
        ("response_discordant", differ, every, "categories differ"),
        ("absorbed", ~differ, apart, "same category in spite of discordant volumes"),
    ):
        rows.weighted_share(term, hit, group, weights, method)
