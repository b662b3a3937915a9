"""Best response of each patient."""

from typing import Any

import pandas as pd

from gadless.response.censoring import Censoring, load_censoring
from gadless.response.courses import (
    GROUP,
    analysis_keys,
    declined_unseen,
    grouped_courses,
    is_progression,
    is_response,
    origins,
    under_the_treatment,
)
from gadless.response.records import optional
from gadless.response.rules import Rule
from gadless.trial.config.response import Endpoint, Response

COLUMNS = (*GROUP, "best_response", "confirmed")


def best_response(
    response: pd.DataFrame,
    patients: pd.DataFrame,
    settings: Response | None = None,
    endpoint: Endpoint | None = None,
) -> pd.DataFrame:
    """Derive each patient's best response up to progression or a new therapy.

    CR and PR count once confirmed; unconfirmed they are SD, as SD is only from
    ``settings.stable_days`` after baseline, or the endpoints' origin if that is later. Progression
    is that of the endpoints. Order: CR, PR, MR, SD, PD, NE (REFERENCE: the
    CDISC-style algorithm of admiralonco, adapted to RANO).

    Parameters
    ----------
    response : DataFrame
        As :func:`gadless.response.classify.classify` returns it.
    patients : DataFrame
        ``patient`` and, where they exist, ``new_therapy_day`` and ``treatment_day``.
    settings : Response, optional
        Section `response` of the configuration; without it, the defaults.
    endpoint : Endpoint, optional
        Section `endpoint`, for what is progression and the origin; without it, the defaults.

    Returns
    -------
    DataFrame
        As ``best_response.tsv``: every patient of the sheet on every contrast, criteria set and
        analysis set. ``confirmed`` is ``yes`` for a confirmed CR or PR, ``no`` where a CR or PR was
        seen and not confirmed (the best response is then a lesser one), else ``not_needed``.
    """
    settings = settings or Response.model_validate({})
    endpoint = endpoint or Endpoint.model_validate({})
    censoring = load_censoring(endpoint)
    people = zip(
        patients["patient"].astype(str),
        optional(patients, "new_therapy_day", int),
        origins(patients, endpoint),
        strict=True,
    )
    courses = grouped_courses(response)
    keys = analysis_keys(response)
    rows = []
    for patient, new_therapy, origin in people:
        for key in keys:
            course = courses.get((patient, *key), [])
            rows.append((patient, *key, *_best(course, new_therapy, origin, settings, censoring)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _best(
    course: list[dict[str, Any]],
    new_therapy: int | None,
    origin: int | None,
    settings: Response,
    censoring: Censoring,
) -> tuple[str, str]:
    baseline = next((row["day"] for row in course if row["rule"] == Rule.BASELINE), None)
    found: set[str] = set()
    unconfirmed = False
    for row in under_the_treatment(course, new_therapy, settings, censoring):
        category = row["response"]
        if is_progression(row, settings, censoring):
            found.add("PD")
            break
        if category == "NE" or baseline is None or declined_unseen(row):
            continue
        if category in ("CR", "PR") and not is_response(row):
            unconfirmed = True
            category = "SD"
        lasted = row["day"] - (baseline if origin is None else max(baseline, origin))
        if category in ("SD", "PD") and lasted < settings.stable_days:
            continue
        found.add("SD" if category == "PD" else category)
    best = next((each for each in ("CR", "PR", "MR", "SD", "PD") if each in found), "NE")
    if best in ("CR", "PR"):
        return best, "yes"
    return best, "no" if unconfirmed else "not_needed"
