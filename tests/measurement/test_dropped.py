"""Images that nobody reads again: gone, and nothing that a later visit or a reader needs."""

from gadless.manifest import Manifest
from gadless.measurement.dropped import drop_images, unneeded_images
from gadless.measurement.visit import STAGES, read_visits

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
    return read_visits("P1", DAYS, IMAGED, ["gbca", "cgan"], folder)


def left(folder, visit, stage):
    place = folder / "visits" / "P1" / visit / stage
    return {path.name.split(".")[0] for path in place.iterdir()} - {"status"}


def test_images_and_maps_go_and_masks_transforms_and_quality_stay(tmp_path):
    drop_images(write(tmp_path), "V1")
    for visit in ("V2", "V3"):
        assert left(tmp_path, visit, "preprocessed") == {"brain", "transforms", "quality"}
    for visit in IMAGED:
        assert left(tmp_path, visit, "synthetic") == {"transforms", "quality"}
        assert left(tmp_path, visit, "segmented") == {
            *MADE["segmented"], "transforms", "quality",
        }  # fmt: skip


def test_the_visit_that_sets_the_space_keeps_what_later_visits_register_to(tmp_path):
    visits = write(tmp_path)
    drop_images(visits, "V1")
    assert left(tmp_path, "V1", "preprocessed") == {"t1", "brain", "transforms", "quality"}
    first = visits[1].preprocessed
    assert first.path("t1").read_text() == "V1 t1.nii.gz"


def test_what_was_dropped_is_told_and_manifests_stay_as_they_are(tmp_path):
    visits = write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("status.json")}
    listed = unneeded_images(visits, "V1")
    assert len(listed) == 5 + 6 + 6 + 3 * 2
    assert drop_images(visits, "V1") == listed
    assert not any(path.exists() for path in listed)
    assert drop_images(visits, "V1") == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("status.json")} == before


def test_without_a_visit_that_sets_the_space_all_images_go(tmp_path):
    drop_images(write(tmp_path), None)
    assert "t1" not in left(tmp_path, "V1", "preprocessed")
