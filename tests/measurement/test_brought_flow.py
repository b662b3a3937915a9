"""How far visits came of which others made the masks, and what is measured of them."""

import nibabel
import numpy as np
import pandas as pd
import pytest
from measurement_shapes import affine_of, save, sphere, write_visit

from gadless.files import write_json
from gadless.measurement.figures import figures_of_visits, grade
from gadless.measurement.flow import flow_of_visits
from gadless.measurement.measure import measure_patient
from gadless.trial.config import Measurement
from gadless.trial.config.quality import Quality

READINGS = ("gbca", "reader", "again")
NO_T1 = {"visit": "no T1 acquired"}


def picture(radius, shape=(40, 40, 20), at=(30, 30, 20)):
    return sphere(at, radius, shape).astype(np.uint8)


def masks_alone(folder, visit, day, pictures, faults=()):
    """A visit of masks without any scan, as the image stages leave it."""
    scans = write_visit(folder, visit, day, pictures)
    scans.preprocessed.faults |= NO_T1
    scans.segmented.notes["brought"] = {name: f"{name}.nii.gz" for name in pictures}
    scans.segmented.faults |= dict(faults)
    return scans


def stages(flow, contrast=None):
    part = flow[flow["contrast"] == contrast] if contrast else flow[flow["contrast"].isna()]
    return list(part[["visit", "stage", "outcome", "reason"]].itertuples(index=False, name=None))


def test_masks_alone_are_listed_and_segmented(tmp_path):
    one, two = picture(10), picture(11)
    first = masks_alone(tmp_path, "V1", 0, {"gbca": one, "reader": two, "again": one})
    missing = {"again": "no mask_again given"}
    second = masks_alone(tmp_path, "V2", 42, {"gbca": two, "reader": two}, missing)
    flow = flow_of_visits("7", [first, second], READINGS, "gbca")
    assert stages(flow) == [("V1", "listed", "reached", None), ("V2", "listed", "reached", None)]
    assert stages(flow, "reader") == [
        ("V1", "segmented", "reached", None),
        ("V2", "segmented", "reached", None),
    ]
    assert stages(flow, "again")[1] == ("V2", "segmented", "stopped", "no mask_again given")
    measured = measure_patient("7", [first, second], READINGS, Measurement())
    table = measured.measurements.set_index(["visit", "contrast"])
    assert table.loc[("V2", "again"), "reason"] == "no mask_again given"
    assert table.loc[("V1", "gbca"), "enhancing_cm3"] == pytest.approx(one.sum() * 0.008)
    assert (table["new_lesion"].dropna() == 0).all()
    dice = measured.image_metrics.query("metric == 'dice' and region == 'enhancing'")
    assert set(dice["contrast"]) == {"reader", "again"}
    assert dice.query("contrast == 'again'")["value"].tolist() == [1.0]
    assert "zero" not in set(measured.image_metrics["contrast"])


def test_a_lesion_that_appears_is_new_where_masks_share_a_grid(tmp_path):
    one = picture(10)
    both = np.maximum(one, picture(6, at=(64, 64, 20)))
    visits = [
        masks_alone(tmp_path, "V1", 0, {"gbca": one}),
        masks_alone(tmp_path, "V2", 42, {"gbca": both}),
    ]
    table = measure_patient("7", visits, ["gbca"], Measurement()).measurements
    assert table["new_lesion"].tolist() == [0, 1]


def test_masks_on_different_grids_cannot_be_followed_and_say_so(tmp_path):
    first = masks_alone(tmp_path, "V1", 0, {"gbca": picture(10)})
    second = masks_alone(tmp_path, "V2", 42, {"gbca": picture(10, (40, 40, 22))})
    table = measure_patient("7", [first, second], ["gbca"], Measurement()).measurements
    assert table["evaluable"].tolist() == [1, 0]
    assert "give the visits' T1, or masks on one grid" in table["reason"].iloc[1]


def test_masks_of_one_visit_on_different_grids_are_not_compared(tmp_path):
    scans = masks_alone(tmp_path, "V1", 0, {"gbca": picture(10), "reader": picture(10)})
    save(picture(10, (40, 40, 22)), scans.segmented.path("reader"), affine_of())
    measured = measure_patient("7", [scans], ["gbca", "reader"], Measurement())
    assert (measured.measurements["evaluable"] == 1).all()
    assert "dice" not in set(measured.image_metrics["metric"])


def test_a_visit_without_any_mask_stops_where_it_did(tmp_path):
    scans = write_visit(tmp_path, "V1", 0, {})
    scans.preprocessed.faults |= NO_T1
    flow = flow_of_visits("7", [scans], READINGS, "gbca")
    assert stages(flow)[-1] == ("V1", "preprocessed", "stopped", "no T1 acquired")
    assert flow["contrast"].isna().all()


def test_an_image_that_failed_stops_a_contrast_unless_its_mask_came(tmp_path):
    one = picture(10)
    scans = write_visit(tmp_path, "V1", 0, {"gbca": one, "masked": one}, one * 1.0)
    scans.synthetic.faults |= {"masked": "no FLAIR acquired", "cgan": "no FLAIR acquired"}
    scans.segmented.faults |= {"cgan": "no FLAIR acquired", "lost": "no mask_lost given"}
    scans.segmented.notes["brought"] = {"masked": "a.nii.gz"}
    flow = flow_of_visits("7", [scans], ["gbca", "masked", "cgan", "lost"], "gbca")
    assert stages(flow, "masked") == [("V1", "segmented", "reached", None)]
    assert stages(flow, "cgan") == [("V1", "synthesised", "stopped", "no FLAIR acquired")]
    assert stages(flow, "lost") == [("V1", "segmented", "stopped", "no mask_lost given")]


def test_what_the_checks_found_is_in_the_table_of_quality(tmp_path):
    scans = masks_alone(tmp_path, "V1", 0, {"gbca": picture(10)})
    row = {"sequence": "mask_gbca", "step": "brought", "figure": "share", "value": 0.4}
    row |= {"limit": None, "flagged": True}
    write_json([row], scans.segmented.folder / "quality.json")
    scans.segmented.files["quality"] = "quality.json"
    listed = pd.DataFrame([("7", "V1")], columns=["patient", "visit"])
    table = grade(figures_of_visits("7", [scans], ["gbca"]), listed, Quality())
    assert grade(figures_of_visits("7", [scans], ["gbca"]), listed[:0], Quality()).empty
    assert table[["patient", "visit", "sequence", "outcome"]].to_numpy().tolist() == [
        ["7", "V1", "mask_gbca", "warn"]
    ]


def test_a_mask_on_its_own_grid_is_read_in_any_order_of_axes(tmp_path):
    one = picture(10)
    scans = masks_alone(tmp_path, "V1", 0, {"gbca": one, "reader": one})
    image = nibabel.load(scans.segmented.path("gbca"))
    wanted = nibabel.orientations.axcodes2ornt("PSL")
    turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(image.affine), wanted)
    turned = nibabel.Nifti1Image(np.asarray(image.dataobj), image.affine).as_reoriented(turn)
    nibabel.save(turned, scans.segmented.path("reader"))
    table = measure_patient("7", [scans], ["gbca", "reader"], Measurement()).measurements
    for name in ("enhancing_cm3", "spd_mm2"):
        assert len(set(table[name])) == 1
