"""Analysis data sets in CDISC's ADaM style, as SAS transport files (version 5).

ADSL holds one row a patient, ADRS responses, ADTTE times to event. Each analysis (contrast,
criteria, analysis set) is a parameter of its own (:mod:`gadless.response.parameters`), so that
``PARAMCD`` alone selects one record a subject. What makes the reading of acquired and of synthetic
contrast two evaluations of the same patient is in ``PARCAT2`` (the evaluator) too; criteria are in
``PARCAT3``, the analysis set in ``ANLSET``, the pair in ``PAIR``. ``CNSR`` is 0 for an event.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pandas as pd

from gadless.response.courses import GROUP, plain
from gadless.response.parameters import ONCE, Scheme
from gadless.response.progression import censor_code
from gadless.response.rules import Rule
from gadless.response.transport import LABEL, as_ascii, sas_date, write_transport

# Version 5: names have 8 characters.
_NAME = 8

_ADSL = {
    "patient": ("USUBJID", "Unique Subject Identifier"),
    "arm": ("TRT01P", "Planned Treatment for Period 01"),
    "randomisation_date": ("RANDDT", "Date of Randomization"),
    "treatment_day": ("TRTSDY", "Study Day of First Treatment"),
    "radiotherapy_end_day": ("RTENDY", "Study Day of End of Radiotherapy"),
    "new_therapy_day": ("NEWTXDY", "Study Day of New Anticancer Therapy"),
    "last_contact_day": ("LSTALVDY", "Study Day of Last Contact"),
    "os_days": ("DTHCNSDY", "Study Day of Death or Last Known Alive"),
    "os_event": ("DTHFL", "Subject Death Flag"),
    "age": ("AGE", "Age"),
    "sex": ("SEX", "Sex"),
    "site": ("SITEID", "Study Site Identifier"),
}
# Study days among them, which CDISC counts without a day 0; a covariate is left as it is.
_DAYS = {name for name in _ADSL if name.endswith("_day")} | {"os_days"}
_SHARED = {
    "STUDYID": "Study Identifier",
    "USUBJID": "Unique Subject Identifier",
    "ASEQ": "Analysis Sequence Number",
    "TRTP": "Planned Treatment",
    "PARAM": "Parameter",
    "PARAMCD": "Parameter Code",
    "PARCAT1": "Parameter Category 1: Type",
    "PARCAT2": "Parameter Category 2: Evaluator",
    "PARCAT3": "Parameter Category 3: Criteria",
    "ANLSET": "Analysis Set",
    "PAIR": "Candidate of the Pair (Set common)",
}
_ADRS = _SHARED | {
    "AVALC": "Analysis Value (C)",
    "AVAL": "Analysis Value",
    "AVISIT": "Analysis Visit",
    "ADY": "Analysis Relative Day",
    "ADT": "Analysis Date",
    "CONFIRM": "Whether Confirmed",
    "RULE": "Rule that Decided",
    "ANL01FL": "Analysis Flag 01",
}
_ADTTE = _SHARED | {
    "AVAL": "Analysis Value",
    "AVALU": "Analysis Value Unit",
    "STARTDT": "Time to Event Origin Date for Subject",
    "ADY": "Analysis Relative Day",
    "ADT": "Analysis Date",
    "CNSR": "Censor",
    "EVNTDESC": "Event Description",
    "CNSDTDSC": "Censor Date Description",
    "TRIGGER": "What Triggered the Event",
    "SRCVIS": "Source Visit",
    "SRCDOM": "Source Data",
    "ANL01FL": "Analysis Flag 01",
}
_CODES = {"CR": 1.0, "PR": 2.0, "MR": 3.0, "SD": 4.0, "PD": 5.0, "NE": 6.0}


def export_cdisc(
    name: str,
    patients: pd.DataFrame,
    response: pd.DataFrame,
    best_response: pd.DataFrame,
    endpoints: pd.DataFrame,
    folder: Path,
    reference: str = "gbca",
    origin: Literal["randomisation", "treatment"] = "randomisation",
) -> None:
    """Write ``adsl.xpt``, ``adrs.xpt`` and ``adtte.xpt``.

    Parameters
    ----------
    name : str
        Name of the trial (``STUDYID``).
    patients, response, best_response, endpoints : DataFrame
        The trial's tables. The first criteria set in `response` is taken as primary.
    folder : Path
    reference : str
        The acquired contrast; all others are synthetic.
    origin : str
        Day from which the endpoints count (``endpoint.origin`` of the configuration).

    Notes
    -----
    Study day 0 is randomisation in Gadless' tables; ``ADY`` follows CDISC, which has no day 0
    (randomisation is day 1). ``AVAL`` of ADTTE is the time in days as in ``endpoints.tsv``. Dates
    are given where the sheet has ``randomisation_date``. An endpoint that is not known has no row.
    ``ANL01FL`` is Y on every record: of ADTTE and best response one a subject and parameter, of
    responses by visit one a subject, parameter and visit. Overall survival, which depends on no
    analysis, stands there once. The files' headers state SAS' day 0 (1 January 1960) as the time of
    their making, so that the same tables give the same bytes.
    """
    subjects = adsl(name, patients)
    write_transport(*subjects, folder / "adsl.xpt", "ADSL", "Subject-Level Analysis Dataset")
    scheme = Scheme.of(response, reference)
    rows = adrs(name, patients, response, best_response, scheme)
    write_transport(rows, _ADRS, folder / "adrs.xpt", "ADRS", "Response Analysis Dataset")
    times = adtte(name, patients, endpoints, scheme, origin)
    write_transport(times, _ADTTE, folder / "adtte.xpt", "ADTTE", "Time-to-Event Analysis Dataset")


def adsl(name: str, patients: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make the subject-level data set, covariates included, and its labels."""
    frame = pd.DataFrame({"STUDYID": [name] * len(patients)})
    labels = {"STUDYID": "Study Identifier"}
    for column in patients.columns:
        if column in _ADSL:
            variable, label = _ADSL[column]
        else:
            variable, label = _variable(column, labels), as_ascii(f"Sheet column: {column}")[:LABEL]
        values = patients[column].reset_index(drop=True)
        if column == "os_event":
            values = values.map({1: "Y", 0: "N"})
        elif column == "randomisation_date":
            values = sas_date(values)
        elif column in _DAYS:
            values = _relative(values)
        frame[variable] = values
        labels[variable] = label
    return frame, labels


def adrs(
    name: str,
    patients: pd.DataFrame,
    response: pd.DataFrame,
    best_response: pd.DataFrame,
    scheme: Scheme,
) -> pd.DataFrame:
    """Make the response data set: every visit after baseline (OVR) and the best response (BOR)."""
    after = ~response["rule"].isin([Rule.BASELINE, Rule.BEFORE_BASELINE])
    visits = response[after]
    visits = visits.assign(parameter="OVR", AVALC=visits["response"])
    best = best_response.assign(parameter="BOR", AVALC=best_response["best_response"])
    frame = pd.concat([visits, best], ignore_index=True)
    frame = _with_subjects(frame, name, patients, scheme)
    frame["PARCAT1"] = "Tumor Response"
    frame["AVAL"] = frame["AVALC"].map(_CODES)
    frame["ADY"] = _relative(frame["day"])
    frame["ADT"] = frame["RANDDT"] + frame["day"].astype("float64")
    renamed = {"visit": "AVISIT", "confirmed": "CONFIRM", "rule": "RULE"}
    return _numbered(frame.rename(columns=renamed))[list(_ADRS)]


def adtte(
    name: str,
    patients: pd.DataFrame,
    endpoints: pd.DataFrame,
    scheme: Scheme,
    origin: str = "randomisation",
) -> pd.DataFrame:
    """Make the time-to-event data set."""
    # Survival is the same row in every analysis.
    again = (endpoints["endpoint"] == "OS") & endpoints.duplicated(["patient", "endpoint"])
    known = endpoints[endpoints["days"].notna() & ~again].reset_index(drop=True)
    known = known.assign(parameter=known["endpoint"])
    frame = _with_subjects(known, name, patients, scheme)
    event = frame["event"].astype(int) == 1
    frame["PARCAT1"] = "Time to Event"
    frame["AVAL"] = frame["days"].astype("float64")
    frame["AVALU"] = "DAYS"
    origins = frame["TRTDAY"] if origin == "treatment" else pd.Series(0.0, index=frame.index)
    start = _starts(frame, origins)
    frame["STARTDT"] = frame["RANDDT"] + start
    frame["ADY"] = _relative(frame["AVAL"] + start)
    frame["ADT"] = frame["STARTDT"] + frame["AVAL"]
    frame["CNSR"] = [
        0.0 if happened else float(censor_code(text))
        for happened, text in zip(event, frame["description"], strict=True)
    ]
    frame["EVNTDESC"] = frame["description"]
    frame["CNSDTDSC"] = frame["description"].mask(event)
    survival = frame["endpoint"] == "OS"
    frame["SRCDOM"] = survival.map({True: "ADSL", False: "ADRS"})
    renamed = {"trigger": "TRIGGER", "visit": "SRCVIS"}
    return _numbered(frame.rename(columns=renamed))[list(_ADTTE)]


def _starts(frame: pd.DataFrame, origins: pd.Series) -> pd.Series:
    """Study day from which each time counts; a response's duration ends where PFS does."""
    keys = list(plain(frame[GROUP]).itertuples(index=False, name=None))
    survival = frame["endpoint"] == "PFS"
    ends = {key: day for key, day, own in zip(keys, frame["AVAL"], survival, strict=True) if own}
    ended = pd.Series([ends.get(key, float("nan")) for key in keys], index=frame.index)
    lasted = frame["endpoint"] == "DOR"
    return origins.where(~lasted, origins + ended - frame["AVAL"])


def _with_subjects(
    frame: pd.DataFrame, name: str, patients: pd.DataFrame, scheme: Scheme
) -> pd.DataFrame:
    """Add what every row of a data set says: study, subject, parameter, evaluator, criteria."""
    reference = scheme.contrasts[0]
    subjects = pd.DataFrame({"patient": patients["patient"].astype(str)})
    subjects["TRTP"] = patients["arm"].to_numpy() if "arm" in patients else None
    dates = patients.get("randomisation_date")
    subjects["RANDDT"] = float("nan") if dates is None else sas_date(dates).to_numpy()
    days = patients.get("treatment_day")
    subjects["TRTDAY"] = float("nan") if days is None else days.astype("float64").to_numpy()
    joined = frame.merge(subjects, on="patient", how="left", validate="many_to_one")
    acquired = joined["contrast"] == reference
    evaluators = "SYNTHETIC CONTRAST: " + joined["contrast"]
    joined["STUDYID"] = name
    joined["USUBJID"] = joined["patient"]
    joined["PARCAT2"] = evaluators.mask(acquired, "ACQUIRED CONTRAST: " + reference)
    joined["PARCAT3"] = joined["criteria"]
    joined["ANLSET"] = joined["analysis_set"]
    joined["PAIR"] = joined["candidate"]
    # What depends on no analysis names none.
    once = joined["parameter"].isin(ONCE)
    joined.loc[once, ["PARCAT2", "PARCAT3", "ANLSET", "PAIR"]] = None
    joined["ANL01FL"] = "Y"
    return joined.join(scheme.columns(joined))


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(ASEQ=frame.groupby("USUBJID").cumcount() + 1.0)


def _relative(days: pd.Series) -> pd.Series:
    """CDISC's relative day: randomisation is day 1, the day before is -1."""
    values = days.astype("float64")
    return values.where(values < 0, values + 1)


def _variable(column: str, taken: Mapping[str, str]) -> str:
    """Make a name that SAS accepts from a covariate's."""
    letters = "".join(c for c in column.upper() if c.isascii() and (c.isalnum() or c == "_"))
    name = (letters if letters[:1].isalpha() else f"C{letters}")[:_NAME]
    if name in taken or name in {variable for variable, _ in _ADSL.values()}:
        number = next(n for n in range(2, 1000) if f"{name[:5]}_{n}" not in taken)
        name = f"{name[:5]}_{number}"
    return name
