"""ADSL: one row a patient, and what the other data sets repeat of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gadless.errors import InputError
from gadless.export.cdisc.dataset import LABEL, Dataset, Variable, as_ascii, shortened
from gadless.export.cdisc.days import Calendar, relative
from gadless.export.cdisc.parameters import Scheme
from gadless.export.cdisc.terms import controlled

# Version 5: names have 8 characters.
_NAME = 8
_HEADING = (
    *("ADSL", "Subject-Level Analysis Dataset", "One record per subject"),
    "SUBJECT LEVEL ANALYSIS DATASET",
)
_READ = frozenset(
    {
        *("patient", "arm", "site", "age", "sex", "race", "randomisation_date", "treatment_day"),
        *("radiotherapy_end_day", "new_therapy_day", "last_contact_day", "os_days", "os_event"),
    }
)
IMPUTED = "Y: the date rests on the configured reference date, which stands for day 0"
SHARED = (
    Variable("STUDYID", "Study Identifier", "text", "The trial's name", "Assigned"),
    Variable("USUBJID", "Unique Subject Identifier", "text", "ADSL.USUBJID", "Predecessor"),
    Variable("SITEID", "Study Site Identifier", "text", "ADSL.SITEID", "Predecessor"),
    Variable("TRTP", "Planned Treatment", "text", "ADSL.TRT01P", "Predecessor"),
    Variable("TRTPN", "Planned Treatment (N)", "integer", "ADSL.TRT01PN", "Predecessor"),
    Variable("TRTA", "Actual Treatment", "text", "ADSL.TRT01A", "Predecessor"),
    Variable("TRTAN", "Actual Treatment (N)", "integer", "ADSL.TRT01AN", "Predecessor"),
    Variable("ITTFL", "Intent-To-Treat Population Flag", "text", "ADSL.ITTFL", "Predecessor", "NY"),
    Variable("EVALFL", "Evaluable Population Flag", "text", "ADSL.EVALFL", "Predecessor", "NY"),
)
"""What every record of an analysis says of its subject."""

_ALWAYS = (
    SHARED[0],
    Variable(
        *("USUBJID", "Unique Subject Identifier", "text"),
        *("The sheet's `patient`, as it stands: unique within the trial", "Collected"),
    ),
    Variable("SUBJID", "Subject Identifier for the Study", "text", "`patient`", "Collected"),
    Variable(
        *("SITEID", "Study Site Identifier", "text"),
        "`site` of the patient, else of the first visit that names one; empty where none does",
        "Collected",
    ),
)
_TREATED = (
    Variable("TRT01P", "Planned Treatment for Period 01", "text", "`arm`", "Collected"),
    Variable(
        *("TRT01PN", "Planned Treatment for Period 01 (N)", "integer"),
        "Arms numbered from 1 in alphabetical order",
    ),
    Variable(
        *("TRT01A", "Actual Treatment for Period 01", "text"),
        "TRT01P of whoever began it (`treatment_day`); of everybody where the sheet does not tell",
    ),
    Variable("TRT01AN", "Actual Treatment for Period 01 (N)", "integer", "As TRT01PN"),
    Variable("RANDDT", "Date of Randomization", "date", "`randomisation_date`, or imputed"),
    Variable("RANDDTF", "Date of Randomization Imput. Flag", "text", IMPUTED, codes="Y"),
)
_SURVIVAL = (
    Variable(
        *("DTHFL", "Subject Death Flag", "text"), "Y if `os_event` is 1, else empty", codes="Y"
    ),
    Variable("DTHDT", "Date of Death", "date", "Day 0 and `os_days` of the dead"),
    Variable("DTHDY", "Study Day of Death", "integer", "DTHDT - RANDDT + 1"),
    Variable(*("DTHCNSDT", "Date of Death or Last Known Alive", "date"), "Day 0 and `os_days`"),
    Variable(
        *("DTHCNSDY", "Study Day of Death or Last Known Alive", "integer"),
        "DTHCNSDT - RANDDT + 1",
    ),
)
_DAYS = {
    "radiotherapy_end_day": ("RTEND", "End of Radiotherapy"),
    "new_therapy_day": ("NEWTX", "New Anticancer Therapy"),
    "last_contact_day": ("LSTALV", "Last Contact"),
}


def adsl(
    name: str,
    patients: pd.DataFrame,
    calendar: Calendar,
    sites: Mapping[str, str] | None = None,
    evaluable: Mapping[str, frozenset[str]] | None = None,
    scheme: Scheme | None = None,
) -> Dataset:
    """Make the subject-level data set, kept columns of the sheet included.

    Parameters
    ----------
    name : str
        Of the trial.
    patients : DataFrame
    calendar : Calendar
    sites : mapping of str to str
        Of patients whose own row names none.
    evaluable : mapping of str to set of str
        Contrast to the patients with an evaluable visit after their baseline on it.
    scheme : Scheme
        For the contrasts that have a flag.
    """
    people = patients.reset_index(drop=True)
    who = people["patient"].astype(str)
    rows = pd.DataFrame({"STUDYID": name, "USUBJID": who, "SUBJID": who})
    own = people["site"] if "site" in people else pd.Series(None, index=rows.index, dtype=object)
    rows["SITEID"] = own.astype(object).where(own.notna(), who.map(dict(sites or {})))
    made = [
        *_demographics(rows, people),
        *_treatment(rows, people, calendar),
        *_dates(rows, people, calendar),
        *_populations(rows, people, evaluable or {}, scheme),
    ]
    variables = [*_ALWAYS, *made]
    for column in [name for name in people.columns if name not in _READ]:
        variables.append(_covariate(rows, people, column, {one.name for one in variables}))
    return Dataset.of(_HEADING, ("STUDYID", "USUBJID"), variables, rows)


def _demographics(rows: pd.DataFrame, people: pd.DataFrame) -> list[Variable]:
    made = []
    if "age" in people:
        number = pd.api.types.is_numeric_dtype(people["age"])
        rows["AGE"] = people["age"]
        made.append(Variable("AGE", "Age", "float" if number else "text", "`age`", "Collected"))
        rows["AGEU"] = np.where(people["age"].notna(), "YEARS", "")
        made.append(Variable("AGEU", "Age Units", "text", "", "Assigned", "AGEU"))
    for column in ("sex", "race"):
        if column not in people:
            continue
        code = column.upper()
        rows[code], clean = controlled(people[column], column, people["patient"])
        said = f"`{column}` in controlled terms"
        made.append(Variable(code, column.title(), "text", said, "Collected", code))
        if not clean:
            rows[f"{code}SP"] = people[column]
            said = f"`{column}` as the sheet has it: some cells are no controlled term"
            made.append(Variable(f"{code}SP", f"{code.title()}, as Given", "text", said))
    return made


def _treatment(rows: pd.DataFrame, people: pd.DataFrame, calendar: Calendar) -> list[Variable]:
    who = rows["USUBJID"]
    arm = people["arm"].astype(object) if "arm" in people else pd.Series(None, rows.index, object)
    arm = arm.where(arm.notna(), None)
    _tell_apart(arm.dropna())
    numbers = {each: float(at) for at, each in enumerate(sorted(set(arm.dropna()), key=str), 1)}
    rows["TRT01P"], rows["TRT01PN"] = arm, arm.map(numbers).astype("float64")
    rows["RANDDT"], rows["RANDDTF"] = who.map(calendar.zero), who.map(calendar.imputed)
    started = people.get("treatment_day")
    given = pd.Series(True, rows.index) if started is None else started.notna()
    rows["TRT01A"], rows["TRT01AN"] = arm.where(given, None), rows["TRT01PN"].where(given)
    if started is None:
        return list(_TREATED)
    rows["TRTSDT"] = calendar.date(who, started)
    rows["TRTSDTF"] = calendar.flag(who, rows["TRTSDT"])
    rows["TRTSDY"] = relative(started)
    return [
        *_TREATED,
        Variable("TRTSDT", "Date of First Exposure to Treatment", "date", "Day 0 and its day"),
        Variable("TRTSDTF", "Date of First Exposure Imput. Flag", "text", IMPUTED, codes="Y"),
        Variable("TRTSDY", "Study Day of First Treatment", "integer", "`treatment_day`, no day 0"),
    ]


def _tell_apart(arms: pd.Series) -> None:
    """Refuse arms that a transport file would make one.

    Raises
    ------
    InputError
        If two arms are alike once they are written in ASCII and cut.
    """
    seen: dict[str, str] = {}
    for arm in arms.astype(str).unique():
        other = seen.setdefault(shortened(as_ascii(arm)), arm)
        if other != arm:
            raise InputError(
                f"CDISC: the arms {other!r} and {arm!r} of the patients sheet are one in a SAS"
                " transport file, which cuts text; give them shorter names"
            )


def _dates(rows: pd.DataFrame, people: pd.DataFrame, calendar: Calendar) -> list[Variable]:
    made, who = [], rows["USUBJID"]
    for column, (stem, words) in _DAYS.items():
        if column in people:
            rows[f"{stem}DT"] = calendar.date(who, people[column])
            rows[f"{stem}DY"] = relative(people[column])
            made += [
                Variable(f"{stem}DT", f"Date of {words}", "date", f"Day 0 and `{column}`"),
                Variable(f"{stem}DY", f"Study Day of {words}", "integer", f"`{column}`, no day 0"),
            ]
    if "os_days" not in people:
        return made
    dead = people["os_event"].fillna(0).astype(float) == 1 if "os_event" in people else False
    dead = pd.Series(dead, index=rows.index)
    rows["DTHFL"] = np.where(dead, "Y", "")
    rows["DTHCNSDT"], rows["DTHCNSDY"] = (
        calendar.date(who, people["os_days"]),
        relative(people["os_days"]),
    )
    rows["DTHDT"], rows["DTHDY"] = rows["DTHCNSDT"].where(dead), rows["DTHCNSDY"].where(dead)
    return [*made, *_SURVIVAL]


def _populations(
    rows: pd.DataFrame,
    people: pd.DataFrame,
    evaluable: Mapping[str, frozenset[str]],
    scheme: Scheme | None,
) -> list[Variable]:
    rows["ITTFL"] = "Y"
    said = "Y: in the sheet of patients, which is every randomised patient"
    made = [Variable("ITTFL", "Intent-To-Treat Population Flag", "text", said, codes="NY")]
    if "treatment_day" in people:
        rows["SAFFL"] = np.where(people["treatment_day"].notna(), "Y", "N")
        said = "Y: treatment began (`treatment_day`)"
        made.append(Variable("SAFFL", "Safety Population Flag", "text", said, codes="NY"))
    for contrast in scheme.contrasts if scheme else ():
        reference = scheme is not None and contrast == scheme.reference
        flag = "EVALFL" if scheme is None or reference else f"EVAL{scheme.place(contrast)}FL"
        seen = rows["USUBJID"].isin(evaluable.get(contrast, frozenset()))
        rows[flag] = np.where(seen, "Y", "N")
        told = f"Evaluable on {as_ascii(contrast)}"
        label = "Evaluable Population Flag" if reference else _fitted(told, flag, contrast)
        said = (
            f"Y: a visit judged after the baseline on {contrast}, its own visits, primary criteria"
            " (`patients_assessed` of agreement.tsv)"
        )
        made.append(Variable(flag, label, "text", said, codes="NY"))
    return made


def _covariate(rows: pd.DataFrame, people: pd.DataFrame, column: str, taken: set[str]) -> Variable:
    """Add a column of the sheet under a name that SAS accepts."""
    name = _variable(column, taken)
    values = people[column]
    number = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
    rows[name] = values.astype("float64") if number else values
    label = _fitted(as_ascii(f"Sheet column: {column}"), name, column)
    said = f"Column `{column}` of the patients sheet"
    return Variable(name, label, "float" if number else "text", said, "Collected")


def _fitted(label: str, name: str, whole: str) -> str:
    """Return a label; one too long begins with the variable's name, so that no two are alike."""
    return label if len(label) <= LABEL else as_ascii(f"{name}: {whole}")[:LABEL]


def _variable(column: str, taken: set[str]) -> str:
    letters = "".join(c for c in column.upper() if c.isascii() and (c.isalnum() or c == "_"))
    name = (letters if letters[:1].isalpha() else f"C{letters}")[:_NAME]
    if name in taken:
        number = next(n for n in range(2, 1000) if f"{name[:5]}_{n}" not in taken)
        name = f"{name[:5]}_{number}"
    return name


def joined(frame: pd.DataFrame, subjects: Dataset) -> pd.DataFrame:
    """Add what :data:`SHARED` holds to rows that have a ``patient``."""
    source = {"TRTP": "TRT01P", "TRTPN": "TRT01PN", "TRTA": "TRT01A", "TRTAN": "TRT01AN"}
    known = subjects.frame.set_index("USUBJID", drop=False)
    blank = pd.Series("", index=known.index)
    who = frame["patient"].astype(str).map(as_ascii)
    made = {one.name: who.map(known.get(source.get(one.name, one.name), blank)) for one in SHARED}
    made["USUBJID"] = who
    return frame.assign(**made)
