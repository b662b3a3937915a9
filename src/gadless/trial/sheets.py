"""A trial's sheets, read together and checked against each other."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from gadless.errors import InputError
from gadless.files import is_file
from gadless.trial.alike import check_identifiers, check_levels
from gadless.trial.brought import check_brought
from gadless.trial.columns import CLINICAL, MEASUREMENTS, PATIENTS, Column
from gadless.trial.config import Config
from gadless.trial.covariates import give_types, named_columns
from gadless.trial.faults import Fault, raise_any
from gadless.trial.kept import check_kept, check_named, kept, named_in, of_patients
from gadless.trial.lines import ROW
from gadless.trial.plausible import check_days, check_measured, check_people
from gadless.trial.ratings import absent_ratings, read_ratings
from gadless.trial.reading import read_sheet
from gadless.trial.scans import find_files
from gadless.trial.sequences import Sequence, built_in, columns_of, path_columns, visit_columns

log = logging.getLogger(__name__)

# Days of the patients sheet that none can have after death.
_LIVED = ("treatment_day", "radiotherapy_end_day", "new_therapy_day", "last_contact_day")


@dataclass(frozen=True)
class Trial:
    """The sheets of one trial, checked, typed and ordered: the columns that travel into results.

    Attributes
    ----------
    patients : DataFrame
        One row a patient, ordered by identifier.
    visits : DataFrame
        One row a visit, ordered by patient and day. Paths of scans are resolved against the sheet.
    measurements : DataFrame or None
        Where tumours were measured elsewhere: one row a visit and contrast.
    unused : DataFrame or None
        Rows of that table on a contrast that the configuration does not name.
    ratings : DataFrame or None
        What readers think of exams, where the configuration names ratings.
    """

    patients: pd.DataFrame
    visits: pd.DataFrame
    measurements: pd.DataFrame | None = None
    unused: pd.DataFrame | None = None
    ratings: pd.DataFrame | None = None


def read_trial(config: Config, made: Iterable[str] = (), *, analysed: bool = True) -> Trial:
    """Read and check the sheets that a configuration names.

    Parameters
    ----------
    config : Config
    made : iterable of str
        Folders whose files rules make; these need not exist yet.
    analysed : bool
        Whether its contrasts are compared, and each must have something behind it.

    Raises
    ------
    InputError
        With every fault of every sheet: file, row, column, value and what to do.
    """
    faults: list[Fault] = []
    patients_path = Path(config.patients)
    settings = config.statistics
    patients = read_sheet(patients_path, PATIENTS, faults, named_in(config))
    give_types(patients, patients_path, settings, faults)
    check_levels(patients, ["arm", "site", *named_columns(settings)], patients_path, faults)
    _check_unique(patients, ["patient"], patients_path, "this patient stands twice", faults)
    check_identifiers(patients, "patient", patients_path, faults)
    _check_survival(patients, patients_path, faults)
    check_people(patients, patients_path, faults)
    if config.visits is not None:
        path = Path(config.visits)
        trial = _with_scans(patients, patients_path, path, config, made, analysed, faults)
    else:
        trial = _with_measurements(patients, config, faults)
    check_named(patients, patients_path, config, faults)
    ratings = read_ratings(config, trial.visits, faults)
    raise_any(faults)
    return replace(trial, ratings=ratings)


def absent_sheets(config: Config) -> list[str]:
    """Say which of the sheets that a configuration names do not exist; empty where all do."""
    named = (config.patients, config.visits, config.measurements)
    return [
        f"{Path(sheet).absolute()}: no such file; check the path in the configuration"
        for sheet in named
        if sheet is not None and not is_file(sheet)
    ] + absent_ratings(config)


def no_trial(config: Config) -> Trial:
    """Return a trial without a patient: what is known of it before there are sheets."""
    patients = pd.DataFrame(columns=[column.name for column in PATIENTS])
    visits = visit_columns(config.sequences)
    return Trial(patients, pd.DataFrame(columns=[column.name for column in visits]))


def read_scans(
    patients: str,
    visits: str,
    made: Iterable[str] = (),
    sequences: Mapping[str, Sequence] | None = None,
) -> Trial:
    """Read sheets of patients and visits that belong to no analysis, such as the training set."""
    further = {name: one.model_dump() for name, one in (sequences or built_in()).items()}
    config = Config(patients=patients, visits=visits, sequences=further)
    return read_trial(config, made, analysed=False)


def _with_scans(
    patients: pd.DataFrame,
    patients_path: Path,
    path: Path,
    config: Config,
    made: Iterable[str],
    analysed: bool,
    faults: list[Fault],
) -> Trial:
    columns = columns_of(config)
    masks = [f"mask_{contrast}" for contrast in config.readings]
    visits = read_sheet(path, columns, faults, config.keep_columns, instead=masks)
    check_kept(config, {patients_path: patients, path: visits}, path_columns(config), faults)
    _check_elsewhere(visits, path, columns, faults)
    _give_days(visits, path, patients, patients_path, faults)
    check_days(visits, path, faults)
    _check_visits(visits, path, patients, faults)
    check_levels(visits, ["site"], path, faults)
    files = [column.name for column in columns if column.kind == "path" and column.name in visits]
    find_files(visits, path, files, made, faults)
    if analysed:
        check_brought(config, visits, path, faults)
    patients, visits = of_patients(patients, config), kept(visits, columns, config.keep_columns)
    return Trial(_ordered(patients, ["patient"]), _ordered(visits, ["patient", "day"]))


def _check_elsewhere(
    visits: pd.DataFrame, path: Path, columns: Iterable[Column], faults: list[Fault]
) -> None:
    """Note columns of a table of measurements beside scans, where nobody would read them."""
    read = {column.name for column in columns}
    for name in (column.name for column in MEASUREMENTS if column.name not in read):
        if name in visits:
            advice = (
                "is read in a table of `measurements` alone: beside scans, images are measured"
                " here; remove it, or let its name begin with `note_`"
            )
            faults.append(Fault(path, 1, name, None, advice))


def _with_measurements(patients: pd.DataFrame, config: Config, faults: list[Fault]) -> Trial:
    path = Path(str(config.measurements))
    table = read_sheet(path, MEASUREMENTS, faults, config.keep_columns)
    check_kept(config, {Path(config.patients): patients, path: table}, (), faults)
    check_levels(table, ["contrast", "site"], path, faults)
    check_identifiers(table, "visit", path, faults, within="patient")
    check_measured(table, path, faults)
    key = ["patient", "visit", "contrast"]
    _check_unique(table, key, path, "this visit stands twice for this contrast", faults)
    named = set(table["contrast"].dropna())
    for contrast in sorted(set(config.readings) - named):
        advice = f"the configuration compares it, the table has only: {', '.join(sorted(named))}"
        faults.append(Fault(path, None, "contrast", contrast, advice))
    visits = _visits_of_table(table, path, faults)
    _check_visits(visits, path, patients, faults)
    used = table["contrast"].isin(config.readings)
    for name in sorted(named - set(config.readings)):
        lines = table.loc[table["contrast"] == name, ROW]
        log.warning(
            "%s: contrast %r is not in the configuration: %d rows not analysed, from row %d",
            *(path, name, len(lines), lines.iloc[0]),
        )
    by = ["patient", "day", "contrast"]
    table = kept(table, MEASUREMENTS, config.keep_columns)
    return Trial(
        _ordered(of_patients(patients, config), ["patient"]),
        _ordered(visits, ["patient", "day"]),
        _ordered(table[used], by),
        _ordered(table[~used], by),
    )


def _visits_of_table(table: pd.DataFrame, path: Path, faults: list[Fault]) -> pd.DataFrame:
    """Gather what the rows of one visit say of it; rows that contradict each other are a fault."""
    key = ["patient", "visit"]
    shared = ["day", *(column.name for column in CLINICAL if column.name in table)]
    # What only one contrast's row records holds for the visit.
    said = table.groupby(key, sort=False)[shared].transform("first")
    for name in shared:
        differs = (table[name] != said[name]).fillna(False) & table[name].notna()
        rows = table.loc[differs, [ROW, name]].join(said[name], rsuffix="_said")
        for row, value, other in rows.itertuples(index=False):
            advice = f"the same visit has {other} on another contrast; make them agree"
            faults.append(Fault(path, int(row), name, str(value), advice))
    visits = pd.concat([table[[*key, ROW]], said], axis=1)
    return visits.drop_duplicates(key)


def _ordered(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return frame.sort_values(by, kind="stable").drop(columns=ROW).reset_index(drop=True)


def _check_unique(
    frame: pd.DataFrame, key: list[str], path: Path, advice: str, faults: list[Fault]
) -> None:
    again = frame.duplicated(key) & frame[key].notna().all(axis=1)
    for _, row in frame[again].iterrows():
        value = " ".join(str(row[name]) for name in key)
        faults.append(Fault(path, int(row[ROW]), key[-1], value, f"{advice}; remove one"))


def _give_days(
    visits: pd.DataFrame,
    path: Path,
    patients: pd.DataFrame,
    patients_path: Path,
    faults: list[Fault],
) -> None:
    """Fill ``day`` from ``date`` and the patient's randomisation date where it is empty."""
    if "day" not in visits:
        visits["day"] = pd.array([pd.NA] * len(visits), dtype="Int64")
    unread = {fault.row for fault in faults if fault.file == path and fault.column == "day"}
    if "date" in visits:
        if "randomisation_date" not in patients:
            raise InputError(
                f"{patients_path}: column randomisation_date missing; visits with dates need it"
            )
        origin = visits["patient"].map(
            patients.drop_duplicates("patient").set_index("patient")["randomisation_date"]
        )
        days = (visits["date"] - origin).dt.days.astype("Int64")
        both = visits["day"].notna() & days.notna() & (visits["day"] != days).fillna(False)
        for _, row in visits[both].iterrows():
            advice = "does not agree with `date` and the randomisation date; give one of them"
            faults.append(Fault(path, int(row[ROW]), "day", str(row["day"]), advice))
        visits["day"] = visits["day"].fillna(days)
        unread |= {fault.row for fault in faults if fault.file == path and fault.column == "date"}
    undated = visits["day"].isna() & ~visits[ROW].isin([row for row in unread if row])
    for row in visits.loc[undated, ROW]:
        advice = "is empty; give `day`, or `date` with the patient's randomisation_date"
        faults.append(Fault(path, int(row), "day", None, advice))


def _check_visits(
    visits: pd.DataFrame, path: Path, patients: pd.DataFrame, faults: list[Fault]
) -> None:
    _check_unique(visits, ["patient", "visit"], path, "this visit stands twice", faults)
    check_identifiers(visits, "visit", path, faults, within="patient")
    once = visits.drop_duplicates(["patient", "visit"])
    same = once.duplicated(["patient", "day"]) & once["day"].notna()
    for _, row in once[same].iterrows():
        advice = f"patient {row['patient']} has two visits on this day; correct one"
        faults.append(Fault(path, int(row[ROW]), "day", str(row["day"]), advice))
    known = visits["patient"].isin(patients["patient"]) | visits["patient"].isna()
    for _, row in visits[~known].iterrows():
        advice = "is not in the patients sheet; add a row there or correct the identifier"
        faults.append(Fault(path, int(row[ROW]), "patient", row["patient"], advice))
    last = visits["patient"].map(
        patients.drop_duplicates("patient").set_index("patient")["os_days"]
    )
    late = (visits["day"] > last).fillna(False)
    for row, day, alive in zip(
        visits.loc[late, ROW], visits.loc[late, "day"], last[late], strict=True
    ):
        advice = f"is after os_days ({alive}), the last day known alive; correct either"
        faults.append(Fault(path, int(row), "day", str(day), advice))


def _check_survival(patients: pd.DataFrame, path: Path, faults: list[Fault]) -> None:
    """Note half-known survival, and what a patient cannot have lived to see."""
    unread = {(fault.row, fault.column) for fault in faults if fault.file == path}
    for name, other in (("os_days", "os_event"), ("os_event", "os_days")):
        for row in patients.loc[patients[name].isna() & patients[other].notna(), ROW]:
            if (int(row), name) not in unread:
                advice = f"is empty although {other} is given; give both, or neither if not known"
                faults.append(Fault(path, int(row), name, None, advice))
    dead = patients[(patients["os_event"] == 1).fillna(False)]
    for name in (name for name in _LIVED if name in patients):
        late = dead[(dead[name] > dead["os_days"]).fillna(False)]
        for row, day, death in late[[ROW, name, "os_days"]].itertuples(index=False):
            advice = f"is after the patient's death (os_days {death}); correct either"
            faults.append(Fault(path, int(row), name, str(day), advice))
