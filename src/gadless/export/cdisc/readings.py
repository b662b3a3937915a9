"""RS: the response of each visit on each contrast, as an SDTM-like finding."""

import pandas as pd

from gadless.export.cdisc.analyses import Trial
from gadless.export.cdisc.dataset import Dataset, Variable, iso_date, numbered
from gadless.export.cdisc.days import relative
from gadless.response.rules import Rule

EVALUATOR = "INDEPENDENT ASSESSOR"
_HEADING = (
    *("RS", "Disease Response and Clin Classification"),
    "One record per subject, visit, contrast and criteria set",
    "FINDINGS",
)
IDENTITY = (
    Variable("STUDYID", "Study Identifier", "text", "The trial's name", "Assigned"),
    Variable("DOMAIN", "Domain Abbreviation", "text", "", "Assigned"),
    Variable("USUBJID", "Unique Subject Identifier", "text", "`patient`", "Collected"),
)
VARIABLES = (
    *IDENTITY,
    Variable("RSSEQ", "Sequence Number", "integer", "Records of a subject, from 1"),
    Variable("RSTESTCD", "Assessment Short Name", "text", "", "Assigned"),
    Variable("RSTEST", "Assessment Name", "text", "", "Assigned"),
    Variable("RSCAT", "Category for Assessment", "text", "Published criteria", "Assigned"),
    Variable("RSSCAT", "Subcategory for Assessment", "text", "Criteria set", "Assigned"),
    Variable(
        *("RSORRES", "Result or Finding in Original Units", "text"),
        *("`response` of response.tsv", "Derived", "ONCRSR"),
    ),
    Variable(
        *("RSSTRESC", "Character Result/Finding in Std Format", "text"),
        *("As RSORRES", "Derived", "ONCRSR"),
    ),
    Variable("RSEVAL", "Evaluator", "text", "Software, blind to arms", "Assigned", "EVAL"),
    Variable("RSEVALID", "Evaluator Identifier", "text", "The contrast", "Assigned"),
    Variable(
        *("RSACPTFL", "Accepted Record Flag", "text"),
        "Y: on the acquired contrast, under the primary criteria",
        codes="Y",
    ),
    Variable("VISITNUM", "Visit Number", "integer", "As AVISITN", "Assigned"),
    Variable("VISIT", "Visit Name", "text", "`visit`", "Collected"),
    Variable("RSDTC", "Date/Time of Assessment", "text", "Day 0 and `day`, ISO 8601"),
    Variable("RSDY", "Study Day of Assessment", "integer", "`day`, no day 0"),
)


def rs(trial: Trial, response: pd.DataFrame, categories: dict[str, str]) -> Dataset:
    """Make the data set, of responses on each contrast's own visits.

    Parameters
    ----------
    trial : Trial
    response : DataFrame
        As ``response.tsv``.
    categories : dict of str to str
        Criteria set to the published criteria.
    """
    own = response["analysis_set"] == "all"
    judged = ~response["rule"].isin([Rule.BASELINE, Rule.BEFORE_BASELINE])
    rows = response[own & judged].reset_index(drop=True)
    reference = rows["contrast"] == trial.scheme.reference
    primary = rows["criteria"].isin(trial.scheme.criteria[:1])
    frame = placed(trial, rows, "RS").assign(
        RSTESTCD="OVRLRESP",
        RSTEST="Overall Response",
        RSCAT=rows["criteria"].map(categories),
        RSSCAT=rows["criteria"],
        RSORRES=rows["response"],
        RSSTRESC=rows["response"],
        RSACPTFL=(reference & primary).map({True: "Y", False: ""}),
    )
    keys = ("STUDYID", "USUBJID", "RSTESTCD", "RSSCAT", "RSEVALID", "VISITNUM")
    return Dataset.of(_HEADING, keys, VARIABLES, numbered(frame, "RSSEQ"))


def placed(trial: Trial, rows: pd.DataFrame, domain: str) -> pd.DataFrame:
    """Say of rows with patient, contrast, visit and day whose, where and by whom they are."""
    rows = rows.reset_index(drop=True)
    who, visits = rows["patient"].astype(str), rows["visit"].astype(object)
    made = rows.assign(
        STUDYID=trial.name,
        DOMAIN=domain,
        USUBJID=who,
        VISITNUM=visits.map(trial.numbers).astype("float64"),
        VISIT=visits,
    )
    made[f"{domain}EVAL"] = EVALUATOR
    made[f"{domain}EVALID"] = rows["contrast"]
    made[f"{domain}DTC"] = iso_date(trial.calendar.date(who, rows["day"]))
    made[f"{domain}DY"] = relative(rows["day"])
    return made
