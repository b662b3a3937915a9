"""Images that nobody reads again: gone, and nothing that a later visit or a reader needs."""

from pathlib import Path

from gadless.manifest import Manifest
from gadless.measurement.dropped import drop_images
from gadless.measurement.visit import STAGES, read_visits
from gadless.record import JobName, Record

DAYS = {"V0": -9, "V1": 0, "V2": 42, "V3": 84}
IMAGED = ["V1", "V2", "V3"]
MADE = {
    "preprocessed": ("t1", "t2", "flair", "t1c", "subtraction", "adc", "brain"),
    "synthetic": ("cgan", "unet"),
    "segmented": ("gbca", "cgan", "unet"),
}


def write(folder):
    for visit in IMAGED:
        for name, stage in STAGES.items():
            place = folder / "visits" / "P1" / visit / name
            place.mkdir(parents=True)
            manifest = Manifest("P1", visit, stage, place)
            manifest.files = {one: f"{one}.nii.gz" for one in MADE[name]}
            manifest.files |= {one: f"{one}.json" for one in ("transforms", "quality")}
            for file in manifest.files.values():
                (place / file).write_text(f"{visit} {file}")
            manifest.write()
            made = {
                path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": "0"}
                for path in place.iterdir()
            }
            Record(stage, {}, {}, made).write(JobName(str(folder), stage, ("P1", visit)).record)
    return read_visits("P1", DAYS, IMAGED, ["gbca", "cgan"], folder)


def left(folder, visit, stage):
    place = folder / "visits" / "P1" / visit / stage
    return {path.name.split(".")[0] for path in place.iterdir()} - {"status"}


def test_images_and_maps_go_and_masks_transforms_and_quality_stay(tmp_path):
    drop_images(tmp_path, write(tmp_path), "V1")
    for visit in ("V2", "V3"):
        assert left(tmp_path, visit, "preprocessed") == {"brain", "transforms", "quality"}
    for visit in IMAGED:
        assert left(tmp_path, visit, "synthetic") == {"transforms", "quality"}
        assert left(tmp_path, visit, "segmented") == {
            *MADE["segmented"], "transforms", "quality",
        }  # fmt: skip


def test_the_visit_that_sets_the_space_keeps_what_later_visits_register_to(tmp_path):
    visits = write(tmp_path)
    drop_images(tmp_path, visits, "V1")
    assert left(tmp_path, "V1", "preprocessed") == {"t1", "brain", "transforms", "quality"}
    first = visits[1].preprocessed
    assert first.path("t1").read_text() == "V1 t1.nii.gz"


def record(folder, stage, visit):
    return Record.read_from(JobName(str(folder), stage, ("P1", visit)).record)


def test_what_was_dropped_is_on_record_and_manifests_stay_as_they_are(tmp_path):
    visits = write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("status.json")}
    digest = record(tmp_path, "preprocess", "V2").digest
    dropped = drop_images(tmp_path, visits, "V1")
    assert len(dropped) == 5 + 6 + 6 + 3 * 2
    assert not any(path.exists() for path in dropped)
    assert {path: path.read_bytes() for path in tmp_path.rglob("status.json")} == before
    found = record(tmp_path, "preprocess", "V2")
    flagged = {Path(name).name for name, made in found.made.items() if made.get("dropped")}
    assert flagged == {f"{name}.nii.gz" for name in MADE["preprocessed"] if name != "brain"}
    # Whoever read them has read what was made.
    assert found.digest == digest
    assert drop_images(tmp_path, visits, "V1") == []


def test_images_of_a_job_without_a_record_stay(tmp_path):
    visits = write(tmp_path)
    Path(JobName(str(tmp_path), "preprocess", ("P1", "V2")).record).unlink()
    drop_images(tmp_path, visits, "V1")
    assert "t1c" in left(tmp_path, "V2", "preprocessed")
    assert "t1c" not in left(tmp_path, "V3", "preprocessed")


def test_without_a_visit_that_sets_the_space_all_images_go(tmp_path):
    drop_images(tmp_path, write(tmp_path), None)
    assert "t1" not in left(tmp_path, "V1", "preprocessed")
