"""ADTR: volumes, sums of products and of diameters, lesions, with their change from baseline."""

import pandas as pd

from gadless.export.cdisc.analyses import DAY, PARAMETER, SOURCE, VISIT, Trial
from gadless.export.cdisc.dataset import Dataset, Variable, numbered
from gadless.export.cdisc.tumours import PARTS, WHOLE
from gadless.response.rules import Rule

LEAST = "MINIMUM"
LEAST_VISIT = "POST-BASELINE MINIMUM"
LEAST_NUMBER = 9000.0
_HEADING = (
    *("ADTR", "Tumor Results Analysis Dataset"),
    "One record per subject, parameter, lesion, analysis visit and derivation type",
    "BASIC DATA STRUCTURE",
)
VARIABLES = (
    *PARAMETER,
    Variable("TRLNKID", "Link ID", "text", "TR.TRLNKID", "Predecessor"),
    Variable("AVAL", "Analysis Value", "float", "TR.TRSTRESN"),
    Variable("AVALU", "Analysis Value Unit", "text", "TR.TRSTRESU", "Predecessor", "UNIT"),
    *VISIT,
    *DAY,
    Variable(
        *("ABLFL", "Baseline Record Flag", "text"),
        "Y: the visit that the contrast's own analysis under the primary criteria takes as"
        " baseline",
        codes="Y",
    ),
    Variable("BASE", "Baseline Value", "float", "AVAL where ABLFL is Y"),
    Variable("CHG", "Change from Baseline", "float", "AVAL - BASE, after baseline"),
    Variable(
        *("PCHG", "Percent Change from Baseline", "float"),
        "100 * CHG / BASE, after baseline, where BASE is above 0",
    ),
    Variable(
        *("DTYPE", "Derivation Type", "text"),
        "MINIMUM: the least AVAL of all visits after baseline, the earliest of equals",
        codes="DTYPE",
    ),
    *SOURCE,
    Variable(
        *("ANL01FL", "Analysis Flag 01", "text"),
        "Y: at or after baseline and no derived record; one a subject, parameter, lesion and visit",
        codes="Y",
    ),
    Variable(
        *("ANL02FL", "Analysis Flag 02", "text"),
        "Y: the derived minimum; one a subject and parameter",
        codes="Y",
    ),
)


def adtr(trial: Trial, response: pd.DataFrame, results: pd.DataFrame) -> Dataset:
    """Make the data set.

    Parameters
    ----------
    trial : Trial
    response : DataFrame
        As ``response.tsv``, for which visit is the baseline.
    results : DataFrame
        Rows of TR (:func:`gadless.export.cdisc.tumours.measured`).
    """
    known = results[results["TRTESTCD"].isin([*WHOLE, *PARTS])]
    kept = ["patient", "contrast", "visit", "day", "TRLNKID"]
    rows = known[kept].assign(
        parameter=known["TRTESTCD"],
        AVAL=known["TRSTRESN"],
        AVALU=known["TRSTRESU"],
        SRCSEQ=known["TRSEQ"],
        DTYPE="",
    )
    rows = _with_baseline(rows.reset_index(drop=True), trial, response)
    least = _least(rows)
    frame = trial.record(pd.concat([rows, least], ignore_index=True))
    frame = trial.visited(trial.dated(frame, frame["day"]))
    derived = frame["DTYPE"] == LEAST
    frame = frame.assign(
        PARCAT1=frame["parameter"].isin(list(WHOLE)).map({True: "Tumor Burden", False: "Lesion"}),
        AVISIT=frame["AVISIT"].mask(derived, LEAST_VISIT),
        AVISITN=frame["AVISITN"].mask(derived, LEAST_NUMBER),
        SRCDOM="TR",
        SRCVAR="TRSTRESN",
        ANL01FL=(~derived & frame["counts"]).map({True: "Y", False: ""}),
        ANL02FL=derived.map({True: "Y", False: ""}),
    )
    order = ["USUBJID", "PARAMN", "TRLNKID", "AVISITN"]
    frame = numbered(frame.sort_values(order, kind="stable").reset_index(drop=True), "ASEQ")
    keys = ("STUDYID", "USUBJID", "PARAMCD", "TRLNKID", "AVISITN", "DTYPE")
    return Dataset.of(_HEADING, keys, VARIABLES, frame)


def _with_baseline(rows: pd.DataFrame, trial: Trial, response: pd.DataFrame) -> pd.DataFrame:
    """Add baseline, change, and which records lie at or after the baseline."""
    primary = response["criteria"].isin(trial.scheme.criteria[:1])
    taken = response[
        (response["rule"] == Rule.BASELINE) & primary & (response["analysis_set"] == "all")
    ]
    key = ["patient", "contrast"]
    visits = taken.set_index(key)[["visit", "day"]].rename(columns=lambda name: f"base_{name}")
    rows = rows.join(visits, on=key)
    at = rows["visit"] == rows["base_visit"]
    after = rows["day"] > rows["base_day"].astype("float64")
    named = ["patient", "parameter", "contrast", "TRLNKID"]
    base = rows[at].set_index(named)["AVAL"].rename("BASE")
    rows = rows.join(base, on=named)
    change = (rows["AVAL"] - rows["BASE"]).where(after)
    return rows.assign(
        ABLFL=at.map({True: "Y", False: ""}),
        CHG=change,
        PCHG=(100 * change / rows["BASE"]).where(rows["BASE"] > 0),
        counts=at | after,
        after=after,
    )


def _least(rows: pd.DataFrame) -> pd.DataFrame:
    """Repeat the record with the least value of the whole tumour after baseline."""
    seen = rows[rows["after"] & rows["parameter"].isin(list(WHOLE))]
    ordered = seen.sort_values(["AVAL", "day", "visit"], kind="stable")
    found = ordered.drop_duplicates(["patient", "parameter", "contrast"])
    return found.assign(DTYPE=LEAST, ABLFL="")
