"""Networks of other makers as candidates, from the sheets to the report."""

from importlib.util import find_spec

import numpy as np
import pytest
import tiny_nnunet
from tiny_models import pointwise, write_onnx, write_torchscript

CONTRACT = {
    "inputs": ["t1", "t2", "flair"],
    "spacing_mm": 2.0,
    "orientation": "RAS",
    "normalisation": "gadless",
    "licence": "CC BY 4.0",
}


def _candidates(folder) -> dict[str, dict]:
    """Whatever can run here: bright FLAIR is what they find, or nothing much."""
    bright, none = pointwise([[-0.6, 0, 0.6]]), np.zeros(1)
    script = write_torchscript(folder / "model.pt", bright, none)
    scores = write_torchscript(
        folder / "labels.pt", pointwise([[0, 0, 0], [0, 0, 1.0]]), np.array([1.5, 0])
    )
    found = {
        "script": {**CONTRACT, "weights": str(script), "output": "map"},
        "direct": {
            **CONTRACT,
            "weights": str(scores),
            "output": "labels",
            "labels_of": {0: 0, 1: 2},
        },
    }
    if find_spec("onnx") and find_spec("onnxruntime"):
        onnx = write_onnx(folder / "model.onnx", bright, none)
        found["onnx"] = {**CONTRACT, "weights": str(onnx), "output": "map"}
    if find_spec("nnunetv2"):
        model = tiny_nnunet.trained(folder / "nnunet", 3)
        found["nnunet"] = {"weights": str(model), "labels_of": {0: 0, 1: 2, 2: 1, 3: 3}}
    return found


@pytest.mark.slow
def test_networks_made_elsewhere_are_candidates_as_any_other(copy, tmp_path):
    networks = _candidates(tmp_path)
    visits = copy.visits()
    visits = visits[visits["patient"] == "P002"]
    visits.loc[visits["visit"] == "V2", "t2"] = ""
    networks["plain"] = {**networks["script"], "inputs": ["t1", "flair"]}
    networks["plain"]["weights"] = str(
        write_torchscript(tmp_path / "two.pt", pointwise([[-0.6, 0.6]]), np.zeros(1))
    )
    copy.write_visits(visits)
    patients = (copy.folder / "patients.tsv").read_text().splitlines()
    kept = [line for line in patients if not line.startswith("P001")]
    (copy.folder / "patients.tsv").write_text("\n".join(kept) + "\n")
    copy.configure(candidates=["cgan", *networks], networks=networks)
    copy.run()
    measured = copy.table("measurements").set_index(["visit", "contrast"])
    for name in networks:
        assert measured.loc[("V1", name), "evaluable"] == 1, name
    # T2 is missing at V2: that is a fault of those that need it, and of our segmenter.
    second = measured.loc["V2"]
    assert (second["evaluable"] == 0).all()
    assert (copy.folder / "results/visits/P002/V2/synthetic/plain.nii.gz").exists()
    assert not (copy.folder / "results/visits/P002/V2/synthetic/script.nii.gz").exists()
    assert "direct" in (copy.folder / "results" / "report" / "index.html").read_text()
    if "onnx" in networks:
        row = [measured.loc[("V1", name), "enhancing_cm3"] for name in ("onnx", "script")]
        assert row[0] == pytest.approx(row[1], abs=1e-3)
    assert copy.planned() == {}
