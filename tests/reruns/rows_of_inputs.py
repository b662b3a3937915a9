"""Changes of what a trial is given: sheets, scans, what others made."""

from changes import (
    VISIT,
    commented,
    corrected,
    further_sequence,
    longer_survival,
    moved_scans,
    new_patient,
    new_visit,
    replaced,
    their_mask,
    their_t1c,
    touched,
    turned,
    withdrawn,
    without,
    without_patient,
)
from folder import SEQUENCES
from row import A_PATIENT, NOTHING, TRIAL, Row, jobs, visit

SHEETS = (
    Row("nothing", "nothing", lambda folder: None, NOTHING, inputs=False),
    Row(
        "a new visit",
        "its image jobs, its patient, the trial's tables",
        new_visit,
        visit(),
        readme=True,
    ),
    Row("a new patient", "as the row above", new_patient, visit()),
    Row(
        "a visit less",
        "its patient, the trial's tables",
        lambda folder: without(folder, "visits", **VISIT),
        A_PATIENT,
        leaves=("visits/P001/V2/", "records/*/P001/V2.json", "patients/P001/panels/V2.png"),
    ),
    Row(
        "a patient less",
        "the trial's tables",
        without_patient,
        jobs(*TRIAL),
        leaves=("visits/P002/", "patients/P002/", "records/*/P002*"),
    ),
    Row(
        "all paths of a visit emptied",
        "its patient, the trial's tables: it is not evaluable, whatever lies on disk",
        lambda folder: withdrawn(folder, *SEQUENCES),
        A_PATIENT,
        leaves=("visits/P001/V2/", "records/*/P001/V2.json", "patients/P001/panels/V2.png"),
        readme=True,
    ),
    Row(
        "one path of a visit emptied",
        "that visit, its patient, the trial's tables",
        lambda folder: withdrawn(folder, "t1c"),
        visit(),
    ),
    Row(
        "a corrected day",
        "that patient's measurement, the trial's tables",
        lambda folder: folder.set("visits", "40", "day", **VISIT),
        A_PATIENT,
        readme=True,
    ),
    Row(
        "what a patient's row says (survival, arm, a covariate that is named)",
        "the trial's tables",
        longer_survival,
        jobs(*TRIAL),
        tables=True,
        readme=True,
    ),
    Row("the order of rows and of columns", "nothing", turned, NOTHING, readme=True),
    Row("a column that nothing reads", "nothing", commented, NOTHING, readme=True),
)

SCANS = (
    Row(
        "a replaced scan",
        "that visit, its patient, the trial's tables",
        replaced,
        visit(),
        readme=True,
    ),
    Row(
        "a replaced scan that is older than its results (`rsync -a`, `cp -p`)",
        "as the row above",
        lambda folder: replaced(folder, age_s=1e8),
        visit(),
    ),
    Row(
        "a replaced T1 of a patient's first visit",
        "all visits of the patient, which lie in its space",
        lambda folder: replaced(folder, "t1", "V1"),
        jobs(*TRIAL, preprocess=2, synthesise=2, segment=2, measure=1),
    ),
    Row(
        "scans that were touched or copied, and are the same",
        "nothing",
        touched,
        NOTHING,
        inputs=False,
        readme=True,
    ),
    Row(
        "scans at another place, which the sheet names",
        "nothing",
        moved_scans,
        NOTHING,
        inputs=False,
    ),
    Row(
        "a mask that others made",
        "that visit from segmentation on, its patient, the trial's tables",
        their_mask,
        jobs(*TRIAL, segment=1, measure=1),
        readme=True,
    ),
    Row(
        "an image that others made",
        "that visit from synthesis on, its patient, the trial's tables",
        their_t1c,
        jobs(*TRIAL, synthesise=1, segment=1, measure=1),
        readme=True,
    ),
    Row(
        "a further sequence",
        "the visits that have it, their patients, the trial's tables",
        further_sequence,
        visit(measure=1),
        readme=True,
    ),
)

MEASURED = (
    Row(
        "a number in a table of measurements",
        "the trial's tables",
        corrected,
        jobs(*TRIAL),
        readme=True,
        trial="measured",
    ),
    Row("its rows in another order", "nothing", turned, NOTHING, trial="measured"),
    Row("a column in it that nothing reads", "nothing", commented, NOTHING, trial="measured"),
)
