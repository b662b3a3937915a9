"""What changes in a head from one visit to the next, and is flagged for a look."""

import numpy as np
import pandas as pd
import pytest
from measurement_shapes import affine_of, save, sphere

from gadless.files import write_json
from gadless.manifest import Manifest
from gadless.measurement.figures import figures_of_visits, grade
from gadless.measurement.visit import VisitScans
from gadless.trial.config.quality import Quality


@pytest.fixture
def scanned_visit(tmp_path):
    """A visit with a brain of some cm3 and a ball of non-enhancing tissue."""

    def make(name, day, brain=1400.0, radius=9, centre=(40, 40, 20), fault=None):
        stages = []
        for stage in ("preprocess", "synthesise", "segment"):
            place = tmp_path / name / stage
            place.mkdir(parents=True)
            stages.append(Manifest("P1", name, stage, place))
        exam, _, segmented = stages
        row = {"sequence": "t1", "step": "brain", "figure": "volume, cm3", "value": brain}
        write_json([row | {"limit": None, "flagged": False}], exam.folder / "quality.json")
        exam.files["quality"] = "quality.json"
        if fault:
            exam.faults["visit"] = fault
        else:
            labels = 2 * sphere(centre, radius).astype(np.uint8)
            save(labels, segmented.folder / "gbca.nii.gz", affine_of())
            segmented.files["gbca"] = "gbca.nii.gz"
        return VisitScans(name, day, *stages)

    return make


def graded(*visits):
    listed = pd.DataFrame([("P1", one.visit) for one in visits], columns=["patient", "visit"])
    table = grade(figures_of_visits("P1", visits, ["gbca"]), listed, Quality())
    table = table[table["step"] == "course"]
    rows = table.to_dict("records")
    return {(row["visit"], row["figure"].split()[2:4][-1]): row["outcome"] for row in rows}


def test_a_quiet_course_passes(scanned_visit):
    found = graded(scanned_visit("V1", 0), scanned_visit("V2", 42, brain=1390.0))
    assert found
    assert set(found.values()) == {"pass"}


def test_a_jump_is_flagged_and_stops_nothing(scanned_visit):
    found = graded(
        scanned_visit("V1", 0),
        scanned_visit("V2", 42, brain=1100.0),
        scanned_visit("V3", 84, brain=1100.0, centre=(15, 40, 20)),
        scanned_visit("V4", 126, brain=1100.0, centre=(25, 40, 20), radius=18),
    )
    flagged = {key for key, outcome in found.items() if outcome == "warn"}
    assert set(found.values()) == {"pass", "warn"}
    assert flagged == {("V2", "brain's"), ("V3", "abnormality's"), ("V4", "tissue")}


def test_an_unusable_visit_is_passed_over(scanned_visit):
    visits = [scanned_visit("V1", 0), scanned_visit("V2", 42, brain=700.0, fault="no T1 acquired")]
    assert graded(*visits) == {}
    assert {key[0] for key in graded(*visits, scanned_visit("V3", 84))} == {"V3"}
