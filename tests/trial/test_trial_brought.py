"""Columns of what others made: what a sheet and a configuration must say of them, and to whom."""

from pathlib import Path

import pytest
from small_sheets import as_text

from gadless.errors import InputError
from gadless.trial.brought import Brought
from gadless.trial.config import read_config
from gadless.trial.sheets import read_trial

PATIENTS = (("patient", "arm", "os_days", "os_event"), ("P1", "a", 400, 0), ("P2", "b", 300, 1))
SCANS = ("t1", "t2", "flair", "t1c")
CODED = {"labels_of": {"gbca": "brats2021", "ext": "hd-glio", "reread": "gadless"}}


class Sheets:
    """Sheets of two patients with two visits; every cell that is named is a file."""

    def __init__(self, folder: Path, scans: tuple[str, ...] = SCANS) -> None:
        self.folder = folder
        self.rows = [
            {
                "patient": patient,
                "visit": f"V{at}",
                "day": 42 * at,
                **{name: f"{patient}_{at}_{name}.nii.gz" for name in scans},
            }
            for patient in ("P1", "P2")
            for at in (0, 1)
        ]

    def give(self, column: str, *rows: int) -> "Sheets":
        for at in rows or range(4):
            self.rows[at][column] = f"{at}_{column}.nii.gz"
        return self

    def config(self, **keys):
        header = list(dict.fromkeys(name for row in self.rows for name in row))
        for row in self.rows:
            for name in header[3:]:
                if row.get(name):
                    (self.folder / str(row[name])).touch()
        rows = [header, *([row.get(name) for name in header] for row in self.rows)]
        for name, sheet in (("patients", PATIENTS), ("visits", rows)):
            (self.folder / f"{name}.tsv").write_text(as_text(sheet))
        named = {name: str(self.folder / f"{name}.tsv") for name in ("patients", "visits")}
        return read_config({"candidates": ["ext"], **named, **keys})

    def read(self, **keys):
        return read_trial(self.config(**keys))

    def faults(self, **keys) -> str:
        with pytest.raises(InputError) as caught:
            self.read(**keys)
        return str(caught.value).replace(f"{self.folder}/", "")


@pytest.fixture
def sheets(tmp_path):
    return Sheets(tmp_path)


def test_a_candidate_needs_a_network_or_a_file(sheets):
    said = sheets.faults()
    assert "`candidates` names it, and nothing stands behind it" in said
    assert "`networks.ext`" in said
    assert "`mask_ext`, `t1c_ext`, `map_ext`" in said
    assert "`repeat` names it" in sheets.faults(networks={"ext": {}}, repeat="reread")
    sheets.read(networks={"ext": {}})
    sheets.give("mask_ext", 1).read(**CODED | {"repeat": None, "labels_of": {"ext": "hd-glio"}})


def test_a_column_without_any_file_stands_behind_nothing(sheets):
    for row in sheets.rows:
        row["t1c_ext"] = None
    assert "nothing stands behind it" in sheets.faults()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("mask_other", "names no contrast of the configuration (gbca, ext)"),
        ("t1c_other", "names no contrast"),
        ("map_EXT", "rename the column"),
        ("t1c_gbca", "the reference is acquired"),
        ("map_gbca", "the reference is acquired"),
        ("Mask_ext", "rename the column"),
    ],
)
def test_a_column_of_another_contrast_is_told(sheets, column, said):
    sheets.give("t1c_ext").give(column, 1)
    assert said in sheets.faults()


def test_codings_and_units_must_be_stated(sheets):
    sheets.give("mask_gbca", 0).give("map_ext")
    said = sheets.faults()
    assert "column mask_gbca: the configuration does not say what its labels mean" in said
    assert "column map_ext: the configuration does not say in what units it is" in said
    sheets.read(labels_of={"gbca": "gadless"}, map_units={"ext": 0.2})


def test_two_images_of_one_visit_are_one_too_many(sheets):
    sheets.give("t1c_ext").give("map_ext", 2)
    said = sheets.faults(map_units={"ext": "t1"})
    assert "row 4, column map_ext: t1c_ext is given as well; give one of them" in said


def test_a_file_that_is_not_there_is_named(sheets):
    config = sheets.give("t1c_ext").config()
    (sheets.folder / "1_t1c_ext.nii.gz").unlink()
    with pytest.raises(InputError, match=r"column t1c_ext: .*1_t1c_ext.nii.gz': no such file"):
        read_trial(config)


def test_masks_alone_need_no_columns_of_scans(tmp_path):
    sheets = Sheets(tmp_path, scans=()).give("mask_gbca").give("mask_ext")
    trial = sheets.read(**CODED | {"repeat": None, "labels_of": {"gbca": "gadless", "ext": {1: 1}}})
    assert trial.visits["mask_ext"].notna().all()
    # One scan's column, and the others are missing as ever.
    sheets.give("t1")
    assert "column(s) t2, flair, t1c missing" in sheets.faults(
        labels_of={"gbca": "gadless", "ext": {1: 1}}
    )


def test_ours_needs_a_network_to_take_the_place(sheets):
    keys = {"labels_of": {"ext": "gadless"}, "brought_missing": {"ext": "ours"}}
    assert "there is no network: add a section" in sheets.give("mask_ext", 1).faults(**keys)
    sheets.read(**keys, networks={"ext": {}})
    # Beside an image of theirs, the mask that is missing is our segmenter's.
    sheets.give("t1c_ext").read(**keys)


@pytest.mark.parametrize(
    ("columns", "cells", "keys", "images", "masks", "generated"),
    [
        ((), {}, {}, {}, {}, ["ext"]),
        (("t1c_ext",), {"t1c_ext": "a"}, {}, {"ext": {"t1c": "a"}}, {}, []),
        (("map_ext",), {}, {}, {"ext": {"map": None}}, {}, []),
        (("map_ext",), {}, {"brought_missing": {"ext": "ours"}}, {}, {}, ["ext"]),
        (
            ("map_ext",),
            {"map_ext": "i"},
            {"brought_missing": {"ext": "ours"}},
            {"ext": {"map": "i"}},
            {},
            [],
        ),
        (("mask_ext",), {"mask_ext": "m"}, {}, {}, {"ext": "m"}, ["ext"]),
        (("mask_ext",), {}, {}, {}, {"ext": None}, ["ext"]),
        (("mask_ext",), {}, {"brought_missing": {"ext": "ours"}}, {}, {}, ["ext"]),
        (("mask_gbca",), {"mask_gbca": "m"}, {}, {}, {"gbca": "m"}, ["ext"]),
        (("mask_ext", "map_ext"), {"mask_ext": "m"}, {}, {}, {"ext": "m"}, []),
        (
            ("mask_ext", "map_ext"),
            {"map_ext": "i"},
            {},
            {"ext": {"map": "i"}},
            {"ext": None},
            [],
        ),
    ],
)
def test_what_each_visit_has(columns, cells, keys, images, masks, generated):
    config = read_config(
        {
            "patients": "p",
            "visits": "v",
            "candidates": ["ext"],
            "networks": {"ext": {}},
            **keys,
        }
    )
    brought = Brought(config, columns)
    assert brought.images(cells) == images
    assert brought.masks(cells) == masks
    assert brought.generated_at(cells) == generated


@pytest.mark.parametrize("value", [True, "zscore", -1, 0, float("inf"), None])
def test_units_are_a_name_or_an_amount(value):
    with pytest.raises(InputError, match="map_units"):
        read_config({"patients": "p", "visits": "v", "map_units": {"cgan": value}})


@pytest.mark.parametrize("key", ["labels_of", "map_units", "brought_missing"])
def test_a_contrast_that_is_none_is_refused(key):
    value = {"labels_of": "gadless", "map_units": 1, "brought_missing": "ours"}[key]
    with pytest.raises(InputError, match="no contrast of the trial has this name"):
        read_config({"patients": "p", "visits": "v", key: {"cgn": value}})


@pytest.mark.parametrize("name", ["a/b", "../x", "a\\b", ".hidden", "quality", "visit"])
def test_a_contrast_whose_files_cannot_bear_its_name_is_refused(name):
    with pytest.raises(InputError, match="its files are named after it"):
        read_config({"patients": "p", "visits": "v", "candidates": [name]})
    read_config({"patients": "p", "measurements": "m", "candidates": [name]})
