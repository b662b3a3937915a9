"""Networks of other makers as candidates, from the sheets to the report."""

from importlib.util import find_spec

import numpy as np
import pytest
import tiny_nnunet
from tiny_models import pointwise, write_onnx, write_torchscript

from gadless.manifest import Manifest

CONTRACT = {
    "inputs": ["t1", "t2", "flair"],
    "spacing_mm": 2.0,
    "orientation": "RAS",
    "normalisation": "gadless",
    "licence": "CC BY 4.0",
}


def _candidates(folder) -> dict[str, dict]:
    """Whatever can run here: bright FLAIR is what they light up."""
    scores = write_torchscript(
        folder / "labels.pt", pointwise([[0, 0, 0], [0, 0, 1.0]]), np.array([1.5, 0])
    )
    plain = write_torchscript(folder / "map.pt", pointwise([[-0.6, 0.6]]), np.zeros(1))
    found = {
        "direct": {
            **CONTRACT,
            "weights": str(scores),
            "output": "labels",
            "labels_of": {0: 0, 1: 2},
        },
        "plain": {
            **CONTRACT,
            "weights": str(plain),
            "inputs": ["t1", "flair"],
            "output": "map",
        },
    }
    if find_spec("onnx") and find_spec("onnxruntime"):
        onnx = write_onnx(folder / "map.onnx", pointwise([[-0.6, 0, 0.6]]), np.zeros(1))
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
    copy.write_visits(visits)
    patients = (copy.folder / "patients.tsv").read_text().splitlines()
    kept = [line for line in patients if not line.startswith("P001")]
    (copy.folder / "patients.tsv").write_text("\n".join(kept) + "\n")
    copy.configure(candidates=list(networks), networks=networks)
    copy.run()
    measured = copy.table("measurements").set_index(["visit", "contrast"])
    for name in networks:
        assert measured.loc[("V1", name), "evaluable"] == 1, name
    # T2 is missing at V2: a fault of those that need it, and of our segmenter of all others.
    assert (measured.loc["V2"]["evaluable"] == 0).all()
    folder = copy.folder / "results" / "visits" / "P002" / "V2"
    synthetic, segmented = (
        Manifest.read(folder / stage / "status.json") for stage in ("synthetic", "segmented")
    )
    assert set(synthetic.files) == {"plain"}
    assert {segmented.faults[name] for name in networks} == {"no T2 acquired"}
    if "onnx" in networks:
        same = [measured.loc[("V1", name), "enhancing_cm3"] for name in ("onnx", "plain")]
        assert same[0] == pytest.approx(same[1], abs=1e-3)
    assert copy.planned() == {}
