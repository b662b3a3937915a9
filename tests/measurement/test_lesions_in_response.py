"""Lesions from masks to response: what splits or merges is still what it was."""

import numpy as np
import pandas as pd
import pytest
from measurement_shapes import sphere, write_visit

from gadless.measurement.measure import measure_patient
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.tables import read_table, write_table
from gadless.trial.config import Measurement, Response

A, B, C = (22, 22, 20), (60, 22, 20), (60, 58, 20)


def judged(folder, criteria, *visits):
    """Common rows of the response to visits given as lists of (centre, radius)."""
    scans = []
    for number, spheres in enumerate(visits):
        labels = np.zeros((44, 44, 20), dtype=np.uint8)
        for centre, radius in spheres:
            labels[sphere(centre, radius, labels.shape)] = 1
        scans.append(write_visit(folder, f"V{number}", 42 * number, {"gbca": labels}))
    measured = measure_patient("7", scans, ["gbca"], Measurement())
    tables = {}
    for name in ("measurements", "lesions"):
        write_table(getattr(measured, name), folder / f"{name}.tsv")
        tables[name] = read_table(folder / f"{name}.tsv")
    response = classify(
        visits=tables["measurements"][["patient", "visit", "day"]],
        patients=pd.DataFrame({"patient": ["7"], "radiotherapy_end_day": [-400]}),
        criteria=load_criteria([criteria]),
        settings=Response(),
        contrasts=["gbca"],
        **tables,
    )
    return response[response["analysis_set"] == "all"].set_index("visit"), tables["lesions"]


def test_the_pieces_of_a_new_lesion_are_one_new_lesion(tmp_path):
    """A fragment that got a name of its own would be a further new lesion, or lost to the sum."""
    left, right = (54, 22, 20), (68, 22, 20)
    first, second = [(A, 12)], [(A, 12), (B, 14)]
    split = [(A, 12), (left, 6), (right, 5.5)]
    response, lesions = judged(tmp_path, "mrano2017-2d", first, second, split)
    pieces = lesions[(lesions["visit"] == "V2") & (lesions["lesion"] == "E2")]
    assert len(pieces) == 2
    assert set(pieces["new"]) == {1}
    whole = lesions.loc[lesions["visit"] == "V2", "product_mm2"].sum()
    assert response.loc["V2", "value"] == pytest.approx(whole)


def test_a_target_that_merges_with_a_larger_lesion_makes_no_response(tmp_path):
    """RANO 2.0 follows two: the third outgrows the second and takes it in."""
    apart = [(A, 16), (B, 10), (C, 9)]
    merged = [(A, 16), (B, 10), (C, 16), ((60, 40, 20), 10)]
    response, lesions = judged(
        tmp_path, "rano2-2023-2d", apart, [(A, 16), (B, 10), (C, 14)], merged
    )
    taken = lesions[(lesions["visit"] == "V2") & lesions["merged"].notna()]
    assert taken[["lesion", "merged"]].to_numpy().tolist() == [["E3", "E2"]]
    assert response.loc["V1", "response"] == "SD"
    assert response.loc["V2", ["response", "rule"]].tolist() == ["PD", "enhancing growth"]
