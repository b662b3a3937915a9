"""Networks made elsewhere: which job runs them, and what reruns it."""

import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_trial import Sheets, asked, changed, small_trial
from starting import told
from tiny_models import pointwise, write_monai, write_torchscript

from gadless.errors import InputError
from gadless.jobs.images import Visit
from gadless.networks import stated

P1 = SimpleNamespace(patient="P1")

CONTRACT = {"spacing_mm": 1.0, "orientation": "RAS", "normalisation": "zscore"}
MAP = {**CONTRACT, "inputs": ["t1", "t2", "flair"], "output": "map"}
BUNDLE = {**CONTRACT, "labels_of": {0: 0, 1: 1}}


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """A trial with a generator of another maker, and a candidate that segments by itself."""
    monkeypatch.chdir(tmp_path)
    script = write_torchscript(tmp_path / "model.pt", pointwise([[1, 0, 0]]), np.zeros(1))
    bundle = write_monai(
        tmp_path / "bundle", pointwise([[1, 0]] * 2), ("T1", "T2"), made=("background", "tumour")
    )
    sheets = small_trial(tmp_path)
    sheets.config["networks"] = {
        "theirs": {"weights": str(script), **MAP},
        "direct": {"weights": str(bundle), **BUNDLE},
    }
    sheets.config["candidates"] = ["cgan", "theirs", "direct"]
    return sheets


def _stages(stage: str) -> set[str]:
    return {f"{stage} {p} {v}" for p in ("P1", "P2") for v in ("V1", "V2")}


def test_a_network_runs_in_the_job_of_what_it_gives(sheets: Sheets) -> None:
    networks = sheets.jobs().networks
    assert list(networks.generators) == ["cgan", "theirs"]
    assert list(networks.segmenters) == ["direct", "segmenter", "abnormality"]
    assert [Path(path).name for path in networks.inputs_of_generators(P1)] == ["model.pt"]
    assert [Path(path).name for path in networks.inputs_of_segmenters(P1)] == [
        "model.ts",
        "metadata.json",
    ]


def test_another_contract_or_other_weights_rerun_that_job(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["networks"]["theirs"]["normalisation"] = "percentiles"
    after = asked(sheets.jobs())
    assert changed(before, after) == {*_stages("synthesise"), "report"}
    write_torchscript(sheets.folder / "model.pt", pointwise([[1, 1, 0]]), np.zeros(1))
    assert changed(after, asked(sheets.jobs())) == {*_stages("synthesise"), "report"}


def test_any_file_of_a_folder_reruns_its_job(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    path = sheets.folder / "bundle" / "configs" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": "0.2"}))
    assert changed(before, asked(sheets.jobs())) == {*_stages("segment"), "report"}


def test_what_others_say_of_a_network_reruns_the_report_alone(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["networks"]["theirs"] |= {"trained_on": "2,000 patients", "licence": "CC BY"}
    assert changed(before, asked(sheets.jobs())) == {"report"}


def test_weights_that_are_not_there_are_named_before_any_job(sheets: Sheets) -> None:
    (sheets.folder / "model.pt").unlink()
    jobs = sheets.jobs()
    with pytest.raises(InputError, match=r"networks\.theirs\.weights: .*no such file or folder"):
        jobs.networks.inputs_of_generators(P1)


def test_everything_wrong_with_a_network_is_told_at_the_start(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = sheets.config["networks"]
    networks["theirs"]["inputs"] = ["t1", "t2"]
    (sheets.folder / "pickle.pt").write_bytes(pickle.dumps({"weights": [1.0]}))
    networks["bad"] = {"weights": str(sheets.folder / "pickle.pt"), **MAP}
    (sheets.folder / "model.onnx").write_bytes(b"\x08")
    networks["onnx"] = {"weights": str(sheets.folder / "model.onnx"), **MAP}
    sheets.config["candidates"] += ["bad", "onnx"]
    monkeypatch.setattr(stated, "find_spec", lambda name: None)
    text = told(sheets)
    for said in (
        "networks.theirs.inputs: names 2 images (t1, t2), but the TorchScript file takes 3",
        "pickle.pt: is a pickle",
        "model.onnx: needs onnxruntime, which is not installed: pip install -r",
    ):
        assert said in text


def test_a_candidate_that_segments_itself_needs_no_segmenter(sheets: Sheets) -> None:
    sheets.config["candidates"] = ["direct"]
    for row in sheets.visits:
        row["mask_gbca"] = sheets.scan(f"{row['patient']}_{row['visit']}_mask.nii.gz")
    sheets.config["labels_of"] = {"gbca": "gadless"}
    assert list(sheets.jobs().networks.segmenters) == ["direct"]
    # A synthetic T1c of theirs is segmented by ours.
    sheets.visits[0]["t1c_direct"] = sheets.scan("theirs.nii.gz")
    sheets.config["brought_missing"] = {"direct": "ours"}
    jobs = sheets.jobs()
    assert list(jobs.networks.segmenters) == ["direct", "segmenter", "abnormality"]
    asks = {v: jobs.asks.segment(Visit("results", "P1", v)) for v in ("V1", "V2")}
    of = {v: list(ask.told["networks"]) for v, ask in asks.items()}
    assert of == {"V1": ["segmenter", "abnormality"], "V2": ["direct", "segmenter", "abnormality"]}
