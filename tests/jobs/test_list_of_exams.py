"""The list of exams that networks learn from is never an old one."""

from collections import Counter
from pathlib import Path

import pytest
from recorded import started, why, work
from small_trial import Sheets, small_trial


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """A trial whose networks have been trained on two exams."""
    monkeypatch.chdir(tmp_path)
    sheets = small_trial(tmp_path)
    lines = ["patient\tvisit\tday\tt1\tt2\tflair\tt1c\tmask_gbca"]
    for patient in ("T1", "T2"):
        names = ("t1", "t2", "flair", "t1c", "mask")
        scans = [sheets.scan(f"{patient}_{name}.nii.gz") for name in names]
        lines.append("\t".join([patient, "V1", "0", *scans]))
    Path("learnt_visits.tsv").write_text("\n".join(lines) + "\n")
    rows = "patient\tarm\tos_days\tos_event\nT1\ta\t\t\nT2\ta\t\t\n"
    Path("learnt_patients.tsv").write_text(rows)
    named = {name: str(tmp_path / f"learnt_{name}.tsv") for name in ("patients", "visits")}
    sheets.config["training"] = {**named, "labels": "gadless"}
    jobs = sheets.jobs()
    started(jobs, ["train"])
    for ask in jobs.asks.training():
        work(ask)
    return sheets


def runs(sheets: Sheets) -> Counter[str]:
    return Counter(words.split()[0] for words in why(sheets, ["train"]))


def test_what_is_done_stays_done(done: Sheets) -> None:
    assert not runs(done)


def test_another_weight_lists_the_exams_again_before_networks_learn(done: Sheets) -> None:
    done.config["training"]["weight"] = 2.0
    found = runs(done)
    assert found["training_exams"] == 1
    assert found["train_network"] == len(done.jobs().training.networks)
