"""What the ablation asks, and how much of it a change runs again; no Snakemake."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from recorded import started, why, work
from small_trial import Sheets, name_training_exams, small_trial

from gadless.errors import InputError
from gadless.jobs.place import RULES

EXAMS = {"preprocess": 2, "training_exams": 1}
VARIANTS = {"l1": {"losses": {"rest": 0.0, "brain": 1.0}}, "labels": {}}
# Two variants with two seeds, and three maps that no network makes.
ALL = {"ablation_train": 4, "ablation_judge": 7, "ablation": 1}


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    sheets = small_trial(tmp_path)
    name_training_exams(sheets)
    sheets.config["ablation"] = {"seeds": [1, 2], "variants": dict(VARIANTS)}
    return sheets


@pytest.fixture
def done(sheets: Sheets) -> Sheets:
    jobs = sheets.jobs()
    found = started(jobs, ["ablation"]).stale
    for ask in jobs.asks.all_of_ablation():
        assert ask.job in found
        work(ask)
    return sheets


def runs(sheets: Sheets, target: str = "ablation") -> dict[str, int]:
    return dict(Counter(words.split()[0] for words in why(sheets, [target])))


def test_a_training_and_a_judgement_a_variant_and_seed_and_one_table(sheets: Sheets) -> None:
    assert runs(sheets) == EXAMS | ALL
    assert set(ALL) <= set(RULES)
    one = "results/ablation/judged/l1.seed2.tsv"
    assert runs(sheets, one) == EXAMS | {"ablation_train": 1, "ablation_judge": 1}
    zero = "results/ablation/judged/zero.seed0.tsv"
    assert runs(sheets, zero) == EXAMS | {"ablation_judge": 1}


def test_what_is_done_stays_done(done: Sheets) -> None:
    assert runs(done) == {}
    # Nor is it anything to the trial.


@pytest.mark.parametrize(
    ("change", "run"),
    [
        ({"seeds": [1, 2, 3]}, {"ablation_train": 2, "ablation_judge": 2, "ablation": 1}),
        ({"seeds": [1]}, {"ablation": 1}),
        (
            {"variants": {**VARIANTS, "none": {"losses": {"ssim": 0.0}}}},
            {"ablation_train": 2, "ablation_judge": 2, "ablation": 1},
        ),
        (
            {"variants": {**VARIANTS, "labels": {"losses": {"lesion": 2.0}}}},
            {"ablation_train": 2, "ablation_judge": 2, "ablation": 1},
        ),
        ({"start": "unet"}, {**ALL, "ablation_judge": 4}),
        ({"steps": 900}, {**ALL, "ablation_judge": 4}),
        ({"threshold": 0.2}, {"ablation_judge": 7, "ablation": 1}),
        (
            {"variants": {**VARIANTS, "few": {"inputs": ["t1"]}}},
            {"ablation_train": 2, "ablation_judge": 2, "ablation": 1},
        ),
        # What lacks the further input would be used by none.
        (
            {"variants": {"l1": {"inputs": ["t1", "t2"]}, "labels": {"inputs": ["t1", "t2"]}}},
            ALL,
        ),
    ],
    ids=["seed", "one seed", "variant", "a loss", "start", "steps", "threshold", "few", "inputs"],
)
def test_a_change_runs_what_it_needs(done: Sheets, change: dict, run: dict[str, int]) -> None:
    done.config["ablation"] |= change
    assert runs(done) == run


def test_another_mask_trains_and_judges_anew(done: Sheets) -> None:
    done.scan("T1_mask.nii.gz", "another")
    found = runs(done)
    assert {rule: found[rule] for rule in ALL} == ALL


def test_a_judgement_deleted_is_made_again_without_a_training(done: Sheets) -> None:
    Path("results/ablation/judged/l1.seed1.tsv").unlink()
    assert runs(done) == {"ablation_judge": 1, "ablation": 1}


def test_a_training_deleted_is_judged_again(done: Sheets) -> None:
    Path("results/ablation/weights/l1.seed1.safetensors").unlink()
    assert runs(done) == {"ablation_train": 1, "ablation_judge": 1, "ablation": 1}


def test_an_input_that_is_no_sequence_is_named_before_anything_runs(sheets: Sheets) -> None:
    sheets.config["ablation"]["variants"] = {"odd": {"inputs": ["t1", "adc"]}}
    assert "ablation.variants.odd.inputs: adc is no sequence" in sheets.jobs().ablation.faults()[0]


def test_a_start_that_is_not_shipped_is_named_before_anything_runs(sheets: Sheets) -> None:
    sheets.config["ablation"]["start"] = "nobody"
    assert "no weights are shipped for 'nobody'" in sheets.jobs().ablation.faults()[0]


def test_no_other_variant_is_trained_than_those_that_are_named(sheets: Sheets) -> None:
    w = SimpleNamespace(variant="labels", seed="7")
    with pytest.raises(InputError, match="no variant 'labels' with seed 7"):
        sheets.jobs().asks.ablation_train(w)
    w = SimpleNamespace(variant="zero", seed="0")
    with pytest.raises(InputError, match="what no network makes"):
        sheets.jobs().asks.ablation_train(w)
    assert sheets.jobs().ablation.weights_of(w) == []


@pytest.mark.parametrize("target", ["train", "ablation"])
def test_the_list_of_exams_is_made_again_for_whoever_reads_it(done: Sheets, target: str) -> None:
    """Networks learn from the list: an old one would train them as before the change."""
    done.config["training"]["weight"] = 2.0
    assert runs(done, target)["training_exams"] == 1
