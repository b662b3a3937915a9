"""All statistics of a trial: from its tables to the result tables."""

import logging

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from gadless.statistics import pairing
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons import (
    clustered,
    curves,
    images,
    objective_response,
    progression,
    responses,
    survival,
    thresholding,
    traps,
    verdict,
    volumes,
)
from gadless.statistics.comparisons.survival import Figures
from gadless.statistics.figures import Figure
from gadless.statistics.rows import Rows, rounded
from gadless.statistics.study import Study, Unit
from gadless.statistics.tables import TrialTables
from gadless.trial.config import Config
from gadless.vocabulary.names import DIFFERENT, NO_ESTIMATE, SAME
from gadless.vocabulary.survival import CONCLUSION_AGREEMENT, TREATMENT_EFFECT

log = logging.getLogger(__name__)


def analyse(
    tables: TrialTables, config: Config, workers: int = 1, *, kernel_only: bool = False
) -> dict[str, pd.DataFrame]:
    """Compare every candidate with the reference.

    Parameters
    ----------
    tables : TrialTables
    config : Config
    workers : int
        Processes; the results are the same for any number.
    kernel_only : bool
        Cox models, concordances and restricted means on the sample by the resampling's kernels too,
        which tests hold to lifelines and which are faster: for simulations.

    Returns
    -------
    dict of str to DataFrame
        ``agreement``, ``survival``, ``km``, ``paired_volumes``, ``confusion``, ``evaluability``,
        ``progressions``: their columns and terms are listed in `docs/tables.md`.

    Raises
    ------
    InputError
        If a table lacks a column or repeats a row, or a patient has no arm. What merely cannot be
        estimated is missing in its row, with the reason in ``warning``.
    """
    # The libraries' linear algebra sums in another order on more threads.
    with threadpool_limits(1):
        return _analyse(tables, config, workers, kernel_only)


def _analyse(
    tables: TrialTables, config: Config, workers: int, kernel_only: bool
) -> dict[str, pd.DataFrame]:
    study = assemble(tables, config, kernel_only=kernel_only)
    level = config.statistics.conf_level
    places = pairing.sites(tables.measurements, tables.patients)
    paired = pairing.pairs(config, tables.measurements, places)
    log.info(
        "%d patients, %d rows of measurements, %d resamples",
        len(study.cohort.patients),
        len(tables.measurements),
        config.statistics.bootstrap,
    )
    figures = survival.all_figures(study, workers)
    agreement = Rows(level)
    traps.population(agreement, study, tables)
    volumes.write_rows(agreement, study, paired)
    images.write_rows(agreement, study, tables.image_metrics)
    confusion = responses.write_rows(agreement, study, tables)
    objective_response.write_rows(agreement, study, tables)
    thresholding.write_rows(agreement, study, tables, paired)
    traps.unequal_visits(agreement, study, tables)
    traps.follow_up(agreement, study, tables)
    traps.shared_events(agreement, study)
    evaluability = verdict.write_rows(agreement, study, tables, figures)
    time_to_event = Rows(level)
    survival.write_rows(time_to_event, study, figures)
    clustered.write_rows(time_to_event, study)
    _conclusions(time_to_event, study, figures)
    return {
        "agreement": agreement.table(),
        "survival": time_to_event.table(),
        "km": curves.curves(study),
        "paired_volumes": paired.reset_index(drop=True),
        "confusion": confusion.reset_index(drop=True),
        "evaluability": evaluability,
        "progressions": progression.by_patient(study),
    }


def _conclusions(rows: Rows, study: Study, figures: dict[Unit, Figures]) -> None:
    """How often both contrasts conclude the same about the treatment."""
    settings, reference = study.config.statistics, study.config.reference
    for criteria in study.criteria:
        for analysis in study.analyses(criteria):
            for candidate in study.candidates(analysis):
                first = figures[Unit(analysis, reference)]
                second = figures[Unit(analysis, candidate)]
                here = rows.under(
                    analysis=TREATMENT_EFFECT,
                    criteria=criteria,
                    analysis_set=analysis.analysis_set,
                    level="patient",
                    reference=reference,
                    candidate=candidate,
                )
                for key, one in first.items():
                    if one.z is not None and key in second:
                        _agree(here, one, second[key], settings.treatment_direction, settings.alpha)


def _agree(rows: Rows, first: Figure, second: Figure, direction: str, alpha: float) -> None:
    one, two = (figure.concluded(direction, alpha) for figure in (first, second))
    known = np.isfinite(one) & np.isfinite(two)
    same = (one == two)[1:][known[1:]]
    outcome = NO_ESTIMATE if not known[0] else SAME if one[0] == two[0] else DIFFERENT
    rows.add(
        CONCLUSION_AGREEMENT,
        rounded(float(same.mean())) if len(same) else float("nan"),
        endpoint=first.endpoint,
        stratum=first.stratum,
        n=len(same),
        events=int(same.sum()),
        method="share of resamples in which both tests conclude alike",
        outcome=outcome,
        warning="share of resamples: a stability proportion, not a probability",
    )
