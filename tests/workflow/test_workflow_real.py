"""Real scans run through the same workflow to measurements and a report, where they are."""

from pathlib import Path

import pytest
import yaml
from workspace import ROOT, Workspace, new_workspace

SCANS = ROOT.parent / "shared" / "real"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SCANS.is_dir(), reason="no folder of real scans beside the repository"),
]


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Workspace:
    workspace = new_workspace(tmp_path_factory.mktemp("real") / "copy")
    trial = yaml.safe_load((ROOT / "tests" / "real" / "trial.yaml").read_text())
    for sheet in ("patients", "visits"):
        trial[sheet] = str(ROOT / "tests" / "real" / trial[sheet])
    trial["results"] = "results"
    # Twice as coarse as the trial that a person would run: a test needs the path, not the detail.
    trial["preprocess"]["spacing_mm"] = 2.0
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    workspace.run()
    return workspace


def test_all_four_exams_are_measured_on_every_contrast(real):
    measured = real.table("measurements")
    assert len(measured) == 4 * 3
    assert measured["evaluable"].tolist() == [1] * 12, measured["reason"].tolist()


def test_skull_stripped_scans_are_recognised(real):
    quality = real.table("quality")
    assert set(quality["outcome"]) <= {"pass", "warn"}


def test_the_report_says_that_no_endpoint_can_be_estimated(real):
    page = (real.folder / "results" / "report" / "index.html").read_text()
    assert "no endpoint can be estimated" in page.lower()
    assert "No survival curve is drawn" in page


def test_nothing_was_written_beside_the_scans(real):
    assert {path.name for path in Path(SCANS / "BraTS2021_01480").iterdir()} == {
        f"{name}.nii.gz" for name in ("t1", "t2", "flair", "t1c", "seg")
    }
