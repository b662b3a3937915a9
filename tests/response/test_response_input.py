"""Tables that contradict each other are refused with the row; what is missing is stated."""

import numpy as np
import pandas as pd
import pytest
from response_cases import endpoint_of, measured_criteria, settings_of, tables

from gadless.errors import InputError
from gadless.response.best_response import best_response
from gadless.response.classify import COLUMNS, classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.tables import read_table, write_table

COURSE = [{"day": 0, "value": 10, "abnormality": 50}, {"day": 42, "value": 12, "abnormality": 50}]


def _classify(made, criteria=("rano2-2023-volume",), contrasts=("gbca",), **settings):
    return classify(
        **made,
        criteria=load_criteria(list(criteria)),
        settings=settings_of(**settings),
        contrasts=contrasts,
    )


def _changed(table, column, value):
    made = tables(COURSE)
    cells = made[table][column].astype(object)
    cells.iloc[-1] = value
    made[table][column] = cells
    return made


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            _changed("measurements", "enhancing_cm3", -1.0),
            "patient P1, visit V2.*enhancing_cm3 is -1",
        ),
        (_changed("measurements", "enhancing_cm3", np.inf), "patient P1, visit V2.*is inf"),
        (_changed("measurements", "contrast", "cgn"), "visit V2, contrast cgn: unknown contrast"),
        (_changed("measurements", "visit", "V9"), "visit V9.*no such visit"),
        (_changed("measurements", "visit", "V1"), "visit V1.*measured twice"),
        (_changed("measurements", "day", 43), "visit V2.*day 43.*on day 42"),
        (_changed("visits", "visit", "V1"), "patient P1, visit V1: the visit stands twice"),
        (_changed("visits", "patient", "P9"), "patient P9.*not in the patients sheet"),
        (_changed("visits", "day", None), "visit V2: no day"),
    ],
)
def test_a_wrong_row_is_named(made, message):
    with pytest.raises(InputError, match=message):
        _classify(made)


def test_a_patient_listed_twice_is_named():
    made = tables(COURSE)
    made["patients"] = pd.concat([made["patients"]] * 2)
    with pytest.raises(InputError, match="patient P1 stands twice"):
        _classify(made)


def test_a_contrast_without_any_row_is_named():
    with pytest.raises(InputError, match="'unet' has no row"):
        _classify(tables(COURSE), contrasts=("gbca", "unet"))


@pytest.mark.parametrize(
    ("criteria", "column"),
    [
        ("rano2010", "spd_mm2"),
        ("rano2-2023-volume", "enhancing_cm3"),
        ("volumetric-2019", "abnormality_cm3"),
        ("rano-bm", "sld_mm"),
    ],
)
def test_a_missing_measure_is_named(criteria, column):
    made = tables(COURSE)
    made["measurements"] = made["measurements"].drop(columns=column)
    with pytest.raises(InputError, match=f"{criteria} need the column {column}"):
        _classify(made, [criteria])


def test_only_the_measures_of_the_chosen_criteria_are_needed():
    made = tables(COURSE)
    made["measurements"] = made["measurements"][
        ["patient", "visit", "day", "contrast", "enhancing_cm3"]
    ]
    made["visits"] = made["visits"][["patient", "visit", "day"]]
    made["patients"] = made["patients"][["patient"]]
    response = _classify(made, ["mrano2017-volume", "rano2-2023-volume"])
    assert set(response["response"]) == {"NE", "SD"}


def test_what_is_not_evaluable_says_why():
    made = _changed("measurements", "enhancing_cm3", None)
    row = _classify(made).iloc[1]
    assert (row["response"], row["rule"]) == ("NE", "not evaluable; no enhancing_cm3")
    made["measurements"].loc[1, ["evaluable", "reason"]] = [0, "FLAIR: file is truncated"]
    assert _classify(made).iloc[1]["rule"] == "not evaluable; FLAIR: file is truncated"
    made["measurements"] = made["measurements"].iloc[:1]
    assert _classify(made).iloc[1]["rule"] == "not evaluable; not measured"


def test_a_contact_is_one_on_every_contrast():
    """A scan that one contrast could use was attempted: the other missed it."""
    course = [{"day": 42 * at, "value": 10 if at == 0 else 2, "visit": f"V{at}"} for at in range(5)]
    made = tables(course, contrasts=("gbca", "cgan"))
    rows = made["measurements"]
    lost = rows["visit"].isin(["V2", "V3"])
    rows.loc[lost, ["evaluable", "reason"]] = [0, "no images acquired"]

    def confirmed():
        response = _classify(made, contrasts=("gbca", "cgan"))
        return set(response.loc[response["visit"] == "V1", "confirmed"])

    assert confirmed() == {"yes"}
    rows.loc[lost & (rows["contrast"] == "gbca"), "reason"] = "movement"
    assert confirmed() == {"no"}


def test_counts_add_up_to_the_sheet():
    parts = [tables(COURSE, contrasts=("gbca", "cgan"), name=f"P{n}") for n in range(4)]
    made = {
        name: pd.concat([part[name] for part in parts], ignore_index=True)
        for name in ("measurements", "visits", "patients")
    }
    made["lesions"] = None
    lost = made["measurements"]["patient"] == "P2"
    made["measurements"] = made["measurements"][~lost]
    response = _classify(made, measured_criteria(), ("gbca", "cgan"))
    assert tuple(response.columns) == COLUMNS
    sets = len(measured_criteria())
    assert len(response) == len(made["visits"]) * 2 * sets * 2
    counts = response.groupby(
        ["contrast", "criteria", "analysis_set", "candidate"], dropna=False
    ).size()
    assert (counts == len(made["visits"])).all()
    assert set(response.loc[response["patient"] == "P2", "response"]) == {"NE"}
    best = best_response(response, made["patients"])
    assert len(best) == 4 * 2 * sets * 2
    assert set(best.loc[best["patient"] == "P2", "best_response"]) == {"NE"}


def test_no_visits_at_all():
    made = tables(COURSE)
    made["visits"] = made["visits"].iloc[:0]
    made["measurements"] = made["measurements"].iloc[:0]
    assert list(_classify(made).columns) == list(COLUMNS)


def test_input_is_left_as_it_was():
    made = tables(COURSE)
    copies = {name: table.copy() for name, table in made.items() if table is not None}
    _classify(made, measured_criteria())
    for name, table in copies.items():
        pd.testing.assert_frame_equal(made[name], table)


LESIONS = [["E1", 300, 1, 0], ["E2", 200, 1, 0]]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("compartment", "oedema", "visit V2, contrast gbca: compartment oedema is not known"),
        ("product_mm2", -1.0, "visit V2, contrast gbca: product_mm2 of lesion E2 is -1.0"),
        ("product_mm2", None, "visit V2, contrast gbca: product_mm2 of lesion E2 is None"),
        ("measurable", None, "visit V2, contrast gbca: measurable of lesion E2 is missing"),
        ("new", None, "P1, visit V2, contrast gbca: new of lesion E2 is missing"),
        ("visit", "V9", "visit V9, contrast gbca: lesions of a visit that is not measured"),
    ],
)
def test_a_wrong_lesion_is_named(column, value, message):
    made = tables([{"day": 0, "lesions": LESIONS}, {"day": 42, "lesions": LESIONS}])
    cells = made["lesions"][column].astype(object)
    cells.iloc[-1] = value
    made["lesions"][column] = cells
    with pytest.raises(InputError, match=message):
        _classify(made, ["rano2010"])


def test_the_pieces_of_a_split_lesion_add_up():
    """Measurement gives a lesion that split a row a piece, all under its name."""
    whole = tables([{"day": 0, "lesions": LESIONS}, {"day": 42, "lesions": LESIONS}])
    split = tables([{"day": 0, "lesions": LESIONS}, {"day": 42, "lesions": LESIONS}])
    rows = split["lesions"]
    piece = rows.iloc[[-1]].assign(product_mm2=80.0, measurable=0)
    rows.loc[rows.index[-1], "product_mm2"] = 120.0
    split["lesions"] = pd.concat([rows, piece], ignore_index=True)
    pd.testing.assert_frame_equal(_classify(split, ["rano2010"]), _classify(whole, ["rano2010"]))


def test_tables_survive_being_written(tmp_path):
    """Endpoints from the written table are those from the one in memory."""
    made = tables([*COURSE, {"day": 84, "ne": "movement"}, {"day": 126, "value": 20}])
    response = _classify(made, ["rano2-2023-volume", "mrano2017-volume"])
    write_table(response, tmp_path / "response.tsv")
    read = read_table(tmp_path / "response.tsv")
    rest = (made["patients"], made["visits"], made["measurements"], endpoint_of(), settings_of())
    pd.testing.assert_frame_equal(endpoints(response, *rest), endpoints(read, *rest))
    pd.testing.assert_frame_equal(
        best_response(response, made["patients"]), best_response(read, made["patients"])
    )
