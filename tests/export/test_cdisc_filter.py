"""The usual filter gives the report's numbers: one record a subject, and the same models in R."""

import pandas as pd
import pytest

from gadless.export.cdisc.parameters import Scheme

MODELS = """
library(survival)
d <- foreign::read.xport(commandArgs(TRUE))
for (code in unique(as.character(d$PARAMCD))) {
  s <- d[d$PARAMCD == code & d$ANL01FL == "Y", ]
  if (length(unique(s$TRTP)) < 2 || sum(s$CNSR == 0) == 0) next
  m <- suppressWarnings(coxph(Surv(AVAL, CNSR == 0) ~ TRTP, s))
  l <- survdiff(Surv(AVAL, CNSR == 0) ~ TRTP, s)
  cat(code, nrow(s), length(unique(s$USUBJID)), sum(s$CNSR == 0),
      format(c(exp(coef(m)), summary(m)$coef[5], l$chisq, 1 - pchisq(l$chisq, 1)), digits = 12),
      "\\n")
}
"""


@pytest.fixture(scope="module")
def modelled(exported, read_by_r) -> dict[str, list[float]]:
    """By parameter: records, subjects, events, hazard ratio and its p, log-rank and its p."""
    printed = read_by_r(MODELS, exported.folder / "adtte.xpt")
    rows = (line.split() for line in printed.splitlines())
    return {code: [float(cell.replace("NA", "nan")) for cell in cells] for code, *cells in rows}


def _coded(table: pd.DataFrame, response: pd.DataFrame) -> pd.DataFrame:
    """Rows of a table of the statistics with the parameter that they are of."""
    scheme = Scheme.of(response, "gbca")
    own = table[table["analysis_set"].isin(["all", "common"]) | (table["endpoint"] == "OS")]
    own = own.astype(object).where(own.notna(), None)
    names = ["endpoint", "contrast", "criteria", "analysis_set", "candidate"]
    codes = []
    for endpoint, contrast, criteria, shared, candidate in own[names].itertuples(index=False):
        pair = candidate if shared == "common" else None
        codes.append("OS" if endpoint == "OS" else scheme.code(endpoint, contrast, criteria, pair))
    return own.assign(code=codes)


def test_r_fits_what_the_statistics_report(exported, modelled):
    table = exported.table("survival").query("analysis == 'treatment_effect'")
    table = table[table["term"].isin(["treatment_hr", "logrank"])]
    compared = set()
    for row in _coded(table, exported.tables.response).to_dict("records"):
        records, subjects, events, ratio, wald, chi, p = modelled[row["code"]]
        assert (records, subjects, events) == (row["n"], row["n"], row["events"]), row["code"]
        found, own = (ratio, wald) if row["term"] == "treatment_hr" else (chi, p)
        assert row["estimate"] == pytest.approx(found, rel=1e-6), row["code"]
        assert row["p"] == pytest.approx(own, rel=1e-6), row["code"]
        compared.add((row["term"], row["code"]))
    # TTP and PFS, two criteria, three contrasts alone and two pairs of two; and survival.
    assert len(compared) >= 2 * (2 * 2 * (3 + 4) + 1) - 4
    assert ("logrank", "OS") in compared


def test_without_the_parameters_it_would_be_another_answer(exported, modelled, read_by_r):
    """What the trap was: the same survival several times, and a p that is too small."""
    code = (
        "d <- foreign::read.xport(commandArgs(TRUE)); s <- d[d$PARAMCD == 'OS', ];"
        " s <- rbind(s, s, s); f <- survival::coxph(survival::Surv(AVAL, CNSR == 0) ~ TRTP, s);"
        " cat(format(summary(f)$coef[5], digits = 12))"
    )
    tripled = float(read_by_r(code, exported.folder / "adtte.xpt"))
    assert tripled != pytest.approx(modelled["OS"][4], rel=0.01)


def test_responders_are_those_of_the_statistics(exported, frames):
    table = exported.table("agreement")
    scheme = Scheme.of(exported.tables.response, "gbca")
    rates = table[(table["term"] == "rate") & (table["stratum"] == "all")]
    rates = rates.astype(object).where(rates.notna(), None)
    flagged = frames["adrs"][frames["adrs"]["ANL01FL"] == "Y"]
    compared = set()
    for row in rates.to_dict("records"):
        base = {"objective_response": "RSP", "clinical_benefit": "CB"}[row["analysis"]]
        pair = row["candidate"] if row["analysis_set"] == "common" else None
        code = scheme.code(base, row["contrast"], row["criteria"], pair)
        own = flagged[flagged["PARAMCD"] == code]
        assert len(own) == own["USUBJID"].nunique() == row["n"]
        assert (own["AVALC"] == "Y").sum() == row["events"], code
        compared.add(code)
    assert len(compared) == 2 * 2 * (3 + 4)
    assert (flagged.loc[flagged["PARAMCD"] == "RSP", "AVALC"] == "Y").any()


def test_who_is_evaluable_is_whom_the_statistics_count(exported, frames):
    table = exported.table("agreement").query("term == 'patients_assessed'")
    primary = table[table["criteria"] == "rano2-2023-volume"].set_index("contrast")["estimate"]
    flags = {"gbca": "EVALFL", "cgan": "EVAL1FL", "unet": "EVAL2FL"}
    people = frames["adsl"]
    assert {c: (people[flag] == "Y").sum() for c, flag in flags.items()} == primary.to_dict()
    assert (people["EVALFL"] == "N").any()


def test_best_responses_are_the_tables(exported, frames):
    best = exported.tables.best_response
    own = frames["adrs"][frames["adrs"]["PARAMCD"].str.startswith("BOR")]
    assert own["AVALC"].tolist() == best["best_response"].tolist()
    assert not own.duplicated(["USUBJID", "PARAMCD"]).any()
    earlier = frames["adrs"][frames["adrs"]["PARAMCD"].str.startswith("UBOR")]
    order = ["CR", "PR", "MR", "SD", "PD", "NE"]
    rank = earlier["AVALC"].map(order.index).to_numpy() - own["AVALC"].map(order.index).to_numpy()
    # Counted at once, it can only be better.
    assert (rank <= 0).all()
    assert (rank < 0).any()
