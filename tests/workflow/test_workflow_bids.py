"""From a BIDS tree to a report: the sheets, who lived how long, the workflow."""

import nibabel
import numpy as np
import pandas as pd
import pytest
from workspace import new_workspace

DAYS = (0, 42, 91)
GRID = np.diag([2.0, 2.0, 2.0, 1.0])
LABELS = "index\tname\n1\tNecrotic core\n2\tOedema\n4\tEnhancing tumour\n"


def ball(radius: float) -> np.ndarray:
    """Return a tumour in the coding of BraTS 2021: a rim round a core, oedema round both."""
    away = np.linalg.norm(np.indices((40, 40, 40)) - 19.5, axis=0)
    return np.select([away < radius / 3, away < radius, away < radius + 3], [1, 4, 2], 0)


@pytest.mark.slow
def test_from_a_bids_tree_with_readers_masks_to_a_report(tmp_path):
    rng = np.random.default_rng(6)
    root, workspace = tmp_path / "bids", new_workspace(tmp_path / "copy")
    sizes = {}
    people = ["participant_id\tage\tarm\tos_days\tos_event\tname"]
    for number in range(8):
        sub = f"sub-{number + 1:02d}"
        people.append(f"{sub}\t{50 + number}\t{'ab'[number % 2]}\t{200 + 40 * number}\t1\tPlanted")
        times = ["session_id\tacq_time"]
        for at, day in enumerate(DAYS):
            times.append(f"ses-{at}\t{np.datetime64('1911-02-03') + number + day}T09:30:00")
            anat = root / "derivatives" / "readers" / sub / f"ses-{at}" / "anat"
            anat.mkdir(parents=True)
            for reader, wider in (("gbca", 0.0), ("reader1", 0.6)):
                data = ball(5 + at * rng.uniform(0, 2) + wider).astype(np.uint8)
                sizes[sub, f"ses-{at}", reader] = (data == 4).sum() * 0.008
                path = anat / f"{sub}_ses-{at}_desc-{reader}_dseg.nii.gz"
                nibabel.save(nibabel.Nifti1Image(data, GRID), path)
            (root / sub / f"ses-{at}" / "anat").mkdir(parents=True)
        (root / sub / f"{sub}_sessions.tsv").write_text("\n".join(times) + "\n")
    (root / "participants.tsv").write_text("\n".join(people) + "\n")
    (root / "derivatives" / "readers" / "dseg.tsv").write_text(LABELS)

    done = workspace.gadless("sheets", "--bids", str(root), "--out", ".")
    assert done.returncode == 0, done.stderr
    workspace.configure(candidates=["reader1"], statistics={"bootstrap": 10})
    workspace.run()

    page = (workspace.folder / "results" / "report" / "index.html").read_text()
    measured = workspace.table("measurements").set_index(["patient", "visit", "contrast"])
    assert len(measured) == len(sizes)
    for key, size in sizes.items():
        assert measured.loc[key, "enhancing_cm3"] == pytest.approx(size, abs=1e-3)
        assert measured.loc[key, "day"] == DAYS[int(key[1][-1])]
    assert "Planted" not in page
    tables = [path.read_text() for path in (workspace.folder / "results").rglob("*.tsv")]
    assert not any("Planted" in text or "1911-" in text for text in tables)
    patients = pd.read_csv(workspace.folder / "patients.tsv", sep="\t", dtype=str)
    assert patients.loc[0, ["patient", "age", "arm", "os_days"]].to_list() == [
        *("sub-01", "50", "a", "200"),
    ]
