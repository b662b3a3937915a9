"""Image quality: medians over visits, patients resampled."""

import pandas as pd

from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.estimators.continuous import weighted_median
from gadless.statistics.rows import Rows
from gadless.statistics.study import Study
from gadless.vocabulary.volumes import IMAGE


def write_rows(rows: Rows, study: Study, metrics: pd.DataFrame | None) -> None:
    """Add the rows of `image`; none where there were no images."""
    if metrics is None:
        return
    rows = rows.under(analysis=IMAGE, level="visit", reference=study.config.reference)
    known = metrics.dropna(subset=["value"])
    groups = ["contrast", "region", "metric"]
    for (contrast, region, metric), part in known.groupby(groups, sort=True):
        weights = study.weights[:, study.cohort.position(part["patient"])]
        value = Bootstrapped.of(weighted_median(part["value"].to_numpy(float), weights))
        rows.figure(
            str(metric),
            value,
            contrast=contrast,
            stratum=f"region:{region}",
            n=len(part),
            method="median, visits weighted alike",
        )
