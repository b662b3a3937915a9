"""What weights have seen travels with them: restated without touching a tensor, told in words."""

import json
import struct

import pytest
import torch
import yaml
from safetensors.torch import load_file

from gadless.errors import InputError
from gadless.files import sha256
from gadless.networks import restate, weights
from gadless.networks.header import ALSO, Metadata, learnt_from, read_header, shipped
from gadless.networks.restate import rewrite, tensors_checksum
from gadless.networks.seen import brought, start_lines, told

SHIPPED = ("cgan", "unet", "segmenter", "abnormality")
PHANTOMS = {"exams": 3, "patients": 2, "phantom_exams": 3}
SCANS = {"exams": 1200, "patients": 1, "phantom_exams": 0}


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(3)
    module = weights.build("generator", 4)
    metadata = weights.describe("mine", "generator", 4, 2.0, seed=3, recipe={"kind": "generator"})
    path = tmp_path / "mine.safetensors"
    weights.save(module, metadata, path)
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_say_what_their_card_says(name):
    metadata = read_header(shipped(name), name)
    card = shipped(name).with_suffix(".md").read_text(encoding="utf-8")
    generates = metadata.kind == "generator"
    assert metadata.phantoms_only == generates
    assert f"| learnt from | {metadata.learnt_from}, sites" in card
    assert f"| licence | {metadata.licence} |" in card
    assert metadata.date == "2026-11-28"
    assert "| made | 28 November 2026" in card
    assert set(metadata.trained_on) == {
        *("exams", "patients", "phantom_exams", "sites", "description"),
        *(() if generates else ("also",)),
    }
    for figure in metadata.figures.values():
        assert f" {figure:g} " in card or f" {figure:.3f} (" in card


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tensors_shipped_are_those_that_were_trained(name):
    """The checksum in the card was taken before the header was restated."""
    card = shipped(name).with_suffix(".md").read_text(encoding="utf-8")
    assert f"| checksum of the tensors | `{tensors_checksum(shipped(name))}` |" in card
    assert f"| checksum of the file | `{sha256(shipped(name))}` |" in card


def test_restating_forgets_nothing_that_a_network_was_made_from(tmp_path):
    """Of weights begun from another's, one cannot say that they saw phantoms alone."""
    path = tmp_path / "mine.safetensors"
    patients = {"exams": 5, "patients": 5, "phantom_exams": 0}
    described = weights.describe(
        "mine", "segmenter", 4, 2.0, trained_on={**PHANTOMS, ALSO: [patients]}
    )
    weights.save(weights.build("segmenter", 4), described, path)
    assert rewrite(path, trained_on=PHANTOMS).trained_on[ALSO] == [patients]
    assert not read_header(path, "mine").phantoms_only


def test_restating_a_header_leaves_every_tensor(saved):
    before, checksum = load_file(saved), tensors_checksum(saved)
    old = read_header(saved, "mine")
    rewrite(saved, trained_on=PHANTOMS, licence="CC-BY-4.0", date="2026-01-02", figures={"mae": 1})
    module, found = weights.load(saved, "mine", "generator")
    assert tensors_checksum(saved) == checksum
    for key, value in before.items():
        assert torch.equal(module.state_dict()[key], value)
    assert (found.trained_on, found.licence, found.date) == (PHANTOMS, "CC-BY-4.0", "2026-01-02")
    assert (found.seed, found.recipe, found.inputs) == (old.seed, old.recipe, old.inputs)
    start = saved.read_bytes()[:8]
    assert struct.unpack("<Q", start)[0] % 8 == 0


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"kind": "segmenter"}, "cannot be restated"),
        ({"trained_on": {"exams": 2, "phantom_exams": 3}}, "more phantom_exams than exams"),
        ({"trained_on": {"exams": 2, "3 T": None}}, "cannot be restated"),
        ({"trained_on": {"exams": "many"}}, "is no count"),
        ({"trained_on": {"exams": -1}}, "is no count"),
        ({"trained_on": "phantoms"}, "is no mapping"),
        ({"figures": {"mae": "small"}}, "is no number"),
        ({"figures": [0.3]}, "is no mapping"),
        ({"date": {1}}, "left as it was"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_file_left(saved, facts, said):
    before = saved.read_bytes()
    with pytest.raises(InputError, match=said):
        rewrite(saved, **facts)
    assert saved.read_bytes() == before


def test_a_header_that_counts_nonsense_is_damaged(saved):
    content = saved.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    own = json.loads(header["__metadata__"]["gadless"])
    own["trained_on"] = {"exams": 1, "phantom_exams": 5}
    header["__metadata__"]["gadless"] = json.dumps(own)
    raw = json.dumps(header).encode()
    saved.write_bytes(struct.pack("<Q", len(raw)) + raw + content[end:])
    with pytest.raises(InputError, match="damaged"):
        read_header(saved, "mine")


def test_the_command_shows_and_restates(saved, tmp_path, monkeypatch, capsys):
    facts = tmp_path / "facts.yaml"
    facts.write_text("date: 2026-03-04\nlicence: MIT\ntrained_on: {exams: 5, patients: 4}\n")
    monkeypatch.setattr("sys.argv", ["restate", str(saved), "--facts", str(facts)])
    restate.main()
    shown = yaml.safe_load(capsys.readouterr().out)
    assert (shown["date"], shown["licence"]) == ("2026-03-04", "MIT")
    assert shown["tensors"] == tensors_checksum(saved)


@pytest.mark.parametrize(
    ("trained_on", "words"),
    [
        (PHANTOMS, "digital phantoms alone (3 exams of 2 patients)"),
        (SCANS, "1,200 exams of 1 patient, none of the exams of digital phantoms"),
        (PHANTOMS | {"exams": 9}, "9 exams of 2 patients, 3 of the exams of digital phantoms"),
        ({"exams": 9}, "9 exams; whether phantoms were among them is not stated"),
        ({"description": "glioma at two sites"}, "glioma at two sites"),
        ({"exams": 0, "phantom_exams": 0}, "not stated"),
        ({}, "not stated"),
    ],
)
def test_what_was_learnt_from_in_words(trained_on, words):
    metadata = Metadata("x", "generator", 8, ("t1",), (), 2.0, trained_on=trained_on)
    assert metadata.learnt_from == learnt_from(trained_on) == words
    assert metadata.phantoms_only == (trained_on == PHANTOMS)


def test_the_header_counts_and_the_configuration_stands_in_where_it_is_silent(saved):
    settings = {"weights": str(saved), "trained_on": "ten real exams", "licence": "MIT"}
    silent = told("mine", settings)
    assert (silent["learnt_from"], silent["licence"]) == ("ten real exams", "MIT")
    rewrite(saved, trained_on=PHANTOMS, licence="CC-BY-4.0")
    spoken = told("mine", settings)
    assert spoken["phantoms_only"]
    assert spoken["learnt_from"].startswith("digital phantoms alone")
    assert spoken["licence"] == "CC-BY-4.0"
    assert spoken["weights"] == sha256(saved)


def test_shipped_weights_are_told_with_their_figures_in_words():
    found = told("cgan", {"weights": None})
    assert found["source"] == "shipped with Gadless"
    assert found["figures"]["Dice of enhancing tumour against that on acquired contrast"] == 0.551
    assert found["inputs"] == ["t1", "t2", "flair"]
    json.dumps(found)  # plain values, as params of a rule are


def test_other_formats_are_told_by_whoever_gave_them(tmp_path):
    path = tmp_path / "theirs.onnx"
    path.write_bytes(b"onnx")
    silent = told("theirs", {"weights": str(path)})
    assert silent["learnt_from"] == "not stated by whoever gave it"
    assert (silent["format"], silent["phantoms_only"]) == ("onnx", False)
    given = {"weights": str(path), "trained_on": "EORTC-26101", "inputs": ["t1", "adc"]}
    assert told("theirs", given)["learnt_from"] == "EORTC-26101"
    assert told("theirs", given)["inputs"] == ["t1", "adc"]
    assert told("theirs", {**given, "trained_on": PHANTOMS})["phantoms_only"]


def test_weights_that_are_to_be_trained_are_no_fault(tmp_path):
    found = told("mine", {"weights": str(tmp_path / "later.safetensors")})
    assert (found["learnt_from"], found["weights"]) == ("not trained yet", None)


def test_the_start_says_it_of_each(saved):
    networks = {"cgan": told("cgan", {}), "mine": told("mine", {"weights": str(saved)})}
    lines = start_lines(networks, {"theirs": brought(images=4, masks=0)})
    assert lines[0] == (
        "network cgan has learnt from: digital phantoms alone (94 exams of 94 patients);"
        " licence Apache-2.0, made 2026-11-28, shipped with Gadless"
    )
    assert "not stated by whoever gave it; licence not stated" in lines[1]
    assert lines[2] == "contrast theirs: made elsewhere; what its maker saw, Gadless cannot know"
