"""A reader's rejection reaches every table that the exam was in."""

import pandas as pd

from gadless.measurement.rated import with_ratings

MEASURED = pd.DataFrame(
    {
        "patient": ["P1", "P1", "P1", "P1"],
        "visit": ["V1", "V1", "V2", "V2"],
        "day": [0, 0, 40, 40],
        "contrast": ["gbca", "cgan", "gbca", "cgan"],
        "evaluable": pd.array([1, 1, 0, 1], dtype="Int64"),
        "reason": pd.array([None, None, "moved", None], dtype="string"),
        "enhancing_cm3": [1.0, 2.0, None, 4.0],
        "lesions": pd.array([1, 1, None, 2], dtype="Int64"),
        "steroid_mg": [2.0, 2.0, 4.0, 4.0],
    }
)
LESIONS = pd.DataFrame(
    {
        "patient": ["P1"] * 3,
        "visit": ["V1", "V1", "V2"],
        "contrast": ["gbca", "cgan", "cgan"],
        "lesion": ["E1"] * 3,
    }
)
METRICS = LESIONS.rename(columns={"lesion": "metric"}).assign(value=1.0)
FLOW = pd.DataFrame(
    [
        ("P1", "V1", None, "listed", "reached", None),
        ("P1", "V1", "gbca", "segmented", "reached", None),
        ("P1", "V1", "cgan", "synthesised", "reached", None),
        ("P1", "V1", "cgan", "segmented", "reached", None),
        ("P1", "V2", "gbca", "segmented", "stopped", "moved"),
    ],
    columns=["patient", "visit", "contrast", "stage", "outcome", "reason"],
)
TABLES = {"measurements": MEASURED, "lesions": LESIONS, "image_metrics": METRICS, "flow": FLOW}


def ratings(*rows):
    names = ["patient", "visit", "contrast", "rating", "comment", "reader"]
    return pd.DataFrame(rows, columns=names)


def test_without_ratings_nothing_changes():
    found = with_ratings(TABLES, None, "gbca")
    for name, table in TABLES.items():
        pd.testing.assert_frame_equal(found[name], table)
    assert found["ratings"].empty


def test_a_wrong_exam_is_not_evaluable_for_that_reason_and_no_other_changes():
    given = ratings(
        ("P1", "V1", "cgan", "wrong", "outlines a vessel", "AB"),
        ("P1", "V1", "cgan", "wrong", None, "CD"),
        ("P1", "V2", "cgan", "doubtful", "noisy", "AB"),
    )
    found = with_ratings(TABLES, given, "gbca")
    measured = found["measurements"]
    assert list(measured["evaluable"]) == [1, 0, 0, 1]
    reason = "rated wrong by AB: outlines a vessel; rated wrong by CD"
    assert measured["reason"][1] == reason
    assert pd.isna(measured["enhancing_cm3"][1])
    assert pd.isna(measured["lesions"][1])
    assert list(measured["steroid_mg"]) == [2.0, 2.0, 4.0, 4.0]
    pd.testing.assert_frame_equal(measured.drop(index=1), MEASURED.drop(index=1))
    assert list(found["lesions"]["contrast"]) == ["gbca", "cgan"]
    flow = found["flow"]
    assert list(flow["outcome"]) == ["reached"] * 3 + ["stopped"] * 2
    assert flow["reason"][3] == reason
    assert len(found["ratings"]) == 3
    assert MEASURED["evaluable"][1] == 1


def test_what_was_not_evaluable_keeps_its_own_reason():
    found = with_ratings(TABLES, ratings(("P1", "V2", "gbca", "wrong", "x", "AB")), "gbca")
    assert found["measurements"]["reason"][2] == "moved"
    assert found["flow"]["reason"][4] == "moved"


def test_a_wrong_reference_leaves_no_comparison_of_images():
    found = with_ratings(TABLES, ratings(("P1", "V1", "gbca", "wrong", None, None)), "gbca")
    assert found["measurements"]["reason"][0] == "rated wrong"
    assert list(found["image_metrics"]["visit"]) == ["V2"]
    assert list(found["lesions"]["visit"]) == ["V1", "V2"]


def test_empty_tables_keep_their_columns():
    """A trial measured elsewhere has no lesion and no image."""
    empty = {name: TABLES[name].iloc[:0] for name in ("lesions", "image_metrics")}
    given = ratings(("P1", "V1", "gbca", "wrong", None, None))
    found = with_ratings({**TABLES, **empty}, given, "gbca")
    for name, table in empty.items():
        assert list(found[name]) == list(table)
        assert found[name].empty
