"""From a BIDS tree to a report: the sheets, who lived how long, the workflow."""

import os

import numpy as np
import pandas as pd
import pytest
from conftest import EXAMS
from workspace import new_workspace

from gadless.phantom.cohort import grow

NAMES = {"t1": "T1w", "t2": "T2w", "flair": "FLAIR", "t1c": "ce-gadolinium_T1w"}


@pytest.mark.slow
def test_from_a_bids_tree_to_a_report(scans, tmp_path):
    workspace, cohort = new_workspace(tmp_path / "copy"), grow("demo")
    days = cohort.visits.set_index(["patient", "visit"])["day"]
    root = tmp_path / "bids"
    for patient, visits in EXAMS.items():
        lines = ["session_id\tacq_time"]
        for visit in visits[:2]:
            date = np.datetime64("1910-05-01") + int(days[patient, visit])
            lines.append(f"ses-{visit}\t{date}T10:00:00")
            stem = f"sub-{patient}_ses-{visit}"
            anat = root / f"sub-{patient}" / f"ses-{visit}" / "anat"
            anat.mkdir(parents=True)
            for column, name in NAMES.items():
                os.link(
                    scans / patient / visit / f"{column}.nii.gz", anat / f"{stem}_{name}.nii.gz"
                )
        table = root / f"sub-{patient}" / f"sub-{patient}_sessions.tsv"
        table.write_text("\n".join(lines) + "\n")
    done = workspace.gadless("sheets", "--bids", str(root), "--out", ".")
    assert done.returncode == 0, done.stderr
    people = pd.read_csv(workspace.folder / "patients.tsv", sep="\t", dtype=str)
    known = cohort.patients.set_index("patient")
    names = people["patient"].str.removeprefix("sub-")
    people["os_days"], people["os_event"] = (
        names.map(known["os_days"]),
        names.map(known["os_event"]),
    )
    people.to_csv(workspace.folder / "patients.tsv", sep="\t", index=False)
    workspace.configure(preprocess={"spacing_mm": 2.0}, statistics={"bootstrap": 10})
    workspace.run()
    assert (workspace.folder / "results" / "report" / "index.html").is_file()
    measured = workspace.table("measurements")
    assert (measured["evaluable"] == 1).all()
    assert len(measured) == 12
    for patient, visits in EXAMS.items():
        rows = measured[measured["patient"] == f"sub-{patient}"]
        first, second = (int(days[patient, visit]) for visit in visits[:2])
        assert sorted(set(rows["day"])) == [0, second - first]
