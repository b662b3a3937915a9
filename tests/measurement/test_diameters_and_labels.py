"""No diameter hangs on what a segmenter calls the tissue that does not enhance."""

import numpy as np
import pandas as pd
import pytest
import strict_diameters as strict
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from measurement_shapes import affine_of, sphere, write_visit

from gadless.measurement.enclosure import enclosed_by_rims
from gadless.measurement.lesions import find_lesions
from gadless.measurement.measure import measure_patient
from gadless.measurement.series import ContrastSeries
from gadless.measurement.volumes import canonical
from gadless.trial.config import Measurement

UNIT = (1.0, 1.0, 1.0)
ALL = Measurement(smallest_lesion_cm3=0)
SHAPE, MIDDLE = (40, 40, 20), (40, 40, 20)
NON_ENHANCING = [0, 2, 3]


def ring_of(core, width_mm=4, radius_mm=16):
    """A closed shell of enhancing tumour round a core of one label."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[sphere(MIDDLE, radius_mm)] = 1
    labels[sphere(MIDDLE, radius_mm - width_mm)] = core
    return labels


def lesions_of(labels, compartment="enhancing", spacing=(2.0, 2.0, 2.0), with_settings=None):
    label_map = canonical(labels, affine_of(spacing))
    return find_lesions(label_map, compartment, with_settings or Measurement()).lesions


def products(labels, *arguments, **settings_of):
    """Diameters of every row there would be, the order of names left aside."""
    found = lesions_of(labels, *arguments, **settings_of)
    return sorted(
        (one.long_mm, one.short_mm, one.slices)
        for one in (piece.diameters for lesion in found for piece in lesion.pieces)
    )


@pytest.mark.parametrize("compartment", ["enhancing", "nonenhancing"])
@pytest.mark.parametrize("core", NON_ENHANCING)
def test_a_ring_is_measured_across_its_core_whatever_that_is_called(compartment, core):
    labels = ring_of(core)
    oedema = sphere((58, 40, 20), 8) & ~sphere(MIDDLE, 16)
    labels[oedema] = 2  # something for the non-enhancing compartment to have
    solid = np.where(sphere(MIDDLE, 16), 1, labels)
    (found,), (expected,) = (lesions_of(one, compartment) for one in (labels, solid))
    assert found.diameters == expected.diameters


def test_a_core_of_several_labels_is_one_core():
    labels = ring_of(3)
    labels[:, :20][labels[:, :20] == 3] = 2
    labels[sphere(MIDDLE, 5)] = 0
    assert products(labels) == products(ring_of(3))


@pytest.mark.parametrize("core", NON_ENHANCING)
@pytest.mark.parametrize("gap", [1, 3])
def test_a_ring_with_a_small_gap_is_measured_as_a_ring(gap, core):
    """Of 2 to 6 mm: a reader draws his line across."""
    labels = ring_of(core)
    labels[20:, 20 : 20 + gap][labels[20:, 20 : 20 + gap] == 1] = 0
    ((found,), (closed,)) = (lesions_of(one) for one in (labels, ring_of(core)))
    assert found.diameters.product_mm2 == pytest.approx(closed.diameters.product_mm2, rel=0.07)
    (strict_about_gaps,) = lesions_of(labels, with_settings=Measurement(rim_gap_mm=0))
    assert strict_about_gaps.diameters.product_mm2 < closed.diameters.product_mm2


@pytest.mark.parametrize("core", NON_ENHANCING)
def test_a_crescent_is_measured_as_a_crescent(core):
    """Nothing is enclosed by half a rim, so no diameter may run where only a core lies."""
    labels = ring_of(core)
    labels[22:][labels[22:] == 1] = 0
    half = np.where(labels == 1, 1, 0).astype(np.uint8)
    assert products(labels) == products(half)


@pytest.mark.parametrize("touched", [2, 3])
def test_a_speck_beside_a_large_core_is_measured_as_the_speck(touched):
    """A BraTS mask: 0.2 cm3 beside 23 cm3 of label 1 was measured across all of that."""
    speck = np.zeros(SHAPE, dtype=np.uint8)
    speck[sphere((40, 20, 20), 3.9)] = 1
    beside = np.where(sphere((40, 42, 20), 18) & (speck == 0), touched, speck).astype(np.uint8)
    (found,) = lesions_of(beside)
    assert found.volume_cm3 < 0.3
    assert found.diameters == lesions_of(speck)[0].diameters
    assert not found.diameters.measurable(10.0)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), spacing=st.sampled_from([UNIT, (1.0, 1.3, 2.0)]))
def test_diameters_come_from_the_enhancing_voxels_alone(data, spacing):
    """Any relabelling of the rest, enclosed or touched, leaves every row's diameters."""
    labels = data.draw(label_maps(12))
    others = data.draw(arrays(np.uint8, labels.shape, elements=st.sampled_from(NON_ENHANCING)))
    relabelled = np.where(labels == 1, 1, others)
    arguments = ("enhancing", spacing, ALL)
    assert products(relabelled, *arguments) == products(labels, *arguments)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_abnormality_is_measured_across_what_a_rim_encloses(data):
    labels = data.draw(label_maps(12))
    inside = enclosed_by_rims(labels == 1, UNIT, ALL.rim_gap_mm)
    others = data.draw(arrays(np.uint8, labels.shape, elements=st.sampled_from(NON_ENHANCING)))
    labels[-1, -1, 0] = 2  # so that one of its lesions is there before and after
    relabelled = np.where(inside & (labels != 1), others, labels)
    relabelled[-1, -1, 0] = 2
    found = [
        next(
            one.diameters
            for one in lesions_of(picture, "nonenhancing", UNIT, ALL)
            if _covers(one, (labels.shape[0] - 1, labels.shape[1] - 1, 0))
        )
        for picture in (labels, relabelled)
    ]
    assert found[0] == found[1]


def _covers(lesion, voxel):
    at = tuple(i - part.start for i, part in zip(voxel, lesion.box, strict=True))
    inside = all(0 <= i < edge for i, edge in zip(at, lesion.mask.shape, strict=True))
    return inside and lesion.mask[at]


@settings(max_examples=25, deadline=None)
@given(data=st.data(), spacing=st.sampled_from([UNIT, (1.0, 1.3, 2.0)]))
def test_diameters_are_those_of_every_chord_there_is(data, spacing):
    labels = data.draw(label_maps(6, slices=2))
    gap = data.draw(st.sampled_from([0.0, 1.0, 2.0]))
    with_settings = Measurement(smallest_lesion_cm3=0, rim_gap_mm=gap)
    found = [one[:2] for one in products(labels, "enhancing", spacing, with_settings)]
    expected = strict.enhancing_diameters(labels, spacing, gap)
    assert np.ravel(found) == pytest.approx(np.ravel(expected), abs=1e-6)


@st.composite
def label_maps(draw, most, slices=3):
    """Rims, broken or not, and noise, with any label beside and inside."""
    shape = draw(st.tuples(*[st.integers(2, most)] * 2, st.integers(1, slices)))
    labels = draw(arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 1, 2, 3])))
    if draw(st.booleans()):
        rows, columns = (draw(st.integers(0, edge - 2)) for edge in shape[:2])
        box = labels[rows:, columns:]
        box[box == 1] = draw(st.sampled_from(NON_ENHANCING))
        box[[0, -1]] = 1
        box[:, [0, -1]] = 1
        for _ in range(draw(st.integers(0, 2))):
            box[draw(st.integers(0, box.shape[0] - 1)), draw(st.integers(0, box.shape[1] - 1))] = 0
    return labels


@pytest.mark.parametrize("core", NON_ENHANCING)
def test_volumes_are_of_labels_and_know_nothing_of_rims(core):
    labels = ring_of(core)
    seen = ContrastSeries(Measurement()).measure(canonical(labels, affine_of()))
    summary = seen.summary()
    for name, label in (("enhancing", 1), ("nonenhancing", 2), ("necrosis", 3)):
        assert summary[f"{name}_cm3"] == pytest.approx(np.count_nonzero(labels == label) * 0.008)
    rows = pd.DataFrame(seen.lesion_rows())
    enhancing = rows.loc[rows["compartment"] == "enhancing", "volume_cm3"]
    assert enhancing.sum() == pytest.approx(summary["enhancing_cm3"])


def two_pieces(core):
    """Two balls of 8 and 7 mm on the sides of a larger core, far from each other."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[sphere(MIDDLE, 15)] = core
    labels[sphere((22, 40, 20), 8)] = labels[sphere((58, 40, 20), 7)] = 1
    return labels


@pytest.mark.parametrize("core", NON_ENHANCING)
def test_what_a_touched_core_holds_together_is_measured_piece_by_piece(core):
    seen = ContrastSeries(Measurement()).measure(canonical(two_pieces(core), affine_of()))
    rows = pd.DataFrame(seen.lesion_rows()).query("compartment == 'enhancing'")
    assert rows["lesion"].tolist() == (["E1", "E1"] if core == 3 else ["E1", "E2"])
    assert rows["long_mm"].tolist() == pytest.approx([16, 14], abs=2.5)
    summary = seen.summary()
    assert summary["spd_mm2"] == pytest.approx(rows["product_mm2"].sum())
    assert summary["measurable_lesions"] == 2
    assert summary["enhancing_cm3"] == pytest.approx(rows["volume_cm3"].sum())


def test_a_lesion_has_no_piece_of_another_that_lies_in_its_box():
    """An angle, and a cube between its legs."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[5:30, 5:9, 5:9] = labels[5:9, 5:30, 5:9] = 1
    labels[15:20, 15:20, 5:9] = 1
    angle, cube = lesions_of(labels)
    assert [len(one.pieces) for one in (angle, cube)] == [1, 1]
    assert [one.volume_cm3 for one in angle.pieces] == [angle.volume_cm3]


def test_specks_that_a_core_holds_together_count_in_its_volume_and_have_no_row():
    labels = two_pieces(3)
    labels[20, 25:27, 10] = 1  # 0.016 cm3 in the core, far from both
    (lesion,) = lesions_of(labels)
    assert lesion.volume_cm3 == pytest.approx(np.count_nonzero(labels == 1) * 0.008)
    assert [one.volume_cm3 for one in lesion.pieces] == pytest.approx(
        [
            0.016 + np.count_nonzero(labels[:18] == 1) * 0.008,
            np.count_nonzero(labels[22:] == 1) * 0.008,
        ]
    )


def test_enhancement_that_appears_across_a_core_is_no_new_lesion(tmp_path):
    """Growth of a tumour's rim on its far side: the core is the tumour's own."""
    first = two_pieces(3)
    first[26:][first[26:] == 1] = 0
    scans = [
        write_visit(tmp_path, name, day, {"gbca": picture})
        for name, day, picture in (("a", 0, first), ("b", 42, two_pieces(3)))
    ]
    table = measure_patient("7", scans, ["gbca"], Measurement()).measurements
    assert table["new_lesion"].tolist() == [0, 0]


@pytest.mark.parametrize("later", NON_ENHANCING)
def test_a_core_that_is_called_otherwise_at_the_next_visit_changes_no_product(tmp_path, later):
    scans = [
        write_visit(tmp_path, name, day, {"gbca": picture})
        for name, day, picture in (("a", 0, ring_of(3)), ("b", 42, ring_of(later)))
    ]
    measured = measure_patient("7", scans, ["gbca"], Measurement())
    first, second = measured.measurements["spd_mm2"]
    assert first == second > 0
    assert measured.measurements["new_lesion"].tolist() == [0, 0]
    rows = measured.lesions.query("compartment == 'enhancing'")
    assert rows["lesion"].tolist() == ["E1", "E1"]


@pytest.mark.parametrize(("least_mm", "measurable"), [(5.0, 1), (10.0, 0)])
def test_one_key_decides_what_is_measurable(least_mm, measurable):
    """A lesion of 6 mm: the sum, the count and the row all go by the configuration."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[sphere(MIDDLE, 3.9)] = 1
    with_settings = Measurement(measurable_mm=least_mm)
    seen = ContrastSeries(with_settings).measure(canonical(labels, affine_of()))
    (row,) = seen.lesion_rows()
    summary = seen.summary()
    assert (row["measurable"], summary["measurable_lesions"]) == (measurable, measurable)
    assert summary["spd_mm2"] == pytest.approx(measurable * row["product_mm2"])
