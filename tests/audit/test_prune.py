"""What is no longer named goes; nothing else does, wherever it lies."""

import os
import shutil

import pytest
from kept import exam, patient, put, record, seal

from gadless.audit.prune import BESIDE, PATIENTS, Named, remove, superfluous
from gadless.audit.seal import seal_anew
from gadless.audit.verify import verify
from gadless.record import Part, Record

ALL = Named({("P001", "V1"), ("P001", "V2"), ("P002", "V1")}, {"P001", "P002"})


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
        if not path.is_symlink()
    }


def products(*named):
    records = (
        f"records/{rule}/{p}/{v}.json" for rule in ("synthesise", "segment") for p, v in ALL.exams
    )
    return {name: {"", "segmenter", *named} for name in records}


def find(kept, named=ALL, asked=("gbca", "cgan"), root=""):
    return superfluous(kept, {root: named}, products(*asked))


def test_nothing_is_found_where_all_is_named(kept):
    found = find(kept)
    assert not found.sizes
    assert not found.strange


def test_a_visit_goes_with_records_logs_and_benchmarks(kept):
    before = tree(kept)
    named = Named(ALL.exams - {("P001", "V2")}, ALL.patients)
    found = find(kept, named)
    assert list(found.visits()) == [("P001", "V2")]
    assert found.visits()["P001", "V2"] == sum(
        path.stat().st_size for path in (kept / "visits/P001/V2").rglob("*.*")
    )
    assert len(found.files[BESIDE]) == 9
    remove(found)
    gone = before.keys() - tree(kept).keys()
    assert gone
    assert all("P001/V2" in path for path in gone)
    assert not [path for path in tree(kept) if "P001/V2" in path]
    assert {path: before[path] for path in tree(kept)} == tree(kept)


def test_a_patient_goes(kept):
    named = Named({("P001", "V1"), ("P001", "V2")}, {"P001"})
    remove(find(kept, named))
    assert not [path for path in tree(kept) if "P002" in path]
    assert (kept / "patients/P001/measurements.tsv").exists()


def test_of_a_patient_who_has_visits_left_the_tables_stay(kept):
    named = Named(ALL.exams, {"P001"})
    remove(find(kept, named))
    assert not (kept / "patients/P002").exists()
    assert (kept / "visits/P002/V1/segmented/gbca.nii.gz").exists()


def test_masks_on_the_scans_grids_go_with_their_visit_from_the_shared_data_set_too(kept):
    native = "visits/P001/V2/native"
    record(kept, "native_masks/P001/V2", [f"{native}/gbca.nii.gz", f"{native}/gbca.dcm"])
    tables = {
        "participants": "participant_id\tpatient\nsub-P001\tP001\nsub-P002\tP002\n",
        "sub-P001/sub-P001_sessions": "session_id\tvisit\nses-V1\tV1\nses-V2\tV2\n",
        "sub-P002/sub-P002_sessions": "session_id\tvisit\nses-V1\tV1\n",
    }
    masks = [
        f"bids/sub-{who}/ses-{when}/anat/sub-{who}_ses-{when}_dseg.nii.gz"
        for who, when in ALL.exams
    ]
    record(kept, "native", [*masks, *(f"bids/{name}.tsv" for name in tables)])
    for name, text in tables.items():
        put(kept, f"bids/{name}.tsv", text)
    found = find(kept, Named({("P001", "V1")}, {"P001"}))
    remove(found)
    left = {path for path, content in tree(kept).items() if content is not None}
    assert {path for path in left if path.startswith("bids/")} == {
        "bids/participants.tsv",
        "bids/sub-P001/sub-P001_sessions.tsv",
        "bids/sub-P001/ses-V1/anat/sub-P001_ses-V1_dseg.nii.gz",
    }
    assert not any("P001/V2" in path for path in left)
    made = Record.read_from(kept / "records" / "native.json").made
    assert {path for path, one in made.items() if "pruned" not in one} <= left


def test_files_of_others_stay_and_are_named(kept):
    put(kept, "visits/P002/V1/notes.txt", "mine")
    put(kept, "visits/P002/V1/segmented/mine.nii", "mine")
    put(kept, "patients/P002/letter.docx", "mine")
    put(kept, "visits/readme.txt", "mine")
    put(kept, "logs/segment/P002/V1.log.old", "mine")
    named = Named({("P001", "V1"), ("P001", "V2")}, {"P001"})
    found = find(kept, named)
    assert found.strange == [
        "patients/P002/letter.docx",
        "visits/P002/V1/notes.txt",
        "visits/P002/V1/segmented/mine.nii",
    ]
    remove(found)
    left = {path for path, content in tree(kept).items() if "P002" in path and content is not None}
    assert left == {*found.strange, "logs/segment/P002/V1.log.old"}


def test_links_are_neither_followed_nor_removed(kept, tmp_path):
    outside = tmp_path / "archive"
    exam(outside, "P003", "V1")
    (kept / "visits/P003").symlink_to(outside / "visits/P003")
    (kept / "visits/P004/V1").mkdir(parents=True)
    (kept / "visits/P004/V1/segmented").symlink_to(outside / "visits/P003/V1/segmented")
    put(outside, "t1.nii.gz", "a scan")
    (kept / "visits/P004/V1/preprocessed").mkdir()
    (kept / "visits/P004/V1/preprocessed/t1.nii.gz").symlink_to(outside / "t1.nii.gz")
    before = tree(outside)
    found = find(kept)
    assert not found.sizes
    assert "visits/P004/V1/preprocessed/t1.nii.gz" in found.strange
    remove(found)
    assert tree(outside) == before


def test_what_became_a_link_meanwhile_stays(kept, tmp_path):
    outside = tmp_path / "archive"
    shutil.copytree(kept / "visits/P002", outside)
    found = find(kept, Named(ALL.exams - {("P002", "V1")}, ALL.patients))
    shutil.rmtree(kept / "visits/P002")
    (kept / "visits/P002").symlink_to(outside)
    remove(found)
    assert (outside / "V1/segmented/gbca.nii.gz").exists()


def test_whole_folders_that_are_links_are_not_looked_at(kept, tmp_path):
    shutil.move(kept / "visits", tmp_path / "images")
    (kept / "visits").symlink_to(tmp_path / "images")
    found = find(kept, Named(set(), ALL.patients))
    assert not found.visits()


def test_another_trials_results_within_stay(kept):
    exam(kept / "other", "P001", "V9")
    put(kept / "other", "records/trial.json", "{}")
    assert not find(kept).sizes


def test_images_of_a_candidate_that_is_no_longer_compared(kept):
    exam(kept, "P001", "V1", ("cgan", "unet"))
    path = kept / "records/segment/P001/V1.json"
    before = Record.read_from(path)
    found = find(kept)
    assert {product: sorted(files) for product, files in found.images.items()} == {
        "unet": ["visits/P001/V1/segmented/unet.nii.gz", "visits/P001/V1/synthetic/unet.nii.gz"]
    }
    remove(found)
    after = Record.read_from(path)
    assert not (kept / "visits/P001/V1/segmented/unet.nii.gz").exists()
    assert (kept / "visits/P001/V1/segmented/cgan.nii.gz").exists()
    # What was made stays as it was for whoever read it; what it was made from is forgotten, so
    # that the candidate is made anew where it is named again.
    assert after.digest == before.digest
    assert sorted(after.parts) == ["", "cgan", "gbca"]
    assert not find(kept).sizes
    assert not verify(kept).findings["missing"]


def test_a_prune_that_was_stopped_can_be_run_again(kept):
    exam(kept, "P001", "V1", ("cgan", "unet"))
    found = find(kept)
    # Stopped after the records were marked and before a file went.
    found.images = {}
    remove(found)
    again = find(kept)
    assert len(again.images["unet"]) == 2
    remove(again)
    assert not find(kept).sizes


def test_the_provenance_knows_of_it(kept):
    exam(kept, "P001", "V1", ("cgan", "unet"))
    seal(kept, [])
    assert verify(kept).matches
    found = find(kept)
    seal_anew(found.folder, remove(found))
    assert verify(kept).matches


def test_a_provenance_that_was_edited_is_not_made_right(kept):
    path = kept / "provenance.json"
    path.write_text(path.read_text().replace("preprocess/P001/V1", "preprocess/P001/V9"))
    before = path.read_bytes()
    seal_anew(kept, {})
    assert path.read_bytes() == before


def test_training_exams_have_a_folder_of_their_own(kept):
    exam(kept / "training", "T1", "V1")
    found = superfluous(kept, {"": ALL, "training": Named({("T1", "V1")}, set())}, {})
    assert not found.sizes
    found = superfluous(kept, {"": ALL, "training": Named(set(), set())}, {})
    assert ("T1", "V1") in found.visits()
    assert all(path.startswith("training/") for path in found.sizes)
    # Not said to be unnamed where nobody says what is named.
    assert not superfluous(kept, {"": ALL}, {}).sizes


@pytest.mark.skipif(os.geteuid() == 0, reason="root may remove everything")
def test_what_cannot_be_removed_is_an_error(kept):
    (kept / "visits/P002/V1/segmented").chmod(0o500)
    found = find(kept, Named(set(), ALL.patients))
    with pytest.raises(Exception, match="cannot be removed"):
        remove(found)


def test_a_damaged_record_of_a_visit_names_nothing(kept):
    (kept / "records/segment/P001/V1.json").write_text("{")
    assert not find(kept, asked=()).records.get("records/segment/P001/V1.json")


def test_ids_of_any_shape_are_kept_apart(kept):
    exam(kept, "P.1", "V.1-a")
    patient(kept, "P.1")
    made = ["patients/P.1b/measurements.tsv", "patients/P.1b/panels/V1.png"]
    record(kept, "measure/P.1b", made, {"": Part({}, {})})
    named = Named({*ALL.exams, ("P.1", "V.1-a")}, {*ALL.patients, "P.1"})
    found = find(kept, named)
    assert sorted(found.sizes) == [*made, "records/measure/P.1b.json"]


def test_the_page_of_a_patient_who_left_the_sheet_goes_and_no_other(kept):
    pages = kept / "report" / "patients"
    pages.mkdir(parents=True)
    for name in ("P001.html", "P002.html", "notes.txt"):
        (pages / name).write_text("a page")
    (kept / "patients" / "P002" / "view.json").write_text("{}")
    found = find(kept, ALL._replace(listed={"P001", "P002"}))
    assert not found.sizes
    named = Named({("P001", "V1"), ("P001", "V2")}, {"P001"}, {"P001"})
    gone = find(kept, named).files[PATIENTS]
    assert "report/patients/P002.html" in gone
    assert "patients/P002/view.json" in gone
    assert not [path for path in gone if "P001" in path or "notes" in path]
    # Measured elsewhere: nobody is measured here, and everybody has a page.
    assert "report/patients/P001.html" not in find(kept, named._replace(patients=())).sizes
