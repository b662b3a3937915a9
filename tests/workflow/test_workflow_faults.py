"""A trial with faults runs to the report, and says what was wrong."""

import shutil

import pytest
from workspace import Workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spoilt(finished, scans, tmp_path_factory) -> Workspace:
    """A finished trial run again: P002 had no T1c after all, and a FLAIR of P001 is cut off."""
    folder = tmp_path_factory.mktemp("spoilt") / "copy"
    shutil.copytree(finished.folder, folder)
    copy = Workspace(folder)
    truncated = folder / "flair.nii.gz"
    whole = (scans / "P001" / "V2" / "flair.nii.gz").read_bytes()
    truncated.write_bytes(whole[: len(whole) // 2])
    visits = copy.visits()
    visits.loc[visits["patient"] == "P002", "t1c"] = ""
    chosen = (visits["patient"] == "P001") & (visits["visit"] == "V2")
    visits.loc[chosen, "flair"] = truncated
    copy.write_visits(visits)
    copy.run()
    return copy


def test_no_gadolinium_leaks_into_the_candidates(finished, spoilt):
    """With a patient's `t1c` cells emptied, all candidate rows come out the same to the byte."""
    mine = "P002\t"
    for name in ("measurements", "lesions"):
        before, after = (
            (trial.folder / "results" / "trial" / f"{name}.tsv").read_text().splitlines()
            for trial in (finished, spoilt)
        )
        kept = [line for line in before if line.startswith(mine) and "\tgbca\t" not in line]
        assert kept
        found = [line for line in after if line.startswith(mine) and "\tgbca\t" not in line]
        assert found == kept
    measured = spoilt.table("measurements")
    reference = measured[(measured["contrast"] == "gbca") & (measured["patient"] == "P002")]
    assert (reference["evaluable"] == 0).all()
    assert reference["reason"].str.contains("no T1c acquired").all()


def test_a_truncated_scan_leaves_the_trial_running(spoilt):
    measured = spoilt.table("measurements")
    row = measured[(measured["patient"] == "P001") & (measured["visit"] == "V2")]
    assert (row["evaluable"] == 0).all()
    assert row["reason"].str.contains("FLAIR").all()
    assert row["reason"].str.contains("truncated").all()
    flow = spoilt.table("flow")
    stopped = flow[(flow["patient"] == "P001") & (flow["outcome"] == "stopped")]
    assert set(stopped["visit"]) == {"V2"}
    assert "truncated" in (spoilt.folder / "results" / "report" / "index.html").read_text()


def test_faults_of_the_sheets_stop_before_any_job(copy):
    visits = copy.visits()
    visits.loc[0, "day"] = "soon"
    visits.loc[1, "t2"] = "nowhere.nii.gz"
    copy.write_visits(visits)
    output = copy.snakemake("-n", check=False)
    assert "2 faults" in output
    assert "'soon': is no number" in output
    assert "nowhere.nii.gz" in output
    assert "Traceback" not in output


def test_an_unknown_key_is_named(copy):
    copy.configure(respons={})
    output = copy.snakemake("-n", check=False)
    assert "respons: unknown key" in output


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"criteria": ["rano2011"]}, "'rano2011' is not known; known are"),
        ({"custom": {"own": {"base": "rano2010", "growth": 40}}}, "criteria own: growth"),
    ],
)
def test_wrong_criteria_stop_before_any_job(copy, response, expected):
    copy.configure(response=response)
    output = copy.snakemake("-n", check=False)
    assert expected in output
    assert "Traceback" not in output


@pytest.mark.parametrize("weights", [b"not a weights file", b"\x80\x04\x95pickle"])
def test_wrong_weights_are_a_clear_error_and_nothing_is_lost(copy, weights):
    (copy.folder / "wrong.safetensors").write_bytes(weights)
    copy.configure(networks={"cgan": {"weights": "wrong.safetensors"}, "unet": {}, "segmenter": {}})
    before = (copy.folder / "results" / "trial" / "measurements.tsv").read_bytes()
    output = copy.snakemake("--cores", "2", check=False)
    assert "wrong.safetensors" in output
    assert (copy.folder / "results" / "trial" / "measurements.tsv").read_bytes() == before
