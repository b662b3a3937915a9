"""Which visits of a patient are the patient's: by what their manifests note of each other."""

import numpy as np
import pytest
from measurement_shapes import affine_of, save, sphere

from gadless.files import write_json
from gadless.images.same import ANOTHER, MIRRORED, note_of
from gadless.manifest import Manifest
from gadless.measurement import identity
from gadless.measurement.flow import flow_of_visits
from gadless.measurement.identity import foreign_visits
from gadless.measurement.measure import measure_patient
from gadless.measurement.visit import STAGES, read_visits
from gadless.trial.config import Measurement

TOLD = {"agreement": 0.3, "in_place": 0.35, "sampling": 0.05, "seed": 1}


def visit(name, against=None, difference=None, folder="nowhere", usable=True):
    manifest = Manifest("P1", name, "preprocess", folder)
    if usable:
        manifest.files = {"t1": "t1.nii.gz", "brain": "brain.nii.gz"}
        manifest.notes["identity"] = note_of(against, difference, TOLD)
    return manifest


@pytest.fixture
def compared(monkeypatch):
    """Pairs of visits that no note compares, and what a look at their images says."""
    asked, said = [], {}

    def look(first, second):
        asked.append((first.visit, second.visit))
        return said.get((first.visit, second.visit))

    monkeypatch.setattr(identity, "_compared", look)
    return asked, said


def test_visits_that_agree_are_one_patient_and_no_image_is_read(compared):
    visits = [visit("V1"), *(visit(f"V{at}", "V1") for at in range(2, 9))]
    assert foreign_visits(visits) == {}
    assert foreign_visits(visits[:1]) == {}
    assert compared[0] == []


def test_one_that_differs_from_two_is_out(compared):
    visits = [visit("V1"), visit("V2", "V1", ANOTHER), visit("V3", "V1")]
    assert foreign_visits(visits) == {
        "V2": "T1: shows another head than visits V1 and V3 (another patient's scan)"
    }
    assert compared[0] == []


def test_a_first_visit_that_is_wrong_is_outvoted_by_later_ones(compared):
    visits = [visit("V1"), *(visit(name, "V1", MIRRORED) for name in ("V2", "V3", "V4"))]
    reason = "T1: is the mirror image of visits V2, V3 and V4 (right and left exchanged)"
    assert foreign_visits(visits) == {"V1": reason}
    # Later visits are held against the first of their group, and no others.
    assert compared[0] == [("V2", "V3"), ("V2", "V4")]


def test_of_two_that_differ_neither_is_believed(compared):
    found = foreign_visits([visit("V1"), visit("V2", "V1", ANOTHER)])
    assert set(found) == {"V1", "V2"}
    assert "shows another head than visit V2" in found["V1"]
    assert all(reason.endswith("says which of them is the patient's") for reason in found.values())


def test_three_strangers_are_none_of_them_believed(compared):
    compared[1][("V2", "V3")] = ANOTHER
    visits = [visit("V1"), visit("V2", "V1", ANOTHER), visit("V3", "V1", ANOTHER)]
    assert set(foreign_visits(visits)) == {"V1", "V2", "V3"}


def test_where_the_first_visit_is_unusable_the_others_are_compared(compared):
    compared[1][("V2", "V4")] = ANOTHER
    visits = [visit("V1", usable=False), *(visit(name) for name in ("V2", "V3", "V4"))]
    assert set(foreign_visits(visits)) == {"V4"}
    assert compared[0] == [("V2", "V3"), ("V2", "V4")]


def test_a_foreign_visit_is_not_evaluable_whatever_was_segmented_on_it(tmp_path):
    days = {"V1": 0, "V2": 42, "V3": 84}
    for name, difference in (("V1", None), ("V2", ANOTHER), ("V3", None)):
        for stage_name, stage in STAGES.items():
            place = tmp_path / "visits" / "P1" / name / stage_name
            place.mkdir(parents=True)
            manifest = Manifest("P1", name, stage, place)
            if stage == "segment":
                save(sphere((40, 40, 20), 9).astype(np.uint8), place / "gbca.nii.gz", affine_of())
                manifest.files["gbca"] = "gbca.nii.gz"
            if stage == "preprocess":
                against = None if name == "V1" else "V1"
                manifest.notes["identity"] = note_of(against, difference, TOLD)
                for file in ("t1", "brain", "quality"):
                    write_json([], place / f"{file}.json")
                    manifest.files[file] = f"{file}.json"
            manifest.write()
    visits = read_visits("P1", days, list(days), ["gbca"], tmp_path)
    assert visits[1].preprocessed.files == {"quality": "quality.json"}
    flow = flow_of_visits("P1", visits, ["gbca"], "gbca")
    stopped = flow[flow["outcome"] == "stopped"]
    assert stopped[["visit", "stage"]].to_numpy().tolist() == [["V2", "preprocessed"]]
    assert "shows another head than visits V1 and V3" in stopped["reason"].iloc[0]
    measured = [scans for scans in visits if scans.segmented.has("gbca")]
    assert [scans.visit for scans in measured] == ["V1", "V3"]


def test_the_reason_stands_in_the_measurements(tmp_path):
    days = {"V1": 0, "V2": 42}
    for name in days:
        for stage_name, stage in STAGES.items():
            place = tmp_path / "visits" / "P1" / name / stage_name
            place.mkdir(parents=True)
            manifest = Manifest("P1", name, stage, place)
            if stage == "preprocess":
                against, difference = (None, None) if name == "V1" else ("V1", ANOTHER)
                manifest.notes["identity"] = note_of(against, difference, TOLD)
                for file in ("t1", "brain"):
                    write_json([], place / f"{file}.json")
                    manifest.files[file] = f"{file}.json"
            manifest.write()
    visits = read_visits("P1", days, list(days), ["gbca"], tmp_path)
    rows = measure_patient("P1", visits, ["gbca"], Measurement()).measurements
    assert rows["evaluable"].tolist() == [0, 0]
    assert rows["reason"].str.contains("shows another head").all()
