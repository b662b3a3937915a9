"""Trials that start: of scans with headers, and measured elsewhere."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from recorded import finish
from small_trial import SEQUENCES, Sheets, small_trial

SMALL = nibabel.Nifti1Image(np.zeros((9, 9, 9), np.int16), np.diag([2.0, 2.0, 2.0, 1.0]))


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """A trial of two patients with scans that have headers."""
    folder = tmp_path / "trial"
    folder.mkdir()
    monkeypatch.chdir(folder)
    trial = small_trial(folder)
    for row in trial.visits:
        for name in SEQUENCES:
            nibabel.save(SMALL, folder / row[name])
    return trial


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """The same patients, measured elsewhere."""
    monkeypatch.chdir(tmp_path)
    trial = small_trial(tmp_path)
    trial.visits = [
        {
            **{"patient": row["patient"], "visit": row["visit"], "day": row["day"]},
            **{"contrast": contrast, "enhancing_cm3": 5, "abnormality_cm3": 9, "spd_mm2": 300},
        }
        for row in trial.visits
        for contrast in ("gbca", "cgan")
    ]
    trial.config["candidates"] = ["cgan"]
    return trial


@pytest.fixture
def unrun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """A trial of two patients, none of whose jobs has run."""
    (tmp_path / "trial").mkdir()
    monkeypatch.chdir(tmp_path / "trial")
    return small_trial(tmp_path / "trial")


@pytest.fixture
def done(unrun: Sheets) -> Sheets:
    """The same, all of whose jobs left records."""
    finish(unrun)
    return unrun
