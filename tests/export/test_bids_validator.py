"""Masks as a BIDS derivative, held against the validator of BIDS.

`pip install bids-validator-deno`, and name the command in the variable BIDS_VALIDATOR; else the
validator's own test is skipped.
"""

import json
import os
import subprocess
from collections import Counter

import nibabel
import numpy as np
import pandas as pd
import pytest

from gadless.export.bids import write_derivative
from gadless.manifest import Manifest

# Who the authors are nobody told us; a table needs no sentence about itself.
ADVICE = {"TOO_FEW_AUTHORS", "SIDECAR_KEY_RECOMMENDED"}


@pytest.fixture
def tree(tmp_path):
    """Two patients and visits whose names have what BIDS does not allow."""
    masks = []
    image = nibabel.Nifti1Image(np.ones((6, 5, 4), np.uint8), np.diag([4.0, 4, 4, 1]))
    image.header.set_xyzt_units("mm")
    for patient in ("P-001", "P.2"):
        for visit in ("V1", "V_2"):
            folder = tmp_path / patient / visit
            folder.mkdir(parents=True)
            files = {name: f"{name}.nii.gz" for name in ("gbca", "c.gan")}
            for file in files.values():
                nibabel.save(image, folder / file)
            grid = dict.fromkeys(files, "t1")
            masks.append(Manifest(patient, visit, "native", folder, files, notes={"grid": grid}))
    folder = tmp_path / "bids"
    write_derivative(masks, folder, "a trial", {})
    return folder


def test_every_column_of_ours_is_described(tree):
    tables = [path for path in tree.rglob("*.tsv") if path.name != "dseg.tsv"]
    assert len(tables) == 3
    for table in tables:
        ours = set(pd.read_csv(table, sep="\t").columns[1:])
        assert set(json.loads(table.with_suffix(".json").read_text())) == ours


def test_the_validator_finds_no_error(tree):
    command = os.environ.get("BIDS_VALIDATOR")
    if not command:
        pytest.skip("no validator: BIDS_VALIDATOR names no command")
    done = subprocess.run([command, tree, "--json"], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    issues = Counter((one["severity"], one["code"]) for one in found["issues"]["issues"])
    assert {code for severity, code in issues} <= ADVICE, issues
    assert not [code for severity, code in issues if severity == "error"]
    assert done.returncode == 0
