"""Real patients, with ties and sites, through every estimator of survival and through R's.

The constants are R 4.2 with survival 3.5-3 on R's own lung cancer patients; where R is installed
the same code runs again.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from small_trials import REAL

from gadless.statistics import models
from gadless.statistics.comparisons.curves import curve_table
from gadless.statistics.estimators import kaplan_meier, library, robust
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.figures import fit
from gadless.statistics.models import Model

COLUMNS = ["age", "sex", "ph.ecog"]
SETTING = (
    "d <- read.csv('{path}'); e <- d[complete.cases(d[, c('age', 'sex', 'ph.ecog', 'inst')]), ];"
    "s <- Surv(e$time, e$status == 2); m <- function(...) coxph(s ~ age + sex + ph.ecog, e, ...);"
)
CONSTANTS = {
    # n.risk, surv, lower, upper of survfit(Surv(time, status == 2) ~ 1, conf.type = "log-log")
    "curve": [
        [196, 0.86396896765, 0.812222319754, 0.90231018052],
        [65, 0.40924162446, 0.338714269088, 0.47838076765],
        [16, 0.14239150565, 0.089373801688, 0.20737031011],
    ],
    "median": [310, 284, 361],
    "restricted mean": [263.2218664820],
    "cox": [0.011232164257, -0.556593413985, 0.469216396766],
    "site strata": [0.0095613416966, -0.5473566768490, 0.5972532446804],
    "sandwich by site": [0.0068887270563, 0.1122866799070, 0.1176159532713],
    "concordance": [0.63760204082],
    "proportional hazards": [3.52535724108, 2.17486631085, 0.48354189078],
}
CODE = {
    "curve": (
        "f <- survfit(Surv(time, status == 2) ~ 1, d, conf.type = 'log-log');"
        "g <- summary(f, times = c(100, 365, 700));"
        "cat(t(cbind(g$n.risk, g$surv, g$lower, g$upper)))"
    ),
    "median": (
        "f <- survfit(Surv(time, status == 2) ~ 1, d, conf.type = 'log-log');"
        "cat(unlist(quantile(f, 0.5)))"
    ),
    "restricted mean": (
        "f <- survfit(Surv(time, status == 2) ~ 1, d); cat(summary(f, rmean = 365)$table['rmean'])"
    ),
    "cox": "cat(coef(m()))",
    "site strata": "cat(coef(coxph(s ~ age + sex + ph.ecog + strata(inst), e)))",
    "sandwich by site": (
        "cat(sqrt(diag(vcov(coxph(s ~ age + sex + ph.ecog, e, cluster = inst)))))"
    ),
    "concordance": "cat(concordance(m())$concordance)",
    "proportional hazards": "cat(cox.zph(m(), 'log', terms = FALSE)$table[1:3, 1])",
}


@dataclass(frozen=True)
class Lung:
    """The table, the patients who have every covariate and a site, and their Cox model."""

    days: np.ndarray
    event: np.ndarray
    model: Model
    site: np.ndarray

    def ours(self, what: str) -> np.ndarray:
        ones = np.ones((1, len(self.days)))
        curve = kaplan_meier.kaplan_meier(self.days, self.event, ones)
        some = np.ones((1, self.model.patients))
        match what:
            case "curve":
                table = curve_table(self.days, self.event, 0.95)
                rows = [table[table["day"] <= day].iloc[-1] for day in (100, 365, 700)]
                found = [
                    [(self.days >= day).sum(), *row[["estimate", "lower", "upper"]]]
                    for day, row in zip((100, 365, 700), rows, strict=True)
                ]
            case "median":
                fitted = library.kaplan_meier(self.days, self.event, 0.95)
                found = library.median(fitted)
                assert curve.median()[0] == found[0]
            case "restricted mean":
                found = [curve.restricted_mean(365)[0]]
            case "cox":
                found = fit(self.model, some, 0).result.coefficients[0]
            case "site strata":
                apart = models.stratified(self.model, self.site)
                found = fit(apart, some, 0).result.coefficients[0]
            case "sandwich by site":
                fitted = fit(self.model, some, 0)
                moves = robust.influence(self.model.rows, fitted.result, self.model.patients)
                found = np.sqrt(np.diag(robust.sandwich(moves, self.site)))
            case "concordance":
                found = [fit(self.model, some, 0).concordance()[0].value]
            case _:
                fitted = fit(self.model, some, 0)
                found = [fitted.proportional()[name][0] for name in COLUMNS]
        return np.array(found, dtype=float).ravel()


@pytest.fixture(scope="module")
def lung() -> Lung:
    if not REAL.exists():
        pytest.skip("the table of lung cancer patients is not here")
    table = pd.read_csv(REAL / "R_survival_lung.csv")
    known = table.dropna(subset=[*COLUMNS, "inst"])
    size = len(known)
    rows = CoxRows(
        np.zeros(size),
        known["time"].to_numpy(float),
        (known["status"] == 2).to_numpy(),
        known[COLUMNS].to_numpy(float),
        np.arange(size),
    )
    days, event = table["time"].to_numpy(float), (table["status"] == 2).to_numpy()
    site = np.unique(known["inst"], return_inverse=True)[1]
    return Lung(days, event, Model(rows, COLUMNS, size), site)


@pytest.mark.parametrize("what", CONSTANTS)
def test_equals_the_constants(lung: Lung, what: str) -> None:
    np.testing.assert_allclose(lung.ours(what), np.ravel(CONSTANTS[what]), rtol=1e-6)


@pytest.mark.parametrize("what", CODE)
def test_r_agrees(lung: Lung, r, what: str) -> None:
    code = SETTING.format(path=REAL / "R_survival_lung.csv") + CODE[what]
    np.testing.assert_allclose(lung.ours(what), r(code), rtol=1e-6)
