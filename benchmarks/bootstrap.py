"""Resampling a survival model: this package's kernel, R's coxph and lifelines, same resamples.

python benchmarks/bootstrap.py --resamples 1000

The simulated trial of 521 patients, progression as a time-dependent state, arm and three
covariates. Each engine fits the same weighted samples in one process; ratios are of one run.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path
from shutil import which

import numpy as np
import pandas as pd
from lifelines import CoxTimeVaryingFitter
from scenarios import SCENARIOS, configuration, tables_of

from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons import surrogate
from gadless.statistics.estimators import cox
from gadless.statistics.estimators.bootstrap import Floats, patient_weights
from gadless.statistics.estimators.concordance import Comparable
from gadless.statistics.models import Model, time_dependent
from gadless.statistics.study import Unit

PATIENTS = 521
SLOW = 20
"""Fits of the engines that are timed on a few resamples only."""
R = """
suppressMessages(library(survival))
folder <- commandArgs(TRUE)
d <- read.csv(file.path(folder, "rows.csv"))
w <- as.matrix(read.csv(file.path(folder, "weights.csv")))
x <- setdiff(names(d), c("start", "stop", "event", "patient"))
f <- as.formula(paste("Surv(start, stop, event) ~", paste(x, collapse = " + ")))
sample <- function(one) {
  d$mass <- w[one, d$patient + 1]
  d[d$mass > 0, ]
}
begin <- proc.time()
found <- sapply(seq_len(nrow(w)), function(one) {
  coef(coxph(f, sample(one), weights = mass, ties = "efron"))
})
cox <- sum((proc.time() - begin)[1:2])
few <- lapply(seq_len(min(20, nrow(w))), function(one) {
  e <- sample(one)
  e$score <- as.matrix(e[, x]) %*% found[, one]
  e
})
begin <- proc.time()
index <- sapply(few, function(e) {
  concordance(Surv(start, stop, event) ~ score, e, weights = mass, reverse = TRUE)$concordance
})
cat(cox / nrow(w), sum((proc.time() - begin)[1:2]) / length(few), "\\n")
write.csv(t(found), file.path(folder, "coefficients.csv"), row.names = FALSE)
write.csv(index, file.path(folder, "concordance.csv"), row.names = FALSE)
"""


def model_of_trial() -> Model:
    """Survival on progression on the reference."""
    config = configuration(0, 1)
    tables = tables_of(SCENARIOS["realistic"], PATIENTS, 1, config)
    study = assemble(tables, config)
    unit = Unit(study.pair("cgan"), config.reference)
    return time_dependent(study.cohort, *surrogate.pieces(study, unit))


def by_kernel(model: Model, weights: Floats) -> tuple[Floats, Floats, float, float]:
    """Coefficients, concordances and CPU seconds a fit of each."""
    begin = time.process_time()
    found = cox.fit(model.rows, weights).coefficients
    middle = time.process_time()
    score = np.round(cox.linear_predictor(model.rows, found), 10)
    index = Comparable(model.rows).concordance(score, weights).harrell
    end = time.process_time()
    return found, index, (middle - begin) / len(weights), (end - middle) / len(weights)


def by_r(model: Model, weights: Floats) -> tuple[Floats, Floats, float, float]:
    """Fit the same in R, which times itself."""
    rows = model.rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = pd.DataFrame(rows.covariates, columns=[f"x{at}" for at in range(len(model.names))])
        table = table.assign(start=rows.start, stop=rows.stop, event=rows.event.astype(int))
        table.assign(patient=rows.patient).to_csv(folder / "rows.csv", index=False)
        pd.DataFrame(weights).to_csv(folder / "weights.csv", index=False)
        done = subprocess.run(
            ["Rscript", "-e", R, str(folder)], capture_output=True, text=True, check=True
        )
        seconds = [float(word) for word in done.stdout.split()]
        found = pd.read_csv(folder / "coefficients.csv").to_numpy()
        index = pd.read_csv(folder / "concordance.csv").to_numpy()[:, 0]
    return found, index, seconds[0], seconds[1]


def by_lifelines(model: Model, weights: Floats) -> float:
    """CPU seconds of a fit, on a few samples."""
    rows = model.rows
    table = pd.DataFrame(rows.covariates).add_prefix("x")
    table = table.assign(start=rows.start, stop=rows.stop, event=rows.event, row=range(len(table)))
    begin = time.process_time()
    for mass in weights[:SLOW, rows.patient]:
        CoxTimeVaryingFitter().fit(
            table[mass > 0].assign(w=mass[mass > 0]), id_col="row", start_col="start",
            stop_col="stop", event_col="event", weights_col="w",
        )  # fmt: skip
    return (time.process_time() - begin) / len(weights[:SLOW])


def main() -> None:
    """Print a line an engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resamples", type=int, default=1000)
    given = parser.parse_args()
    model = model_of_trial()
    weights = patient_weights(PATIENTS, given.resamples, 1)
    print(f"{len(weights)} fits, {len(model.rows.stop)} rows, {len(model.names)} coefficients")
    found, index, fit, concordance = by_kernel(model, weights)
    print(f"Cox: kernel {1000 * fit:.2f} ms of CPU a fit")
    slow = by_lifelines(model, weights)
    print(f"Cox: lifelines {1000 * slow:.1f} ms, {slow / fit:.0f} times as long")
    print(f"concordance: kernel {1000 * concordance:.2f} ms")
    if which("Rscript") is None:
        print("R is not installed: not compared")
        return
    theirs, their_index, r_fit, r_concordance = by_r(model, weights)
    print(f"Cox: R coxph {1000 * r_fit:.2f} ms, {r_fit / fit:.1f} times as long")
    print(
        f"concordance: R {1000 * r_concordance:.2f} ms, {r_concordance / concordance:.1f} times"
        " as long"
    )
    apart = np.abs(found - theirs).max()
    apart_index = np.abs(index[: len(their_index)] - their_index).max()
    print(f"largest difference from R: coefficients {apart:.1e}, concordance {apart_index:.1e}")


if __name__ == "__main__":
    main()
