"""What reruns what, by counting jobs."""

import os
import shutil
from pathlib import Path

import pandas as pd

TRIAL_JOBS = {"collect", "response", "endpoints", "cdisc", "statistics", "report"}
IMAGE_JOBS = {"preprocess", "synthesise", "segment"}


def ones(*rules: str) -> dict[str, int]:
    return dict.fromkeys(rules, 1)


def third_visit(visits: pd.DataFrame, scans: Path) -> pd.DataFrame:
    new = visits[visits["patient"] == "P001"].iloc[[-1]].copy()
    new[["visit", "day"]] = ["V3", "90"]
    for sequence in ("t1", "t2", "flair", "t1c"):
        new[sequence] = scans / "P001" / "V3" / f"{sequence}.nii.gz"
    return new


def test_a_finished_trial_has_nothing_to_do(finished):
    assert finished.planned() == {}


def test_a_new_visit_runs_its_images_its_patient_and_the_trial(copy, scans):
    visits = copy.visits()
    new = third_visit(visits, scans)
    # At the head of the sheet: the order of rows must not matter.
    copy.write_visits(pd.concat([new, visits]))
    assert copy.planned() == ones(*IMAGE_JOBS, "measure", *TRIAL_JOBS)


def test_the_order_of_rows_runs_nothing(copy):
    copy.write_visits(copy.visits().iloc[::-1])
    assert copy.planned() == {}


def test_a_corrected_day_runs_no_image_job(copy):
    visits = copy.visits()
    visits.loc[visits["visit"] == "V2", "day"] = "50"
    copy.write_visits(visits.iloc[[0, 1, 2, 3]])
    assert copy.planned() == {"measure": 2} | ones(*TRIAL_JOBS)


def test_a_comment_in_the_library_runs_nothing(copy):
    for file in ("images/preprocess.py", "response/classify.py", "networks/segment.py"):
        path = copy.folder / "src" / "gadless" / file
        path.write_text("# Why, shortly.\n" + path.read_text())
    os.utime(copy.folder / "workflow" / "scripts" / "preprocess.py")
    assert copy.planned() == {}


def test_changed_code_runs_its_stage_and_those_after(copy):
    path = copy.folder / "src" / "gadless" / "response" / "endpoints.py"
    path.write_text(path.read_text() + "\n_UNUSED = 1\n")
    planned = copy.planned()
    assert "endpoints" in planned
    assert not planned.keys() & {*IMAGE_JOBS, "measure", "collect"}


def test_a_response_threshold_runs_no_image_job(copy):
    copy.configure(response={"smallest_volume_cm3": 0.5})
    assert copy.planned() == ones("response", "endpoints", "cdisc", "statistics", "report")


def test_a_statistics_setting_runs_statistics_and_report(copy):
    copy.configure(statistics={"bootstrap": 10})
    assert copy.planned() == ones("statistics", "report")


def test_a_replaced_scan_runs_its_visit(copy, scans):
    visits = copy.visits()
    chosen = (visits["patient"] == "P002") & (visits["visit"] == "V2")
    moved = copy.folder / "flair.nii.gz"
    shutil.copy(scans / "P001" / "V3" / "flair.nii.gz", moved)
    visits.loc[chosen, "flair"] = moved
    copy.write_visits(visits)
    assert copy.planned() == ones(*IMAGE_JOBS, "measure", *TRIAL_JOBS)


def test_a_candidate_less_runs_no_image_job(copy):
    copy.configure(candidates=["unet"])
    assert copy.planned() == {"measure": 2} | ones(*TRIAL_JOBS)


def test_the_order_of_candidates_is_the_reports(copy):
    copy.configure(candidates=["unet", "cgan"])
    assert copy.planned() == ones("report")


def test_a_limit_of_a_warning_measures_again_and_makes_no_image(copy):
    quality = {"similarity_warn": 0.99}
    copy.configure(preprocess={"spacing_mm": 2.0, "quality": quality})
    assert copy.planned() == {"measure": 2} | ones(*TRIAL_JOBS)


def test_a_comment_in_a_sheet_runs_nothing_and_travels_nowhere(copy):
    copy.write_visits(copy.visits().assign(full_name="somebody"))
    assert copy.planned() == {}


def test_a_withdrawn_scan_is_read_no_more(copy):
    visits = copy.visits()
    chosen = (visits["patient"] == "P002") & (visits["visit"] == "V2")
    visits.loc[chosen, ["t1", "t2", "flair", "t1c"]] = ""
    copy.write_visits(visits)
    assert copy.planned() == ones("measure", *TRIAL_JOBS)
    copy.run("results/patients/P002/measurements.tsv")
    table = pd.read_csv(copy.folder / "results/patients/P002/measurements.tsv", sep="\t")
    gone = table[table["visit"] == "V2"]
    assert set(gone["reason"]) == {"no images acquired"}
    assert gone["enhancing_cm3"].isna().all()
    panels = copy.folder / "results/patients/P002/panels"
    assert [path.name for path in panels.iterdir()] == ["V1.png"]


def test_a_picture_that_was_deleted_is_drawn_again(copy):
    (copy.folder / "results/patients/P001/panels/V2.png").unlink()
    assert copy.planned()["measure"] == 1


def test_a_mask_that_was_overwritten_is_named_and_never_measured(copy):
    mask = copy.folder / "results/visits/P001/V2/segmented/gbca.nii.gz"
    content = bytearray(mask.read_bytes())
    content[-9] ^= 1
    mask.write_bytes(content)
    copy.configure(measurement={"connectivity": 6})
    said = copy.snakemake("--cores", "2", check=False)
    assert "patient P001, visit V2" in said
    assert "results/visits/P001/V2/segmented/gbca.nii.gz is not the file that segment made" in said


def test_images_may_be_dropped_and_nothing_runs(copy):
    copy.configure(keep_images=False, measurement={"connectivity": 6})
    copy.run(*(f"results/patients/{name}/measurements.tsv" for name in ("P001", "P002")))
    left = {path.name for path in (copy.folder / "results/visits").rglob("*.nii.gz")}
    assert left == {"t1.nii.gz", "brain.nii.gz", "gbca.nii.gz", "cgan.nii.gz", "unet.nii.gz"}
    assert not list((copy.folder / "results/visits").glob("*/*/synthetic/*.nii.gz"))
    assert not copy.planned().keys() & {*IMAGE_JOBS, "measure"}


def test_a_new_visit_is_seen_even_where_snakemakes_records_were_lost(copy, scans):
    shutil.rmtree(copy.folder / ".snakemake")
    visits = copy.visits()
    copy.write_visits(pd.concat([visits, third_visit(visits, scans)]))
    assert copy.planned() == ones(*IMAGE_JOBS, "measure", *TRIAL_JOBS)
