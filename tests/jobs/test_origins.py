"""What the report is told of networks, and of what others made."""

import json
from pathlib import Path

import pytest
from small_trial import Sheets, asked, changed, small_trial

from gadless.networks.seen import with_origins


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    return small_trial(tmp_path)


def test_every_network_is_told_of_at_the_start_and_to_the_report(sheets: Sheets) -> None:
    jobs = sheets.jobs()
    lines = jobs.networks.start_lines()
    assert [line.split()[1] for line in lines] == ["cgan", "unet", "segmenter", "abnormality"]
    assert all("digital phantoms" in line for line in lines)
    found = with_origins(jobs.asks.report().told["provenance"])
    only = {name: about["phantoms_only"] for name, about in found["networks"].items()}
    assert only == {"cgan": True, "unet": True, "segmenter": False, "abnormality": False}
    assert found["brought"] == {}
    json.dumps(jobs.asks.report().told["provenance"])  # plain values


def test_what_others_made_is_counted_by_visit(sheets: Sheets) -> None:
    sheets.config |= {"labels_of": {"gbca": "hd-glio"}, "map_units": {"cgan": "t1"}}
    for visit in ("V1", "V2"):
        sheets.row("P1", visit)["mask_gbca"] = sheets.scan(f"reader_{visit}.nii.gz")
    sheets.row("P2", "V1")["t1c_cgan"] = sheets.scan("theirs.nii.gz")
    sheets.row("P2", "V2")["map_cgan"] = sheets.scan("map.nii.gz")
    assert sheets.jobs().visits.made_elsewhere() == {
        "gbca": {"images": 0, "masks": 2, "coding": "hd-glio"},
        "cgan": {"images": 2, "masks": 0},
    }


def test_what_is_stated_of_a_network_reruns_the_report_alone(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    path = sheets.folder / "shipped.safetensors"
    sheets.config["networks"] = {"cgan": {"weights": None}}
    assert changed(before, asked(sheets.jobs())) == set()
    sheets.config["networks"] = {"cgan": {"weights": str(path)}}
    path.write_bytes(b"other weights")
    assert "report" in changed(before, asked(sheets.jobs()))


def test_measured_elsewhere_no_network_is_told_of(sheets: Sheets) -> None:
    rows = "patient\tvisit\tday\tcontrast\tenhancing_cm3\n"
    rows += "".join(
        f"P1\tV{day}\t{day}\t{name}\t3\n" for day in (1, 2) for name in ("gbca", "cgan")
    )
    (sheets.folder / "m.tsv").write_text(rows)
    changes = {"measurements": str(sheets.folder / "m.tsv"), "visits": None}
    sheets.config |= changes | {
        "candidates": ["cgan"],
        "response": {"criteria": ["volumetric-2019"]},
    }
    jobs = sheets.jobs()
    assert jobs.networks.start_lines() == []
    assert with_origins(jobs.asks.report().told["provenance"])["networks"] == {}
