"""ADRS: response by visit, best response, objective response, clinical benefit."""

from collections.abc import Mapping

import pandas as pd

from gadless.export.cdisc.analyses import (
    CRITERIA,
    DAY,
    PARAMETER,
    SOURCE,
    VISIT,
    Trial,
    sequence_of,
)
from gadless.export.cdisc.dataset import Dataset, Variable, numbered
from gadless.export.cdisc.terms import RESPONSES
from gadless.export.cdisc.tumours import NOT_DONE, WHOLE
from gadless.response.best_response import best_response
from gadless.response.courses import GROUP, plain
from gadless.response.rules import Rule
from gadless.trial.config.response import Endpoint, Response

_HEADING = (
    *("ADRS", "Response Analysis Dataset"),
    "One record per subject, parameter and, of responses by visit, analysis visit",
    "BASIC DATA STRUCTURE",
)
VARIABLES = (
    *PARAMETER,
    *CRITERIA,
    Variable("AVALC", "Analysis Value (C)", "text", "Category, or Y and N", codes="AVALC"),
    Variable(
        *("AVAL", "Analysis Value", "float"),
        "Of categories 1 CR, 2 PR, 3 MR, 4 SD, 5 PD, 6 NE; of yes and no 1 and 0",
    ),
    *VISIT,
    *DAY,
    Variable(
        *("ABLFL", "Baseline Record Flag", "text"),
        "Y: the visit that the analysis takes as baseline; it has no response",
        codes="Y",
    ),
    Variable("CONFIRM", "Whether Confirmed", "text", "`confirmed` of response.tsv"),
    Variable("RULE", "Rule that Decided", "text", "`rule` of response.tsv"),
    *SOURCE,
    Variable(
        *("ANL01FL", "Analysis Flag 01", "text"),
        "Y: one a subject and parameter; of OVR one a subject, parameter and visit after baseline",
        codes="Y",
    ),
)
_BENEFIT = {"RSP": ("CR", "PR"), "CB": ("CR", "PR", "MR", "SD")}
_YES = {"Y": 1.0, "N": 0.0}


def unconfirmed(
    response: pd.DataFrame, patients: pd.DataFrame, settings: Response, endpoint: Endpoint
) -> pd.DataFrame:
    """Best response if every CR and PR counted at once; `best_response` says the rest."""
    shrunk = response["response"].isin(["CR", "PR"])
    taken = response.assign(confirmed=response["confirmed"].mask(shrunk, "not_needed"))
    return best_response(taken, patients, settings, endpoint)


def adrs(
    trial: Trial,
    response: pd.DataFrame,
    best: pd.DataFrame,
    unconfirmed_best: pd.DataFrame,
    responded: Mapping[tuple[object, ...], float],
    readings: Dataset,
    results: pd.DataFrame,
) -> Dataset:
    """Make the response data set.

    Parameters
    ----------
    trial : Trial
    response, best : DataFrame
        As ``response.tsv`` and ``best_response.tsv``.
    unconfirmed_best : DataFrame
        From :func:`unconfirmed`.
    responded : mapping
        Study day of the response of each patient and analysis who responded.
    readings : Dataset
        RS, which responses on own visits come from.
    results : DataFrame
        Rows of TR, which those in a pair come from.
    """
    parts = [_visits(response), _best(best, "BOR"), _best(unconfirmed_best, "UBOR")]
    parts += [_counted(best, name, responded) for name in _BENEFIT]
    frame = trial.record(pd.concat(parts, ignore_index=True))
    frame = trial.visited(trial.dated(frame, frame["day"].astype("float64")))
    values = {name: value for name, (_, value) in RESPONSES.items()} | _YES
    frame = frame.assign(
        PARCAT1="Tumor Response",
        AVAL=frame["AVALC"].map(values).astype("float64"),
        CONFIRM=frame["confirmed"],
        RULE=frame["rule"],
        ANL01FL=frame["ABLFL"].map({"Y": "", "": "Y"}),
    )
    frame = numbered(_sourced(frame, readings, results), "ASEQ")
    keys = ("STUDYID", "USUBJID", "PARAMCD", "AVISITN", "ADT")
    return Dataset.of(_HEADING, keys, VARIABLES, frame)


def _visits(response: pd.DataFrame) -> pd.DataFrame:
    visits = response[response["rule"] != Rule.BEFORE_BASELINE]
    baseline = visits["rule"] == Rule.BASELINE
    return visits.assign(
        parameter="OVR",
        AVALC=visits["response"].mask(baseline, None),
        ABLFL=baseline.map({True: "Y", False: ""}),
    )


def _best(best: pd.DataFrame, parameter: str) -> pd.DataFrame:
    return best.assign(parameter=parameter, AVALC=best["best_response"], ABLFL="")


def _counted(
    best: pd.DataFrame, parameter: str, responded: Mapping[tuple[object, ...], float]
) -> pd.DataFrame:
    """Whether the best response is one of several; of a response, with its day."""
    yes = best["best_response"].isin(_BENEFIT[parameter])
    made = best.assign(parameter=parameter, AVALC=yes.map({True: "Y", False: "N"}), ABLFL="")
    if parameter == "RSP":
        keys = plain(best[list(GROUP)]).itertuples(index=False, name=None)
        made["day"] = [responded.get(key, float("nan")) for key in keys]
    return made


def _sourced(frame: pd.DataFrame, readings: Dataset, results: pd.DataFrame) -> pd.DataFrame:
    """Say where each record comes from.

    A response on own visits is one of RS. In a pair it is judged anew on the visits that both
    share, and comes, as the baseline does, from the measurement that the criteria compare.
    """
    visit = frame["parameter"] == "OVR"
    own = visit & (frame["analysis_set"] == "all")
    keys = {"USUBJID": "USUBJID", "AVISIT": "VISIT", "contrast": "RSEVALID", "criteria": "RSSCAT"}
    read = sequence_of(frame, readings.frame, keys, "RSSEQ").where(own)
    tests = frame["measure"].map({column: code for code, (column, *_) in WHOLE.items()})
    sought = frame.assign(TRTESTCD=tests.fillna(NOT_DONE))
    keys = {"patient": "patient", "AVISIT": "visit", "contrast": "contrast", "TRTESTCD": "TRTESTCD"}
    measured = sequence_of(sought, results[results["TRLNKID"] == ""], keys, "TRSEQ").where(visit)
    sources = pd.Series("ADRS", frame.index).mask(visit, "TR").mask(read.notna(), "RS")
    named = {"ADRS": "AVALC", "TR": "TRSTRESN", "RS": "RSSTRESC"}
    return frame.assign(SRCDOM=sources, SRCVAR=sources.map(named), SRCSEQ=read.fillna(measured))
