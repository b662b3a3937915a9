"""The list of exams that networks learn from is never an old one."""

from collections import Counter
from pathlib import Path

import pytest
from recorded import started, why, work
from small_trial import Sheets, name_training_exams, small_trial


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """A trial whose networks have been trained on two exams."""
    monkeypatch.chdir(tmp_path)
    sheets = small_trial(tmp_path)
    name_training_exams(sheets)
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
