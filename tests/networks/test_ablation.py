"""The ablation on tiny exams: one split for all, no choice on it, and what is told of each loss."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny_exams import exam_of

from gadless.errors import InputError
from gadless.networks import checkpoint
from gadless.networks.ablation.table import NAMES, assembled, in_loss, ranked, summary
from gadless.networks.ablation.variant import common_cohort, judge_variant, train_variant
from gadless.networks.dataset import Cohort
from gadless.networks.header import read_header, shipped
from gadless.report.figures.ablation import ablation_ranks
from gadless.trial.config import Training, read_config
from gadless.trial.config.ablation import BASELINES, Ablation

SETTINGS = Training(held_out=0.34, precision="float32")
TINY = Ablation(steps=12, patch=16, seeds=[1, 2], start="")


@pytest.fixture
def exams(make_exam, tmp_path: Path) -> list:
    for patient in ("p1", "p2", "p3"):
        make_exam(patient)
    return [exam_of(tmp_path, patient, phantom=True) for patient in ("p1", "p2", "p3")]


@pytest.fixture
def cohort(exams, tmp_path: Path) -> Cohort:
    return common_cohort(exams, TINY.inputs, SETTINGS, tmp_path / "cache")


@pytest.fixture
def trained(cohort, tmp_path: Path):
    def trained(variant: str, seed: int = 1, stem: str = "net", ablation: Ablation = TINY):
        recipe = ablation.recipe(variant, seed).model_copy(update={"channels": 4})
        weights = tmp_path / f"{stem}.safetensors"
        train_variant(variant, recipe, cohort, SETTINGS, {}, weights, tmp_path / "cache")
        return weights, recipe

    return trained


def judged(cohort: Cohort, variant: str, seed: int = 0, network=None, threshold: float = 0.3):
    return judge_variant(variant, seed, network, cohort, 2.0, threshold)


def test_an_exam_that_one_variant_cannot_use_is_used_by_none(exams, make_exam, tmp_path) -> None:
    make_exam("p4", without={"flair": "not acquired"})
    exams = [*exams, exam_of(tmp_path, "p4"), exam_of(tmp_path, "p3", "v2", mask=None)]
    make_exam("p3", "v2")
    found = common_cohort(exams, TINY.inputs, SETTINGS, tmp_path / "cache")
    used = {(m.case.patient, m.case.visit) for m in (*found.learning, *found.held_out)}
    assert used == {("p1", "v1"), ("p2", "v1"), ("p3", "v1")}
    assert [member.case.patient for member in found.held_out] == ["p3"]
    few = Ablation(variants={"no_flair": {"inputs": ["t1", "t2"]}})
    found = common_cohort(exams, few.inputs, SETTINGS, tmp_path / "cache")
    assert {member.case.patient for member in found.held_out} == {"p4"}


def test_a_whole_site_is_judged_that_none_has_learnt_from(exams, tmp_path) -> None:
    """As `training.split: site` names their units."""
    sites = ("south", "north", "south")
    exams = [replace(exam, unit=site) for exam, site in zip(exams, sites, strict=True)]
    found = common_cohort(exams, TINY.inputs, SETTINGS, tmp_path / "cache")
    assert [member.case.patient for member in found.held_out] == ["p1", "p3"]
    assert [member.case.patient for member in found.learning] == ["p2"]


def test_what_no_network_makes_is_where_it_must_be(cohort) -> None:
    acquired, zero, mean = (judged(cohort, name).iloc[0] for name in BASELINES)
    assert acquired["patient"] == "p3"
    assert acquired["exams"] == "phantoms"
    assert acquired[["ssim", "gms", "recovery_enhancing"]].tolist() == pytest.approx([1, 1, 1])
    assert acquired[["mae_ratio", "excess_lesion", "excess_rest"]].tolist() == [0, 0, 0]
    assert acquired["nmi"] == pytest.approx(2)
    # Enhancement is 1, noise 0.03 and the threshold 0.3.
    assert acquired[["auc", "dice"]].tolist() == [1, 1]
    assert acquired["volume_bias"] == 0
    assert zero[["mae_ratio", "nmi", "auc", "dice"]].tolist() == pytest.approx([1, 1, 0.5, 0])
    assert zero["recovery_enhancing"] == 0
    images = [member.case.open() for member in cohort.learning]
    learnt = np.mean(
        [
            one.images[one.names.index("subtraction")].astype(float)[one.brain].mean()
            for one in images
        ]
    )
    case = cohort.held_out[0].case.open()
    there = case.images[case.names.index("subtraction")].astype(float)
    expected = learnt / there[case.labels == 1].mean()
    assert mean["recovery_enhancing"] == pytest.approx(expected, rel=1e-3)
    assert mean["auc"] == 0.5
    assert not any(name.startswith("direct_") for name in acquired.index)


def test_a_tumour_without_enhancement_is_asked_for_false_volume(exams, tmp_path) -> None:
    """Coded so that what enhances on the image is abnormality by its mask, in the one held out."""
    quiet = exam_of(tmp_path, "p3", coding={0: 0, 1: 2, 2: 2, 3: 2}, unit="z")
    found = common_cohort([*exams[:2], quiet], TINY.inputs, SETTINGS, tmp_path / "cache")
    acquired = judged(found, "acquired").iloc[0]
    assert acquired["exams"] == "scans"
    case = found.held_out[0].case.open()
    bright = case.images[case.names.index("subtraction")] > 0.3
    assert acquired["false_cm3"] == pytest.approx((bright & (case.labels > 0)).sum() * 0.008)
    assert acquired[["auc", "dice", "volume_bias"]].isna().all()
    assert judged(found, "zero").iloc[0]["false_cm3"] == 0


def test_a_threshold_decides_what_enhances(cohort) -> None:
    high = judged(cohort, "acquired", threshold=2.0).iloc[0]
    assert high["dice"] == 0
    assert high["volume_bias"] < -3


def test_variants_say_what_they_have_learnt_and_nothing_else(cohort, trained) -> None:
    columns = {}
    for variant in ("labels", "l1", "direct"):
        table = judged(cohort, variant, 1, trained(variant, stem=variant))
        assert set(table.columns) <= {"variant", "seed", "exams", "patient", "visit", *NAMES}
        columns[variant] = set(table.columns)
    assert {"ssim", "dice", "direct_dice"} <= columns["labels"]
    # Compartments that no loss asked for are noise.
    assert "ssim" in columns["l1"]
    assert "direct_dice" not in columns["l1"]
    assert "ssim" not in columns["direct"]
    assert {"dice", "auc", "direct_dice"} <= columns["direct"]


def test_a_longer_training_is_better(cohort, trained) -> None:
    long = Ablation(steps=150, patch=16, seeds=[1], start="")
    table = judged(cohort, "labels", 1, trained("labels", ablation=long)).iloc[0]
    assert table["auc"] > 0.8
    assert table["mae_ratio"] < 1


def test_an_interrupted_training_goes_on_and_keeps_its_last_step(
    trained, monkeypatch, tmp_path
) -> None:
    whole, _ = trained("labels", stem="whole")
    curve = pd.read_csv(whole.with_suffix(".tsv"), sep="\t")
    assert curve["step"].tolist() == [TINY.steps]
    monkeypatch.setattr("gadless.networks.train.CHECKPOINT_STEPS", 5)
    save = checkpoint.save

    def killed(*given) -> None:
        save(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        trained("labels", stem="broken")
    assert (tmp_path / "broken.checkpoint").exists()
    monkeypatch.setattr(checkpoint, "save", save)
    steps = []
    import gadless.networks.learners as learners

    step = learners.GeneratorLearner.step
    monkeypatch.setattr(
        learners.GeneratorLearner,
        "step",
        lambda self, batch, number, *more: (steps.append(number), step(self, batch, number, *more))[
            1
        ],
    )
    resumed, _ = trained("labels", stem="broken")
    assert steps == list(range(5, TINY.steps))
    assert resumed.read_bytes() == whole.read_bytes()


def test_every_training_begins_from_the_same_weights() -> None:
    begun = Ablation(start="abnormality")
    recipes = [begun.recipe(name, 1) for name in TINY.variants]
    assert {recipe.start for recipe in recipes} == {"abnormality"}
    assert Ablation().recipe("l1", 1).start == ""
    header = read_header(shipped("abnormality"), "here")
    # Its head gives no map, so that each begins its own anew.
    assert (header.kind, header.channels) == ("segmenter", recipes[0].channels)


def test_each_loss_says_what_it_contains() -> None:
    contained = {
        name: set(in_loss(TINY.recipe(name, 1))["in_loss"].split()) for name in TINY.variants
    }
    assert contained["l1"] == {
        *("ssim", "mae_ratio", "recovery_enhancing", "recovery_elsewhere"),
        *("excess_lesion", "excess_rest"),
    }
    assert contained["labels"] - contained["no_ssim"] == {"ssim"}
    assert contained["labels"] - contained["no_compartments"] == {
        "direct_dice",
        "direct_abnormality",
    }
    assert contained["direct"] == {"dice", "direct_dice", "direct_abnormality"}
    assert not {"gms", "nmi", "auc", "volume_bias"} & set().union(*contained.values())
    assert in_loss(None)["in_loss"] == "none"
    assert "adversarial=0.02" in in_loss(TINY.recipe("adversarial", 1))["losses"]


def rows(**figures: tuple[float, ...]) -> pd.DataFrame:
    """Two seeds of each variant; of a baseline, one row."""
    found = []
    for name, values in figures.items():
        of_seeds = zip((0,) if name in BASELINES else (1, 2), values, strict=True)
        for seed, (ssim, dice) in of_seeds:
            row = {"variant": name, "seed": seed, "exams": "scans", "patient": "a", "visit": "1"}
            found.append({**row, "ssim": ssim, "dice": dice})
    return pd.DataFrame(found)


def test_ranks_are_of_each_seed_and_ties_share_theirs() -> None:
    table = rows(
        acquired=((1.0, 1.0),),
        zero=((0.9, 0.0),),
        good=((0.8, 0.6), (0.95, 0.6)),
        other=((0.8, 0.4), (0.7, 0.7)),
        direct=((math.nan, 0.5), (math.nan, 0.5)),
    )
    found = ranked(summary(table), [1, 2]).set_index(["variant", "seed"])
    assert math.isnan(found.loc[("acquired", 0), "rank_task"])
    assert found.loc[("good", 1), "rank_ssim"] == found.loc[("other", 1), "rank_ssim"] == 2.5
    assert found.loc[("good", 2), "rank_ssim"] == 1
    # First of seed 1, second of seed 2.
    assert found.loc[("zero", 0), "rank_ssim"] == 1.5
    assert found["rank_task"].drop(("acquired", 0)).tolist() == [4, 1, 2, 3, 1, 2, 3]
    assert found.loc["direct", "rank_ssim"].isna().all()


def test_a_table_is_of_patients_and_tells_the_worst() -> None:
    of = {"variant": "labels", "seed": 1, "exams": "scans"}
    exams = pd.DataFrame(
        [
            {**of, "patient": "a", "visit": "1", "ssim": 0.2, "false_cm3": 7.0},
            {**of, "patient": "a", "visit": "2", "ssim": 0.4},
            {**of, "patient": "b", "visit": "1", "ssim": 0.5, "false_cm3": 1.0},
            {**of, "patient": "c", "visit": "1", "ssim": 0.9},
        ]
    )
    table = assembled(exams, {"labels": TINY.recipe("labels", 1)}, [1]).iloc[0]
    assert table["patients"] == 3
    assert table["ssim"] == pytest.approx(0.5)
    assert table["false_cm3"] == pytest.approx(4)
    assert table["false_cm3_worst"] == 7
    assert "direct_dice" in table["in_loss"]
    assert set(NAMES) <= set(table.index)


def test_the_figure_has_a_point_a_variant_and_one_beside_for_what_gives_no_map() -> None:
    table = ranked(
        summary(
            rows(
                zero=((0.9, 0.0),),
                good=((0.8, 0.6), (0.95, 0.6)),
                direct=((math.nan, 0.5), (math.nan, 0.5)),
            )
        ),
        [1, 2],
    )
    figure = ablation_ranks(table).figure
    axes = figure.axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["direct", "good", "zero"]
    assert "no map" in [label.get_text() for label in axes.get_xticklabels()]
    assert ablation_ranks(table[:0]).absent


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seeds": [1, 1]}, "names a seed twice"),
        ({"variants": {"zero": {}}}, "zero"),
        ({"variants": {}}, "none"),
        ({"variants": {"a": {"steps": 5}}}, "a: steps is the same for all"),
        ({"variants": {"a": {"losses": {"mse": 1}}}}, "mse"),
        ({"variants": {"a": {"start": "unet"}}}, "a: start is the same for all"),
        ({"variants": {"a": {"kind": "segmenter"}}}, "sees `contrast`"),
    ],
)
def test_a_faulty_section_is_refused_in_words(given, said) -> None:
    trial = {"patients": "p.tsv", "visits": "v.tsv", "ablation": given}
    with pytest.raises(InputError, match="ablation") as error:
        read_config(trial)
    assert said in str(error.value)
