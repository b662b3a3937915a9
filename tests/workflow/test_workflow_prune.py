"""Of a trial with scans: where they come from, and what goes when it is no longer named."""

import pandas as pd
import pytest

from gadless.audit.verify import verify
from gadless.files import read_json, sha256

pytestmark = pytest.mark.slow

KEPT = ("provenance.json", "ro-crate-metadata.json")


def test_scans_stand_with_their_checksums(copy, scans):
    about = read_json(copy.folder / "results" / "provenance.json")
    found = {one["path"]: one["sha256"] for one in about["inputs"] if one["role"] == "t1"}
    paths = [scans / p / v / "t1.nii.gz" for p in ("P001", "P002") for v in ("V1", "V2")]
    assert sorted(found.values()) == sorted(map(sha256, paths))
    assert about["networks"]["cgan"]["learnt_from"]
    assert about["networks"]["segmenter"]["weights"]
    assert verify(copy.folder / "results").matches


def test_what_the_sheets_no_longer_name_goes_and_nothing_reruns(copy):
    results = copy.folder / "results"
    visits = copy.visits()
    copy.write_visits(visits[visits["visit"] != "V2"])
    copy.configure(candidates=["cgan"])
    copy.run()
    assert (results / "visits/P001/V2/segmented/gbca.nii.gz").exists()
    refused = copy.gadless("prune", "--configfile", "trial.yaml", answer="no\n")
    assert refused.returncode == 0
    assert "Nothing was removed" in refused.stdout
    assert (results / "visits/P001/V2").exists()
    kept = {
        path: sha256(path)
        for path in results.rglob("*")
        if path.is_file()
        and "V2" not in str(path)
        and path.name not in ("unet.nii.gz", "unet_spread.nii.gz")
        and path.parent.parent.name not in ("segment", "synthesise")
        and path.name not in KEPT
    }
    done = copy.gadless("prune", "--configfile", "trial.yaml", answer="yes\n")
    assert done.returncode == 0, done.stderr
    assert "2 visits" in done.stdout
    assert "4 images of unet" in done.stdout
    assert not (results / "visits/P001/V2").exists()
    assert not list(results.rglob("*V2*"))
    assert not list(results.rglob("unet*.nii.gz"))
    # Beside what is still asked for.
    for kept_beside in ("synthetic/cgan_spread.nii.gz", "segmented/abnormality.nii.gz"):
        assert (results / "visits/P001/V1" / kept_beside).exists()
    assert {path: sha256(path) for path in kept} == kept
    assert copy.planned() == {}
    assert verify(results).matches
    # A corrected day measures again, and makes no image of what is no longer named.
    visits = copy.visits()
    visits.loc[visits["patient"] == "P001", "day"] = "-5"
    copy.write_visits(visits)
    assert not {"preprocess", "synthesise", "segment"} & copy.planned().keys()
    # The candidate named again is made again.
    copy.configure(candidates=["cgan", "unet"])
    assert copy.planned()["synthesise"] == 2


def test_a_patient_who_is_no_longer_named_goes(copy):
    results = copy.folder / "results"
    visits = copy.visits()
    copy.write_visits(visits[visits["patient"] != "P002"])
    patients = pd.read_csv(copy.folder / "patients.tsv", sep="\t", dtype=str)
    patients[patients["patient"] != "P002"].to_csv(
        copy.folder / "patients.tsv", sep="\t", index=False
    )
    done = copy.gadless("prune", "--configfile", "trial.yaml", "--yes")
    assert done.returncode == 0, done.stderr
    assert not list(results.rglob("*P002*"))
    assert set(copy.planned()) == {
        *("collect", "quality", "response", "endpoints", "cdisc", "statistics", "report"),
        *("patient_pages", "sparing"),
    }
