"""ADTTE: times to event, one record a subject and parameter."""

import pandas as pd

from gadless.export.cdisc.analyses import CRITERIA, DAY, PARAMETER, SOURCE, Trial, sequence_of
from gadless.export.cdisc.dataset import Dataset, Variable, numbered
from gadless.export.cdisc.subjects import IMPUTED
from gadless.response.courses import GROUP, plain
from gadless.response.progression import censor_code

_HEADING = (
    *("ADTTE", "Time-to-Event Analysis Dataset", "One record per subject and parameter"),
    "BASIC DATA STRUCTURE/TIME-TO-EVENT",
)
VARIABLES = (
    *PARAMETER,
    *CRITERIA,
    Variable(
        *("AVAL", "Analysis Value", "float"),
        "`days` of endpoints.tsv: ADT - STARTDT, without adding 1",
    ),
    Variable("AVALU", "Analysis Value Unit", "text", "", "Assigned", "AVALU"),
    Variable(
        *("STARTDT", "Time to Event Origin Date for Subject", "date"),
        "Day from which the trial counts (randomisation or treatment); of DOR that of the response",
    ),
    Variable("STARTDTF", "Origin Date Imputation Flag", "text", IMPUTED, codes="Y"),
    *DAY,
    Variable("CNSR", "Censor", "integer", "0 an event, else why censored", codes="CNSR"),
    Variable("EVNTDESC", "Event or Censoring Description", "text", "`description`"),
    Variable("CNSDTDSC", "Censor Date Description", "text", "EVNTDESC of who is censored"),
    Variable("TRIGGER", "What Triggered the Event", "text", "`trigger` of endpoints.tsv"),
    Variable("SRCVIS", "Source Visit", "text", "Visit of the event, or censored at"),
    *SOURCE,
    Variable(
        *("ANL01FL", "Analysis Flag 01", "text"),
        "Y on every record: one a subject and parameter",
        codes="Y",
    ),
)


def known_times(endpoints: pd.DataFrame) -> pd.DataFrame:
    """Rows that have a time; survival, the same row in every analysis, once a patient."""
    again = (endpoints["endpoint"] == "OS") & endpoints.duplicated(["patient", "endpoint"])
    return endpoints[endpoints["days"].notna() & ~again].reset_index(drop=True)


def adtte(
    trial: Trial,
    patients: pd.DataFrame,
    endpoints: pd.DataFrame,
    origin: str,
    responses: Dataset,
) -> Dataset:
    """Make the time-to-event data set.

    Parameters
    ----------
    trial : Trial
    patients, endpoints : DataFrame
        The trial's tables. A time that is not known has no record.
    origin : str
        ``endpoint.origin`` of the configuration.
    responses : Dataset
        ADRS, whose visits events and censoring come from.
    """
    known = known_times(endpoints)
    frame = trial.record(known.assign(parameter=known["endpoint"]))
    days = frame["days"].astype("float64")
    start = _starts(frame, days, _origins(patients, frame, origin))
    frame = trial.dated(frame, days + start)
    event = frame["event"].astype(int) == 1
    who = frame["patient"].astype(str)
    started = trial.calendar.date(who, start)
    frame = frame.assign(
        PARCAT1="Time to Event",
        AVAL=days,
        AVALU="DAYS",
        STARTDT=started,
        STARTDTF=trial.calendar.flag(who, started),
        CNSR=[
            0.0 if happened else float(censor_code(text))
            for happened, text in zip(event, frame["description"], strict=True)
        ],
        EVNTDESC=frame["description"],
        CNSDTDSC=frame["description"].mask(event),
        TRIGGER=frame["trigger"],
        SRCVIS=frame["visit"],
        ANL01FL="Y",
    )
    frame = numbered(_sourced(frame, responses, origin), "ASEQ")
    return Dataset.of(_HEADING, ("STUDYID", "USUBJID", "PARAMCD"), VARIABLES, frame)


def responded(
    patients: pd.DataFrame, endpoints: pd.DataFrame, origin: str
) -> dict[tuple[object, ...], float]:
    """Study day of the response, by patient and analysis: where the duration counts from."""
    known = known_times(endpoints)
    start = _starts(known, known["days"].astype("float64"), _origins(patients, known, origin))
    own = known["endpoint"] == "DOR"
    return dict(zip(_keys(known[own]), start[own], strict=True))


def _origins(patients: pd.DataFrame, frame: pd.DataFrame, origin: str) -> pd.Series:
    """Study day from which each row's time counts."""
    if origin == "randomisation":
        return pd.Series(0.0, index=frame.index)
    started = patients["treatment_day"].astype("float64")
    days = dict(zip(patients["patient"].astype(str), started, strict=True))
    return frame["patient"].astype(str).map(days)


def _starts(frame: pd.DataFrame, days: pd.Series, origins: pd.Series) -> pd.Series:
    """Study day from which each time counts; a response's duration ends where PFS does."""
    survival = frame["endpoint"] == "PFS"
    keys = _keys(frame)
    ends = {key: day for key, day, own in zip(keys, days, survival, strict=True) if own}
    ended = pd.Series([ends.get(key, float("nan")) for key in keys], index=frame.index)
    return origins.where(frame["endpoint"] != "DOR", origins + ended - days)


def _keys(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(plain(frame[list(GROUP)]).itertuples(index=False, name=None))


def _sourced(frame: pd.DataFrame, responses: Dataset, origin: str) -> pd.DataFrame:
    """Say where each date comes from: a visit of ADRS, a death, a last contact, the origin."""
    visits = responses.frame[responses.frame["PARAMCD"].str.startswith("OVR")]
    columns = ["USUBJID", "PARCAT2", "PARCAT3", "ANLSET", "PAIR"]
    texts = frame[columns].astype(object).where(frame[columns].notna(), "")
    rows = texts.assign(AVISIT=frame["visit"])
    found = sequence_of(rows, visits, {str(name): str(name) for name in rows}, "ASEQ")
    at_visit = frame["visit"].notna()
    death = (frame["trigger"] == "death") | frame["description"].str.startswith("censored: death")
    alive = frame["description"].str.startswith("censored: alive")
    therapy = frame["trigger"] == "new_therapy"
    begin = "TRTSDT" if origin == "treatment" else "RANDDT"
    named = pd.Series(begin, frame.index).mask(alive, "DTHCNSDT").mask(death, "DTHDT")
    named = named.mask(therapy, "NEWTXDT").mask(at_visit, "ADT")
    return frame.assign(
        SRCDOM=at_visit.map({True: "ADRS", False: "ADSL"}), SRCVAR=named, SRCSEQ=found
    )
