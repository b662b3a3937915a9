"""What measurement reads of a visit: what the sheet names and the configuration asks for."""

import numpy as np
import pandas as pd
import pytest
from measurement_shapes import affine_of, save, sphere

from gadless.errors import GadlessError
from gadless.files import write_json
from gadless.images.quality import Findings, Limit
from gadless.manifest import Manifest
from gadless.measurement.figures import figures_of, figures_of_visits, grade
from gadless.measurement.flow import flow_of_visits
from gadless.measurement.measure import measure_patient
from gadless.measurement.visit import NO_IMAGES, STAGES, read_visits
from gadless.tables import write_table
from gadless.trial.config import Config, Measurement
from gadless.trial.config.quality import Quality

DAYS = {"V1": 0, "V2": 42}
RADII = {"gbca": 10, "alpha": 9, "beta": 12}


def write_stages(folder, contrasts=tuple(RADII), drawn=None):
    """Two visits on disk, as the image stages leave them; brought candidates have a figure each."""
    for visit in DAYS:
        for name, stage in STAGES.items():
            place = folder / "visits" / "P1" / visit / name
            place.mkdir(parents=True, exist_ok=True)
            manifest, findings = Manifest("P1", visit, stage, place), Findings()
            if name == "segmented":
                for contrast in contrasts:
                    labels = sphere((40, 40, 20), RADII[contrast]).astype(np.uint8)
                    save(labels, place / f"{contrast}.nii.gz", affine_of())
                    manifest.files[contrast] = f"{contrast}.nii.gz"
                    limit = Limit("at_least", 0.9, 0.5)
                    findings.hold(f"mask_{contrast}", "brought", "share", 0.8, limit)
                manifest.notes["drawn"] = {
                    one: what for one, what in (drawn or {}).items() if one in contrasts
                }
                write_json(findings.as_records(), place / "quality.json")
                manifest.files["quality"] = "quality.json"
            manifest.write()


def tables(folder, contrasts, imaged=tuple(DAYS)):
    visits = read_visits("P1", DAYS, imaged, contrasts, folder)
    measured = measure_patient("P1", visits, contrasts, Measurement())
    made = {
        "measurements": measured.measurements,
        "lesions": measured.lesions,
        "image_metrics": measured.image_metrics,
        "quality": figures_of_visits("P1", visits, contrasts),
        "flow": flow_of_visits("P1", visits, contrasts, contrasts[0]),
    }
    return {name: table.to_csv(sep="\t") for name, table in made.items()}


def config(*candidates):
    return Config(patients="p.tsv", visits="v.tsv", candidates=list(candidates))


def test_a_visit_whose_scans_were_withdrawn_has_none_whatever_lies_on_disk(tmp_path):
    write_stages(tmp_path)
    visits = read_visits("P1", DAYS, ["V1"], list(RADII), tmp_path)
    table = measure_patient("P1", visits, list(RADII), Measurement()).measurements
    gone = table[table["visit"] == "V2"]
    assert gone["evaluable"].tolist() == [0, 0, 0]
    assert set(gone["reason"]) == {NO_IMAGES}
    assert (table.loc[table["visit"] == "V1", "evaluable"] == 1).all()


def test_a_visit_with_images_whose_stages_have_not_run_is_no_contact(tmp_path):
    write_stages(tmp_path)
    place = tmp_path / "visits" / "P1" / "V2" / "segmented" / "status.json"
    place.unlink()
    with pytest.raises(GadlessError, match=r"patient P1, visit V2: .*segment has not run"):
        read_visits("P1", DAYS, list(DAYS), list(RADII), tmp_path)


def test_a_mask_that_was_overwritten_is_an_error_and_never_no_tumour(tmp_path):
    write_stages(tmp_path)
    mask = tmp_path / "visits" / "P1" / "V1" / "segmented" / "gbca.nii.gz"
    save(np.zeros((40, 40, 20), np.uint8), mask, affine_of())
    with pytest.raises(GadlessError, match=r"patient P1, visit V1: .*gbca.* is not the file"):
        tables(tmp_path, list(RADII))


def test_a_shorter_list_of_candidates_measures_as_if_the_others_had_never_been_made(tmp_path):
    write_stages(tmp_path / "all")
    write_stages(tmp_path / "few", ("gbca", "beta"))
    asked = config("beta").readings
    assert tables(tmp_path / "all", asked) == tables(tmp_path / "few", asked)


def test_the_order_of_candidates_changes_no_byte(tmp_path):
    write_stages(tmp_path)
    one, other = config("alpha", "beta"), config("beta", "alpha")
    assert tables(tmp_path, one.readings) == tables(tmp_path, other.readings)
    assert one.shown != other.shown


def test_a_mask_under_two_names_is_one_among_the_contrasts_that_are_asked_for(tmp_path):
    write_stages(tmp_path, drawn={"gbca": "a", "alpha": "b", "beta": "b"})
    first = read_visits("P1", DAYS, list(DAYS), ["gbca", "alpha", "beta"], tmp_path)[0]
    assert "voxel for voxel the mask of mask_alpha" in first.segmented.faults["beta"]
    assert not first.segmented.has("beta")
    alone = read_visits("P1", DAYS, list(DAYS), ["gbca", "beta"], tmp_path)[0]
    assert alone.segmented.has("gbca", "beta")
    assert not alone.segmented.faults


def test_another_limit_of_a_warning_changes_the_quality_table_alone(tmp_path):
    write_stages(tmp_path)
    visits = read_visits("P1", DAYS, list(DAYS), list(RADII), tmp_path)
    write_table(figures_of_visits("P1", visits, list(RADII)), tmp_path / "quality.tsv")
    figures = figures_of([tmp_path / "quality.tsv"])
    listed = pd.DataFrame([("P1", visit) for visit in DAYS], columns=["patient", "visit"])
    table = grade(figures, listed, Quality())
    table = table[table["step"] == "brought"]
    assert table["outcome"].tolist() == ["warn"] * 6
    assert set(table["limit"]) == {"at least 0.9; fails below 0.5"}
