"""Results that were deleted or edited, and code that was changed."""

from changes import a_deleted, checkout, edited, source
from row import A_PATIENT, FROM_ENDPOINTS, NOTHING, TRIAL, Row, jobs, visit

RESULTS = (
    Row(
        "an image deleted",
        "that stage of the visit, and what follows",
        a_deleted("visits/P001/V2/segmented/gbca.nii.gz"),
        jobs(*TRIAL, segment=1, measure=1),
        inputs=False,
        readme=True,
    ),
    Row(
        "a preprocessed image deleted",
        "as the row above",
        a_deleted("visits/P001/V2/preprocessed/t1.nii.gz"),
        visit(),
        inputs=False,
    ),
    Row(
        "a manifest deleted",
        "as the row above",
        a_deleted("visits/P001/V2/synthetic/status.json"),
        jobs(*TRIAL, synthesise=1, segment=1, measure=1),
        inputs=False,
    ),
    Row(
        "a patient's table deleted",
        "that patient, the trial's tables",
        a_deleted("patients/P002/lesions.tsv"),
        A_PATIENT,
        inputs=False,
    ),
    Row(
        "a `.parquet` of a patient deleted",
        "as the row above",
        a_deleted("patients/P002/measurements.parquet"),
        A_PATIENT,
        inputs=False,
    ),
    Row(
        "a picture of a visit deleted",
        "as the row above",
        a_deleted("patients/P001/panels/V2.png"),
        A_PATIENT,
        inputs=False,
    ),
    Row(
        "a table of the trial deleted",
        "the job that makes it, and what follows",
        a_deleted("trial/endpoints.tsv"),
        jobs(*FROM_ENDPOINTS),
        inputs=False,
        readme=True,
    ),
    Row(
        "a `.parquet` of the trial deleted",
        "as the row above",
        a_deleted("trial/survival.parquet"),
        jobs("statistics", "report", "patient_pages"),
        inputs=False,
    ),
    Row(
        "a data set for submissions deleted",
        "these data sets",
        a_deleted("cdisc/adtte.xpt"),
        jobs("cdisc"),
        inputs=False,
    ),
    Row(
        "a table of the report deleted",
        "the report",
        a_deleted("report/tables/*"),
        jobs("report"),
        inputs=False,
    ),
    Row(
        "a figure deleted",
        "the report",
        a_deleted("report/figures/*.svg"),
        jobs("report"),
        inputs=False,
    ),
    Row(
        "a table of the trial edited by hand",
        "the job that makes it, and what follows",
        edited,
        jobs("statistics", "report", "patient_pages"),
        inputs=False,
        readme=True,
    ),
    Row(
        "a job's record deleted",
        "that job, and what follows",
        a_deleted("records/segment/P002/V1.json"),
        jobs(*TRIAL, segment=1, measure=1),
        inputs=False,
    ),
)

CODE = (
    Row(
        "code of a stage",
        "that stage and what follows",
        source("response/endpoints.py", "\n_MORE = 1\n"),
        jobs(*FROM_ENDPOINTS, "sparing"),
        tables=True,
        readme=True,
    ),
    Row(
        "a comment, a docstring",
        "nothing",
        source("images/preprocess.py", "\n# Why, shortly.\n"),
        NOTHING,
        tables=True,
        readme=True,
    ),
    Row("a fresh checkout", "nothing", checkout, NOTHING, tables=True, readme=True),
)
