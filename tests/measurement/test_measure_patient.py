"""The tables of one patient: every visit is stated, in order of days, on its own contrast."""

import dataclasses
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measurement_shapes import SPACING, sphere, write_visit

from gadless.errors import GadlessError
from gadless.measurement.measure import measure_patient
from gadless.response.exact import has_grown, has_shrunk
from gadless.tables import read_table, write_table
from gadless.trial.columns import LESIONS, MEASUREMENTS
from gadless.trial.config import Measurement
from gadless.vocabulary.volumes import IMAGE

SHAPE = (40, 40, 20)
LEFT, RIGHT = (20, 20, 20), (58, 58, 20)
CONTRASTS = ("gbca", "cgan")


def segmentation(*spheres, oedema=()):
    picture = np.zeros(SHAPE, dtype=np.uint8)
    for centre, radius in oedema:
        picture[sphere(centre, radius)] = 2
    for centre, radius in spheres:
        picture[sphere(centre, radius)] = 1
    return picture


def maps(picture, gain=1.0):
    return (picture == 1) * gain + 0.01


@pytest.fixture
def visits(tmp_path):
    """Three visits: one lesion; two lesions, no T1c; two lesions."""
    one = segmentation((LEFT, 12), oedema=[(LEFT, 18)])
    two = segmentation((LEFT, 12), (RIGHT, 6), oedema=[(LEFT, 18)])
    three = segmentation((LEFT, 8), (RIGHT, 8), oedema=[(LEFT, 18)])
    first = write_visit(
        tmp_path, "9", 0, {"gbca": one, "cgan": one}, maps(one), {"cgan": maps(one, 0.5)}
    )
    second = write_visit(tmp_path, "10", 42, {"cgan": two}, None, {"cgan": maps(two)})
    for manifest in (second.preprocessed, second.segmented):
        manifest.faults |= {"t1c": "no T1c acquired", "gbca": "no T1c acquired"}
    third = write_visit(
        tmp_path, "11", 80, {"gbca": three, "cgan": three}, maps(three), {"cgan": maps(three)}
    )
    return [third, first, second]


@pytest.fixture
def measured(visits):
    return measure_patient("7", visits, CONTRASTS, Measurement())


def rows(frame, **where):
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame


def test_every_visit_and_contrast_has_one_row_in_order_of_days(measured):
    table = measured.measurements
    assert list(table.columns) == [column.name for column in MEASUREMENTS[: len(table.columns)]]
    assert table[["visit", "contrast"]].to_numpy().tolist() == [
        [visit, contrast] for visit in ("9", "10", "11") for contrast in CONTRASTS
    ]
    assert set(table["patient"]) == {"7"}


def test_the_interval_that_a_network_states_stands_beside_its_volume(visits):
    third, first, second = visits
    third.segmented.notes["spread"] = {"cgan": {"low_cm3": 0.5, "high_cm3": 9.25}}
    # What is measured leaves out the smallest components: the interval holds it all the same.
    first.segmented.notes["spread"] = {"cgan": {"low_cm3": 900.0, "high_cm3": 901.0}}
    table = measure_patient("7", [third, first, second], CONTRASTS, Measurement()).measurements
    ends = ["enhancing_low_cm3", "enhancing_high_cm3"]
    assert rows(table, visit="11", contrast="cgan")[ends].to_numpy().tolist() == [[0.5, 9.25]]
    (row,) = rows(table, visit="9", contrast="cgan").itertuples()
    assert (row.enhancing_low_cm3, row.enhancing_high_cm3) == (row.enhancing_cm3, 901.0)
    assert table[table["contrast"] == "gbca"][ends].isna().all(axis=None)
    assert rows(table, visit="10", contrast="cgan")[ends].isna().all(axis=None)


def test_an_interval_that_cannot_be_names_the_visit(visits):
    visits[0].segmented.notes["spread"] = {"cgan": {"low_cm3": 3.0, "high_cm3": 2.0}}
    with pytest.raises(GadlessError, match="patient 7, visit 11, cgan: the segmentation states"):
        measure_patient("7", visits, CONTRASTS, Measurement())


def test_what_is_not_evaluable_says_why_and_has_no_figures(measured):
    row = rows(measured.measurements, visit="10", contrast="gbca").iloc[0]
    assert row["evaluable"] == 0
    assert row["reason"] == "no T1c acquired"
    assert row[list(measured.measurements.columns[6:])].isna().all()
    others = measured.measurements.drop(index=row.name)
    assert (others["evaluable"] == 1).all()
    assert others["reason"].isna().all()
    unstated = ["reason", "enhancing_low_cm3", "enhancing_high_cm3"]
    assert others.drop(columns=unstated).notna().all(axis=None)


def test_figures_are_those_of_the_shapes(measured):
    row = rows(measured.measurements, visit="9", contrast="gbca").iloc[0]
    enhancing = sphere(LEFT, 12).sum() * 0.008
    abnormality = sphere(LEFT, 18).sum() * 0.008
    assert row["enhancing_cm3"] == pytest.approx(enhancing)
    assert row["abnormality_cm3"] == pytest.approx(abnormality)
    assert row["nonenhancing_cm3"] == pytest.approx(abnormality - enhancing)
    assert row["necrosis_cm3"] == 0
    # Voxels whose centre is exactly on the sphere are in it, and reach half a voxel beyond.
    assert 24**2 <= row["spd_mm2"] <= 26**2 + 1e-6
    assert 36**2 <= row["nonenhancing_spd_mm2"] <= 38**2 + 1e-6
    assert (row["lesions"], row["measurable_lesions"], row["new_lesion"]) == (1, 1, 0)


def test_the_table_of_lesions_adds_up_to_the_measurements(measured):
    assert tuple(measured.lesions.columns) == LESIONS
    for _, row in measured.measurements[measured.measurements["evaluable"] == 1].iterrows():
        seen = rows(measured.lesions, visit=row["visit"], contrast=row["contrast"])
        enhancing = rows(seen, compartment="enhancing")
        assert enhancing["volume_cm3"].sum() == pytest.approx(row["enhancing_cm3"])
        products = enhancing.loc[enhancing["measurable"] == 1, "product_mm2"]
        assert products.sum() == pytest.approx(row["spd_mm2"])
        longest = enhancing.loc[enhancing["measurable"] == 1, "long_mm"]
        assert longest.sum() == pytest.approx(row["sld_mm"])
        assert len(enhancing) == row["lesions"]
        assert enhancing["new"].max() == row["new_lesion"]
        nonenhancing = rows(seen, compartment="nonenhancing")
        assert nonenhancing["volume_cm3"].sum() == pytest.approx(row["nonenhancing_cm3"])


def test_the_sum_takes_the_five_largest_measurable_lesions(tmp_path):
    centres = [(12, 12, 20), (12, 38, 20), (12, 64, 20), (38, 12, 20), (38, 38, 20), (38, 64, 20)]
    picture = segmentation(*zip(centres, (6, 7, 8, 9, 10, 11), strict=True), ((64, 38, 20), 3))
    scans = write_visit(tmp_path, "a", 0, {"gbca": picture})
    found = measure_patient("7", [scans], ["gbca"], Measurement())
    row = found.measurements.iloc[0]
    assert (row["lesions"], row["measurable_lesions"]) == (7, 6)
    products = sorted(found.lesions["product_mm2"])
    assert row["spd_mm2"] == pytest.approx(sum(products[2:]))


def test_a_new_lesion_is_dated_on_each_contrast_by_its_own_visits(measured):
    new = measured.measurements[measured.measurements["new_lesion"] == 1]
    assert new[["visit", "contrast"]].to_numpy().tolist() == [
        ["10", "cgan"],
        ["11", "gbca"],
        ["11", "cgan"],
    ]
    assert set(rows(measured.lesions, new=1)["lesion"]) == {"E2"}


def test_visits_may_be_given_in_any_order(visits, measured):
    again = measure_patient(
        "7", sorted(visits, key=lambda one: one.visit), CONTRASTS, Measurement()
    )
    for field in dataclasses.fields(again):
        pd.testing.assert_frame_equal(getattr(again, field.name), getattr(measured, field.name))


def test_candidates_do_not_depend_on_the_reference(visits, measured):
    """No gadolinium leaks: without any T1c the candidate's rows are the same."""
    for scans in visits:
        scans.segmented.files.pop("gbca", None)
        scans.preprocessed.files.pop("subtraction", None)
    alone = measure_patient("7", visits, CONTRASTS, Measurement())
    for name in ("measurements", "lesions"):
        pd.testing.assert_frame_equal(
            rows(getattr(alone, name), contrast="cgan"),
            rows(getattr(measured, name), contrast="cgan").set_axis(
                rows(getattr(alone, name), contrast="cgan").index
            ),
        )
    assert (rows(alone.measurements, contrast="gbca")["evaluable"] == 0).all()
    assert set(alone.image_metrics["metric"]) == {"left_out_components", "left_out_cm3"}


@pytest.mark.parametrize("kept", [1, 2])
def test_a_later_visit_changes_no_earlier_row(visits, measured, kept):
    earlier = sorted(visits, key=lambda one: one.day)[:kept]
    part = measure_patient("7", earlier, CONTRASTS, Measurement())
    for field in dataclasses.fields(part):
        table = getattr(part, field.name)
        pd.testing.assert_frame_equal(table, getattr(measured, field.name).iloc[: len(table)])


def test_contrasts_share_the_abnormality_and_a_brought_mask_keeps_its_own(tmp_path):
    common = segmentation(oedema=[(LEFT, 18)])
    masks = {
        "gbca": segmentation((LEFT, 12), oedema=[(LEFT, 18)]),
        "cgan": segmentation((LEFT, 6), (RIGHT, 6), oedema=[(LEFT, 18)]),  # one lies beside it
        "reader": segmentation((LEFT, 12), oedema=[(LEFT, 14)]),
        "abnormality": (common > 0).astype(np.uint8),
    }
    visit = write_visit(tmp_path, "9", 0, masks, maps(masks["gbca"]), {})
    visit.segmented.notes["brought"] = {"reader": "hd-glio"}
    table = measure_patient("7", [visit], ("gbca", "cgan", "reader"), Measurement()).measurements
    found = table.set_index("contrast")["abnormality_cm3"]
    shared = (common > 0).sum() * np.prod(SPACING) / 1000
    assert found["gbca"] == found["cgan"] == pytest.approx(shared)
    assert found["reader"] < shared


def test_a_lesion_without_oedema_is_no_more_than_the_abnormality(tmp_path):
    """A table of ours is read back as `measurements`, where a part cannot exceed the whole."""
    lesion = segmentation((LEFT, 12))
    masks = {"gbca": lesion, "abnormality": np.zeros_like(lesion)}
    visit = write_visit(tmp_path, "9", 0, masks, maps(lesion), {})
    table = measure_patient("7", [visit], ("gbca",), Measurement()).measurements
    assert table["abnormality_cm3"].iloc[0] == table["enhancing_cm3"].iloc[0] > 0


def test_image_metrics_come_beside_the_zero_map(measured):
    table = measured.image_metrics
    # Statistics refuse a metric that nobody could read.
    assert set(table["metric"]) == {term.name for term in IMAGE.terms}
    assert set(table["contrast"]) == {"gbca", "cgan", "zero_map", "mean_map"}
    first = rows(table, visit="9", region="enhancing", metric="contrast_recovery")
    values = dict(zip(first["contrast"], first["value"], strict=True))
    assert 0 < values.pop("mean_map") < values["cgan"]  # a little everywhere
    assert values == pytest.approx({"cgan": 0.51 / 1.01, "zero_map": 0.0}, rel=1e-5)
    dice = rows(table, visit="9", contrast="cgan", metric="dice").set_index("region")["value"]
    assert dice["enhancing"] == 1
    assert np.isnan(dice["necrosis"])
    # Without the acquired image there is nothing to compare with.
    assert set(rows(table, visit="10")["metric"]) == {"left_out_components", "left_out_cm3"}


def test_specks_are_counted_in_the_table(tmp_path):
    picture = segmentation((LEFT, 8))
    picture[35, 35, 5] = 1
    scans = write_visit(tmp_path, "a", 0, {"gbca": picture})
    table = measure_patient("7", [scans], ["gbca"], Measurement()).image_metrics
    found = table.set_index(["region", "metric"])["value"]
    assert found["enhancing", "left_out_components"] == 1
    assert found["enhancing", "left_out_cm3"] == pytest.approx(0.008)


def test_a_contact_without_scans_is_a_row_with_its_reason(tmp_path):
    scans = write_visit(tmp_path, "phone", 30, {}, faults={"visit": "no images acquired"})
    table = measure_patient("7", [scans], CONTRASTS, Measurement()).measurements
    assert table["reason"].tolist() == ["no images acquired"] * 2
    assert table["evaluable"].tolist() == [0, 0]


def test_a_segmentation_on_another_grid_is_stated(tmp_path):
    one = write_visit(tmp_path, "a", 0, {"gbca": segmentation((LEFT, 8))})
    other = write_visit(
        tmp_path, "b", 9, {"gbca": segmentation((LEFT, 8))}, spacing_mm=(2.0, 2.0, 2.5)
    )
    table = measure_patient("7", [one, other], ["gbca"], Measurement()).measurements
    assert table["evaluable"].tolist() == [1, 0]
    assert "another grid" in table["reason"][1]


def test_a_damaged_segmentation_is_stated_and_the_next_visit_measured(tmp_path):
    damaged = write_visit(tmp_path, "a", 0, {"gbca": segmentation((LEFT, 8))})
    damaged.segmented.path("gbca").write_bytes(b"not an image")
    sound = write_visit(tmp_path, "b", 9, {"gbca": segmentation((LEFT, 8))})
    table = measure_patient("7", [damaged, sound], ["gbca"], Measurement()).measurements
    assert table["evaluable"].tolist() == [0, 1]
    assert "gbca.nii.gz cannot be read" in table["reason"][0]
    # The first evaluable visit is the one that nothing on it is new.
    assert table["new_lesion"].tolist()[1] == 0


def test_a_deleted_file_is_an_error_that_says_what_to_do(visits):
    visits[0].segmented.path("gbca").unlink()
    with pytest.raises(GadlessError, match=r"patient 7, visit 11.*gbca.* is gone; run again"):
        measure_patient("7", visits, CONTRASTS, Measurement())


def test_tables_survive_writing_and_reading(measured, tmp_path):
    for name in ("measurements", "lesions", "image_metrics"):
        write_table(getattr(measured, name), tmp_path / f"{name}.tsv")
        again = read_table(tmp_path / f"{name}.tsv")
        assert len(again) == len(getattr(measured, name))
        assert list(again.columns) == list(getattr(measured, name).columns)
    again = read_table(tmp_path / "measurements.tsv")
    assert again["visit"].tolist()[0] == "9"
    assert again["day"].dtype.kind == "i"


def test_a_patient_without_visits_has_empty_tables():
    empty = measure_patient("7", [], CONTRASTS, Measurement())
    assert len(empty.measurements) == len(empty.lesions) == len(empty.image_metrics) == 0
    assert tuple(empty.lesions.columns) == LESIONS


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(radii=st.lists(st.floats(5.0, 14.0), min_size=1, max_size=3))
def test_volume_is_monotone_in_the_size_of_the_lesion(radii, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sizes")
    scans = [
        write_visit(folder, str(index), index, {"gbca": segmentation((LEFT, radius))})
        for index, radius in enumerate(sorted(radii))
    ]
    table = measure_patient("7", scans, ["gbca"], Measurement()).measurements
    assert table["enhancing_cm3"].is_monotonic_increasing
    assert (table["lesions"] == 1).all()
    assert SPACING == (2.0, 2.0, 2.0)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.9, 0.9, 0.9), (0.9375, 0.9375, 1.2)])
def test_a_volume_exactly_at_a_threshold_reaches_it(tmp_path, spacing):
    """Two lesions, 40% more voxels, then 65% fewer and again 40% more; in single precision."""
    counts = {"a": (700, 300), "b": (900, 500), "c": (345, 145), "d": (400, 286), "e": (400, 165)}
    counts["f"] = (500, 291)
    scans = []
    for day, (name, (first, second)) in enumerate(counts.items()):
        labels = np.zeros((12, 12, 24), dtype=np.uint8)
        low, high = np.zeros(12 * 12 * 11, np.uint8), np.zeros(12 * 12 * 11, np.uint8)
        low[:first], high[:second] = 1, 1
        labels[..., :11] = low.reshape(12, 12, 11)
        labels[..., 13:] = high.reshape(12, 12, 11)
        scans.append(write_visit(tmp_path, name, day, {"gbca": labels}, spacing_mm=spacing))
    settings = Measurement(smallest_lesion_cm3=0.0)
    table = measure_patient("7", scans, ["gbca"], settings).measurements.set_index("visit")
    a, b, c, d, e, f = (float(table.loc[name, "enhancing_cm3"]) for name in counts)
    assert has_shrunk(c, b, Decimal("0.65"))
    for smaller, larger in ((a, b), (c, d), (e, f)):
        assert has_grown(larger, smaller, Decimal("0.4"))
