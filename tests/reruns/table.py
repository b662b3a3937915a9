"""The table of changes: each with what it makes run in a small trial.

Of the trial with scans, patient P001 has two visits and P002 has one; the trial that was measured
elsewhere has eight patients.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from folder import SEQUENCES, SHIPPED, Folder

IMAGES = ("preprocess", "synthesise", "segment")
TRIAL = ("collect", "response", "endpoints", "cdisc", "statistics", "report")
FROM_RESPONSE = TRIAL[1:]


def jobs(
    *trial: str, preprocess: int = 0, synthesise: int = 0, segment: int = 0, measure: int = 0
) -> dict[str, int]:
    """Count jobs by rule: some of visits, some of patients, and those of the trial once each."""
    counted = dict(zip((*IMAGES, "measure"), (preprocess, synthesise, segment, measure)))
    return {rule: count for rule, count in counted.items() if count} | dict.fromkeys(trial, 1)


def visit(measure: int = 1) -> dict[str, int]:
    """All jobs of one visit, its patient and the trial."""
    return jobs(*TRIAL, preprocess=1, synthesise=1, segment=1, measure=measure)


NOTHING: dict[str, int] = {}
A_PATIENT = jobs(*TRIAL, measure=1)
ALL_PATIENTS = jobs(*TRIAL, measure=2)
ALL_IMAGES = jobs(*TRIAL, preprocess=3, synthesise=3, segment=3, measure=2)
FROM_SYNTHESIS = jobs(*TRIAL, synthesise=3, segment=3, measure=2)


@dataclass(frozen=True)
class Row:
    """One change.

    Attributes
    ----------
    change : str
        In words.
    runs : str
        What runs, in words.
    make : callable
        Makes the change in a folder.
    jobs : dict of str to int
        Rule to the number of its jobs that run.
    leaves : tuple of str
        Patterns of results that a run from scratch would not have: what the sheets no longer name,
        for `gadless prune`.
    readme : bool
        Whether README's table has it as well.
    trial : str
        ``scanned`` or ``measured``.
    """

    change: str
    runs: str
    make: Callable[[Folder], object]
    jobs: dict[str, int]
    leaves: tuple[str, ...] = ()
    readme: bool = False
    trial: str = "scanned"


VISIT = {"patient": "P001", "visit": "V2"}


def scan(patient: str, visit: str, sequence: str, folder: Folder) -> str:
    """Path of a scan, as the sheet names it."""
    (found,) = (folder.path / "scans" / patient / visit).glob(f"{sequence}.nii*")
    return found.relative_to(folder.path).as_posix()


def new_visit(folder: Folder, patient: str = "P001", visit: str = "V3", day: str = "81") -> None:
    visits = folder.sheet("visits")
    new = visits[visits["patient"] == "P001"].iloc[[-1]].copy()
    new[["patient", "visit", "day"]] = [patient, visit, day]
    for sequence in SEQUENCES:
        new[sequence] = scan("P001", "V3", sequence, folder)
    # At the head of the sheet: the order of rows does not matter.
    folder.write("visits", pd.concat([new, visits]))


def new_patient(folder: Folder) -> None:
    patients = folder.sheet("patients")
    new = patients[patients["patient"] == "P002"].copy()
    new["patient"] = "P009"
    folder.write("patients", pd.concat([patients, new]))
    new_visit(folder, "P009", "V1", "-14")


def without(folder: Folder, name: str, **of: str) -> None:
    sheet = folder.sheet(name)
    folder.write(name, sheet[(sheet[list(of)] != list(of.values())).any(axis=1)])


def without_patient(folder: Folder) -> None:
    for name in ("patients", "visits"):
        without(folder, name, patient="P002")


def replaced(folder: Folder, sequence: str = "flair", visit: str = "V2", age_s: float = 0) -> None:
    by = scan("P001", "V3", sequence, folder)
    folder.replace(scan("P001", visit, sequence, folder), by, age_s=age_s)


def touched(folder: Folder) -> None:
    for path in (folder.path / "scans").rglob("*.nii*"):
        os.utime(path)


def moved_scans(folder: Folder) -> None:
    (folder.path / "scans").rename(folder.path / "archive")
    visits = folder.sheet("visits")
    for sequence in SEQUENCES:
        visits[sequence] = visits[sequence].str.replace("scans/", "archive/")
    folder.write("visits", visits)


def withdrawn(folder: Folder, *sequences: str) -> None:
    for sequence in sequences:
        folder.set("visits", "", sequence, **VISIT)


def turned(folder: Folder) -> None:
    for path in folder.path.glob("*.tsv"):
        sheet = folder.sheet(path.stem)
        folder.write(path.stem, sheet.iloc[::-1, ::-1])


def commented(folder: Folder) -> None:
    for path in folder.path.glob("*.tsv"):
        sheet = folder.sheet(path.stem)
        folder.write(path.stem, sheet.assign(comment="to be asked", full_name="A. N. Other"))


def other_weights(folder: Folder) -> None:
    shutil.copy(SHIPPED / "unet.safetensors", folder.path / "other.safetensors")
    folder.configure(networks={"cgan": {"weights": "other.safetensors"}})


def moved_weights(folder: Folder) -> None:
    shutil.copy(SHIPPED / "cgan.safetensors", folder.path / "cgan.safetensors")
    folder.configure(networks={"cgan": {"weights": "cgan.safetensors"}})


def third_candidate(folder: Folder) -> None:
    shutil.copy(SHIPPED / "unet.safetensors", folder.path / "third.safetensors")
    folder.configure(
        networks={"third": {"weights": "third.safetensors"}}, candidates=["cgan", "unet", "third"]
    )


def bring(folder: Folder, sequence: str, column: str) -> None:
    """Name a file in the space of a visit's scans in a further column."""
    source = folder.path / scan("P001", "V2", sequence, folder)
    name = f"{column}{''.join(source.suffixes)}"
    shutil.copy(source, folder.path / name)
    folder.set("visits", name, column, **VISIT)


def their_mask(folder: Folder) -> None:
    folder.configure(labels_of={"gbca": "gadless"}, brought_missing={"gbca": "ours"})
    bring(folder, "truth", "mask_gbca")


def their_t1c(folder: Folder) -> None:
    folder.configure(brought_missing={"cgan": "ours"})
    bring(folder, "t1c", "t1c_cgan")


def further_sequence(folder: Folder) -> None:
    folder.configure(sequences={"adc": {"title": "ADC", "bias_field": False, "drawn": False}})
    bring(folder, "t2", "adc")


def preprocess(folder: Folder, **settings: object) -> None:
    folder.configure(preprocess={**folder.config["preprocess"], **settings})


def a_deleted(pattern: str) -> Callable[[Folder], object]:
    """Return the change that deletes a result; a stand-in's name may be shorter than the real."""

    def make(folder: Folder) -> None:
        found = sorted(folder.results.glob(pattern))
        assert found, pattern
        found[0].unlink()

    return make


def edited(folder: Folder) -> None:
    """One digit, by hand: neither size nor the file's place changes."""
    path = folder.results / "trial" / "survival.tsv"
    content = path.read_bytes()
    at = next(at for at in reversed(range(len(content))) if chr(content[at]).isdigit())
    path.unlink()
    path.write_bytes(content[:at] + (b"1" if content[at] != ord("1") else b"2") + content[at + 1 :])


def renamed_results(folder: Folder) -> None:
    folder.results.rename(folder.path / "results of 2026 (1)")
    folder.configure(results="results of 2026 (1)")


def source(file: str, text: str) -> Callable[[Folder], object]:
    """Return the change that puts some text at the end of a file of the library."""

    def make(folder: Folder) -> None:
        folder.bring_source()
        folder.edit(f"src/gadless/{file}", lambda before: before + text)

    return make


def checkout(folder: Folder) -> None:
    folder.bring_source()
    for path in [*(folder.path / "src").rglob("*.py"), *(folder.path / "workflow").rglob("*")]:
        os.utime(path)


def corrected(folder: Folder) -> None:
    sheet = folder.sheet("measurements")
    sheet.loc[3, "enhancing_cm3"] = "7.5"
    folder.write("measurements", sheet)


ROWS = (
    Row("nothing", "nothing", lambda folder: None, NOTHING),
    # The sheets.
    Row(
        "a new visit",
        "its image jobs, its patient, the trial's tables",
        new_visit,
        visit(),
        readme=True,
    ),
    Row("a new patient", "the same", new_patient, visit()),
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
        leaves=("visits/P002/", "patients/P002/", "records/*/P002"),
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
        lambda folder: folder.set("patients", "400", "os_days", patient="P001"),
        jobs(*TRIAL),
        readme=True,
    ),
    Row("the order of rows and of columns", "nothing", turned, NOTHING, readme=True),
    Row("a column that nothing reads", "nothing", commented, NOTHING, readme=True),
    # The scans, and what others made.
    Row(
        "a replaced scan",
        "that visit, its patient, the trial's tables",
        replaced,
        visit(),
        readme=True,
    ),
    Row(
        "a replaced scan that is older than its results (`rsync -a`, `cp -p`)",
        "the same",
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
        readme=True,
    ),
    Row("scans at another place, which the sheet names", "nothing", moved_scans, NOTHING),
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
    # The configuration.
    Row(
        "a setting of the preprocessing",
        "everything",
        lambda folder: preprocess(folder, bias_grid_mm=9.0),
        ALL_IMAGES,
    ),
    Row(
        "a limit of quality below which there is a warning",
        "the patients' tables, the trial's tables; no image job",
        lambda folder: preprocess(folder, quality={"similarity_warn": 0.41}),
        ALL_PATIENTS,
        readme=True,
    ),
    Row(
        "the way of fingerprinting",
        "nothing",
        lambda folder: preprocess(folder, fingerprint="content"),
        NOTHING,
    ),
    Row(
        "a network's weights",
        "synthesis or segmentation of all visits, and what follows",
        other_weights,
        FROM_SYNTHESIS,
        readme=True,
    ),
    Row(
        "where weights lie",
        "nothing but the report, which names the network's file",
        moved_weights,
        jobs("report"),
    ),
    Row(
        "a candidate more",
        "synthesis and segmentation of all visits, and what follows",
        third_candidate,
        FROM_SYNTHESIS,
    ),
    Row(
        "a candidate less",
        "the patients' tables, the trial's tables; no image job",
        lambda folder: folder.configure(candidates=["unet"]),
        ALL_PATIENTS,
        leaves=("visits/*/*/synthetic/", "visits/*/*/segmented/", "records/s*/*/*.json"),
        readme=True,
    ),
    Row(
        "the order of candidates",
        "the report, which shows them in it",
        lambda folder: folder.configure(candidates=["unet", "cgan"]),
        jobs("report"),
        readme=True,
    ),
    Row(
        "a setting of the measurement",
        "the patients' tables, the trial's tables; no image job",
        lambda folder: folder.configure(measurement={"connectivity": 6}),
        ALL_PATIENTS,
    ),
    Row(
        "a response threshold",
        "response and what follows",
        lambda folder: folder.configure(response={"smallest_volume_cm3": 0.5}),
        jobs(*FROM_RESPONSE),
        readme=True,
    ),
    Row(
        "the primary endpoint",
        "response and what follows",
        lambda folder: folder.configure(endpoint={"primary": "TTP"}),
        jobs(*FROM_RESPONSE),
    ),
    Row(
        "the day of the data cut-off",
        "the trial's tables",
        lambda folder: folder.configure(endpoint={"data_cutoff_day": 100}),
        jobs(*TRIAL),
    ),
    Row(
        "a covariate more",
        "the trial's tables",
        lambda folder: folder.configure(statistics={"bootstrap": 20, "covariates": ["age"]}),
        jobs(*TRIAL),
    ),
    Row(
        "the number of resamples, the seed, a margin",
        "statistics and report",
        lambda folder: folder.configure(statistics={"bootstrap": 10}),
        jobs("statistics", "report"),
        readme=True,
    ),
    Row(
        "the trial's name",
        "the report, and the SAS files, which state it",
        lambda folder: folder.configure(name="another name"),
        jobs("cdisc", "report"),
        readme=True,
    ),
    Row(
        "what a contrast is called, what the report shows",
        "the report",
        lambda folder: folder.configure(labels={"cgan": "Ours"}, report={"panels": 3}),
        jobs("report"),
    ),
    Row(
        "the name of the results folder, renamed with it",
        "nothing",
        renamed_results,
        NOTHING,
        readme=True,
    ),
    # The results.
    Row(
        "an image deleted",
        "that stage of the visit, and what follows",
        a_deleted("visits/P001/V2/segmented/gbca.nii.gz"),
        jobs(*TRIAL, segment=1, measure=1),
        readme=True,
    ),
    Row(
        "a preprocessed image deleted",
        "the same",
        a_deleted("visits/P001/V2/preprocessed/t1.nii.gz"),
        visit(),
    ),
    Row(
        "a manifest deleted",
        "the same",
        a_deleted("visits/P001/V2/synthetic/status.json"),
        jobs(*TRIAL, synthesise=1, segment=1, measure=1),
    ),
    Row(
        "a patient's table deleted",
        "that patient, the trial's tables",
        a_deleted("patients/P002/lesions.tsv"),
        A_PATIENT,
    ),
    Row(
        "a `.parquet` of a patient deleted",
        "the same",
        a_deleted("patients/P002/measurements.parquet"),
        A_PATIENT,
    ),
    Row(
        "a picture of a visit deleted",
        "the same",
        a_deleted("patients/P001/panels/V2.png"),
        A_PATIENT,
    ),
    Row(
        "a table of the trial deleted",
        "the job that makes it, and what follows",
        a_deleted("trial/endpoints.tsv"),
        jobs(*FROM_RESPONSE[1:]),
        readme=True,
    ),
    Row(
        "a `.parquet` of the trial deleted",
        "the same",
        a_deleted("trial/survival.parquet"),
        jobs("statistics", "report"),
    ),
    Row("a SAS file deleted", "the SAS files", a_deleted("cdisc/adtte.xpt"), jobs("cdisc")),
    Row(
        "a table of the report deleted", "the report", a_deleted("report/tables/*"), jobs("report")
    ),
    Row("a figure deleted", "the report", a_deleted("report/figures/*.svg"), jobs("report")),
    Row(
        "a table of the trial edited by hand",
        "the job that makes it, and what follows",
        edited,
        jobs("statistics", "report"),
        readme=True,
    ),
    Row(
        "a job's record deleted",
        "that job, and what follows",
        a_deleted("records/segment/P002/V1.json"),
        jobs(*TRIAL, segment=1, measure=1),
    ),
    # The code.
    Row(
        "code of a stage",
        "that stage and what follows",
        source("response/endpoints.py", "\n_MORE = 1\n"),
        jobs(*FROM_RESPONSE[1:]),
        readme=True,
    ),
    Row(
        "a comment, a docstring",
        "nothing",
        source("images/preprocess.py", "\n# Why, shortly.\n"),
        NOTHING,
        readme=True,
    ),
    Row("a fresh checkout", "nothing", checkout, NOTHING, readme=True),
    # A trial that was measured elsewhere.
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
