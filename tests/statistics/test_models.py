"""Rows of the survival models: who is at risk, when, in which state."""

import numpy as np
import pandas as pd
import pytest
from small_trials import times_of

from gadless.errors import InputError
from gadless.statistics import covariates, models
from gadless.statistics.covariates import Design
from gadless.statistics.estimators import cox
from gadless.statistics.tables import Cohort

NONE = Design([], np.zeros((5, 0)))


def cohort(**columns: list) -> Cohort:
    sheet = {
        "patient": list("abcde"),
        "arm": ["x"] * 5,
        "os_days": [100, 100, 100, 60, 50],
        "os_event": [1, 1, 0, 1, 1],
        **columns,
    }
    return Cohort.of(pd.DataFrame(sheet))


def test_a_state_begins_after_its_day() -> None:
    # a: progresses on 40; b: on the day of death; c: never; d: after death; e: on day 0
    seen = times_of([40, 100, 100, 70, 0], [1, 1, 0, 1, 1])
    rows = models.time_dependent(cohort(), seen, NONE).rows
    table = sorted(
        zip(rows.patient, rows.start, rows.stop, rows.event, rows.covariates[:, 0], strict=True)
    )
    assert table == [
        (0, 0, 40, False, 0),
        (0, 40, 100, True, 1),
        (1, 0, 100, True, 0),
        (2, 0, 100, False, 0),
        (3, 0, 60, True, 0),
        (4, 0, 50, True, 1),
    ]


def test_a_state_that_is_not_known_ends_the_exposure() -> None:
    # a: progresses, and stays so; b: seen free until 70; c: never assessed
    seen = times_of([40, 70, 0, 60, 50], [1, 0, 0, 0, 0]).known_until(
        np.array([np.inf, 70, 0, np.inf, np.inf])
    )
    model = models.time_dependent(cohort(), seen, NONE)
    rows = model.rows
    table = sorted(zip(rows.patient, rows.start, rows.stop, rows.event, strict=True))
    assert table == [
        (0, 0, 40, False),
        (0, 40, 100, True),
        (1, 0, 70, False),
        (3, 0, 60, True),
        (4, 0, 50, True),
    ]
    assert model.patients == 4
    assert list(models.landmark(cohort(), seen, NONE, 65).rows.patient) == [0, 1]


def test_a_cut_hides_what_comes_later_and_whether_it_came() -> None:
    seen = times_of([40, 70, 90], [1, 1, 0]).cut(np.array([40, 50, np.inf]))
    assert list(seen.days) == [40, 50, 90]
    assert list(seen.event) == [True, False, False]
    assert list(seen.known) == [np.inf, 50, np.inf]


def test_an_event_on_day_0_counts_as_in_r(r) -> None:
    days, event = [0, 0, 0, 10, 20, 30, 40, 50], [1, 1, 0, 1, 1, 0, 1, 1]
    design = Design(["x"], np.array([[1, 0, 1, 1, 0, 1, 0, 0]], float).T)
    model = models.plain(np.array(days, float), np.array(event) == 1, design)
    code = (
        f"d <- data.frame(t = c({','.join(map(str, days))}), e = c({','.join(map(str, event))}),"
        " x = c(1, 0, 1, 1, 0, 1, 0, 0)); f <- coxph(Surv(t, e) ~ x, d, eps = 1e-12);"
        "cat(coef(f), f$n, f$nevent)"
    )
    found = cox.fit(model.rows, np.ones((1, 8))).coefficients[0, 0]
    np.testing.assert_allclose([found, model.patients, model.rows.events], r(code), rtol=1e-8)


def test_a_landmark_looks_at_the_living_and_at_the_past() -> None:
    seen = times_of([40, 60, 45, 10, 5], [1, 1, 0, 1, 1])
    model = models.landmark(cohort(), seen, NONE, 60)
    assert list(model.rows.patient) == [0, 1, 2]  # d dies on the landmark, e before it
    assert list(model.rows.stop) == [40, 40, 40]
    assert list(model.rows.covariates[:, 0]) == [1, 1, 0]  # on the day itself counts
    assert model.warning[0].startswith("1 patients, last assessed before the landmark")


def test_the_paper_style_model_says_that_it_is_biased() -> None:
    model = models.fixed(cohort(), times_of([40, 60, 45, 10, 5], [1, 1, 0, 1, 1]), NONE, 40)
    assert list(model.rows.covariates[:, 0]) == [1, 0, 0, 1, 1]
    assert model.warning[0].startswith("biased")


def test_covariates_are_coded_and_gaps_are_named() -> None:
    people = cohort(
        arm=["B", "A", "A", "B", "C"],
        age=[50, 60, None, 70, 80],
        sex=["M", "F", "F", "M", "M"],
        grade=[4] * 5,
    )
    design = covariates.adjusted(people, ["age", "sex", "grade"])
    assert design.names == ["arm:B", "arm:C", "age", "sex:M"]
    assert list(design.matrix[:, 3]) == [1, 0, 0, 1, 1]
    assert list(design.complete) == [True, True, False, True, True]
    assert design.warning == (
        "1 patients lack a covariate and are left out (c)",
        "left out, the same for everyone: grade",
    )


def test_an_unknown_covariate_is_an_error() -> None:
    with pytest.raises(InputError, match=r"names kps: no such column .* patient, arm, os_days"):
        covariates.adjusted(cohort(), ["kps"])
