"""Where contrasts come from: each sentence, and that none is passed over."""

import pytest

from gadless.report import origins
from gadless.report.answer import answers
from gadless.report.basis import basis
from gadless.report.methods import methods, provenance_rows
from gadless.report.results import Results
from gadless.report.stages import boxes

ELSEWHERE = "made elsewhere; what its maker saw, Gadless cannot know"


def network(learnt_from, phantoms_only=False, **more):
    about = {
        "source": "shipped with Gadless",
        "format": "gadless",
        "output": "map",
        "weights": "0123456789abcdef",
        "inputs": ["t1", "t2", "flair"],
        "licence": "Apache-2.0",
        "date": "2026-11-22",
        "figures": {},
    }
    return about | {"learnt_from": learnt_from, "phantoms_only": phantoms_only} | more


PHANTOMS = network("digital phantoms alone (51 exams of 38 patients)", phantoms_only=True)
SCANS = network("120 exams of 80 patients, none of the exams of digital phantoms")
UNKNOWN = network("not stated by whoever gave it", licence="", date="", format="onnx")


@pytest.fixture
def results(write_tables, trial):
    """A trial with one candidate, cgan, whose networks are told as given."""

    def make(networks=None, brought=None, phantoms=0, candidates=("cgan",), **changes):
        patients = [
            row | ({"phantom": 1} if place < phantoms else {})
            for place, row in enumerate(trial.patients())
        ]
        agreement = [row for name in candidates for row in trial.equivalence(name, "undecided")]
        given = {"networks": {name: {} for name in candidates}} | changes
        config = trial.make_config(candidates=list(candidates), **given)
        told = {"networks": networks} if networks is not None else {}
        told |= {"brought": brought} if brought is not None else {}
        return Results(config, write_tables(patients=patients, agreement=agreement), told)

    return make


def first_sentence(results):
    return answers(results)[0].sentence


def test_networks_of_phantoms_open_the_first_sentence(results):
    both = first_sentence(results({"cgan": PHANTOMS, "segmenter": PHANTOMS}))
    assert both.startswith(
        "With networks that have learnt from digital phantoms alone, whether the trial would have"
        " concluded the same"
    )
    one = first_sentence(results({"cgan": PHANTOMS, "segmenter": SCANS}))
    assert one.startswith("With a generator that has learnt from digital phantoms alone, whether")
    other = first_sentence(results({"cgan": SCANS, "segmenter": PHANTOMS}))
    assert other.startswith("With a segmenter that has learnt from digital phantoms alone, whether")
    neither = first_sentence(results({"cgan": SCANS, "segmenter": SCANS}))
    assert neither.startswith("Whether the trial would have concluded the same")


def test_phantoms_among_the_patients_open_it_too(results):
    scans = {"cgan": SCANS, "segmenter": SCANS}
    assert first_sentence(results(scans, phantoms=12)).startswith(
        "On phantoms, not patients: whether the trial"
    )
    assert first_sentence(results(scans, phantoms=3)).startswith(
        "With 3 digital phantoms among 12 patients: whether the trial"
    )
    phantoms = {"cgan": PHANTOMS, "segmenter": PHANTOMS}
    assert first_sentence(results(phantoms, phantoms=12)).startswith(
        "On phantoms, not patients, and with networks that have learnt from digital phantoms alone:"
        " whether the trial"
    )


def test_a_sheet_without_the_column_says_nothing_of_phantoms(results, write_tables, trial):
    paths = write_tables()
    table = paths["patients"]
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    place = rows[0].index("phantom")
    table.write_text("".join("\t".join(r[:place] + r[place + 1 :]) + "\n" for r in rows))
    assert origins.opening(Results(trial.make_config(), paths)) == ""


def test_a_trial_without_candidates_says_so_as_well(results):
    assert origins.opening(results(candidates=(), phantoms=12)) == "On phantoms, not patients: "


def test_what_phantom_networks_make_of_patients_is_cautioned_against(results):
    phantoms = {"cgan": PHANTOMS, "segmenter": PHANTOMS}
    text = "says nothing of how networks that have learnt from patients would"
    assert text in answers(results(phantoms))[0].caution
    assert text in answers(results(phantoms, phantoms=3))[0].caution
    # Networks of phantoms belong on phantoms.
    assert answers(results(phantoms, phantoms=12))[0].caution == ""
    assert answers(results({"cgan": SCANS, "segmenter": SCANS}))[0].caution == ""


def test_each_candidate_says_what_is_true_of_it(results):
    """One that learnt from phantoms, one from patients, one of which nobody says."""
    networks = {"cgan": PHANTOMS, "unet": SCANS, "theirs": UNKNOWN, "segmenter": SCANS}
    found = results(networks, candidates=("cgan", "unet", "theirs"))
    phantom, scans, unknown = answers(found)
    assert phantom.sentence.startswith("With a generator that has learnt from digital phantoms")
    assert "networks that have learnt from patients would" in phantom.caution
    assert "phantom" not in scans.sentence + scans.caution
    assert scans.caution == ""
    assert "phantom" not in unknown.sentence + unknown.caution
    assert unknown.caution == (
        "What theirs has learnt from is not stated, nor whether patients of this trial were part of"
        " it."
    )
    (said,) = [text for text in basis(found) if "have learnt from" in text]
    assert said == (
        "What the networks have learnt from. cgan: digital phantoms alone (51 exams of 38"
        " patients); unet and the segmenter: 120 exams of 80 patients, none of the exams of digital"
        " phantoms; theirs: not stated by whoever gave it."
    )


def test_networks_of_which_nobody_told_are_not_passed_over(results):
    untold = answers(results(None))[0]
    assert untold.caution.startswith("What cgan and the segmenter have learnt from is not stated")
    left_out = answers(results({"segmenter": SCANS}))[0]
    assert left_out.caution.startswith("What cgan has learnt from is not stated")


def test_measured_elsewhere_no_network_is_spoken_of(results):
    table = {"visits": None, "measurements": "table.tsv"}
    found = results(**table)
    assert answers(found)[0].caution == ""
    assert first_sentence(found).startswith("Whether the trial")
    assert not any("network" in text for text in basis(found))
    assert origins.networks(found) is None


BROUGHT = {
    "cgan": {"images": 40, "masks": 0, "coding": None, "learnt_from": ELSEWHERE},
    "gbca": {"images": 0, "masks": 1, "coding": "brats2021", "learnt_from": ELSEWHERE},
}


def test_what_others_made_is_said_in_the_answer(results):
    (answer,) = answers(results({"segmenter": SCANS}, BROUGHT))
    assert answer.caution == (
        "Made elsewhere: masks of gbca at 1 visit and images of cgan at 40 visits; no gadolinium"
        " reaches a candidate by our doing, but what others' images contain, Gadless cannot know."
        " gbca is outlined by masks made elsewhere, cgan by the segmenter: they differ by more than"
        " contrast."
    )
    masks = dict.fromkeys(("gbca", "cgan"), BROUGHT["gbca"])
    (answer,) = answers(results({"segmenter": SCANS}, masks))
    assert answer.caution == (
        "Made elsewhere: masks of gbca at 1 visit and masks of cgan at 1 visit; what those who made"
        " them saw, Gadless cannot know."
    )


def test_what_others_made_is_said_in_methods_and_basis(results):
    found = results({"segmenter": SCANS}, BROUGHT)
    said = dict(methods(found))
    assert "images of cgan at 40 visits and masks of gbca at 1 visit" in said["Made elsewhere"]
    assert "Labels were read as: gbca by brats2021." in said["Made elsewhere"]
    assert "No gadolinium reaches a candidate by Gadless's doing" in said["Made elsewhere"]
    assert said["Images"].endswith("so that no gadolinium informs a candidate made here.")
    assert "predict" not in said["Candidates"]
    assert said["Candidates"] == (
        "One segmenter, trained on acquired contrast only, labels every contrast alike, but for"
        " masks made elsewhere."
    )
    assert any(text.startswith("Made elsewhere: images of cgan at 40") for text in basis(found))


def test_the_flow_says_at_which_stage_something_was_brought(write_tables, trial):
    seen = [
        {"patient": "P01", "visit": "v0", "contrast": name, "stage": stage, "outcome": "reached"}
        for name, stages in (("gbca", ["segmented"]), ("cgan", ["synthesised", "segmented"]))
        for stage in stages
    ]
    config, paths = trial.make_config(candidates=["cgan"]), write_tables(flow=seen)
    titles = {
        (box.stage, box.contrast): box.title
        for box in boxes(Results(config, paths, {"brought": BROUGHT}))
    }
    assert titles["segmented", "gbca"] == "Segmented or brought"
    assert titles["synthesised", "cgan"] == "Synthesised or brought"
    assert titles["segmented", "cgan"] == "Segmented"


def test_without_anything_brought_the_methods_are_silent_on_it(results):
    said = dict(methods(results({"cgan": SCANS, "segmenter": SCANS})))
    assert "Made elsewhere" not in said
    assert said["Candidates"].startswith("cgan predicts the T1 subtraction map")
    assert "from T1, T2 and FLAIR. One segmenter, trained on" in said["Candidates"]


def test_inputs_are_those_of_the_weights(results):
    networks = {"cgan": SCANS, "unet": SCANS | {"inputs": ["t1", "adc"]}, "segmenter": UNKNOWN}
    said = dict(methods(results(networks, candidates=("cgan", "unet"))))["Candidates"]
    assert "cgan predicts the T1 subtraction map" in said
    assert "unet predicts the T1 subtraction map (after minus before contrast) from T1 and" in said
    assert said.endswith("One segmenter labels every contrast alike.")


def test_where_enhancing_tumour_ends_is_said(results):
    said = dict(methods(results({"cgan": SCANS, "segmenter": SCANS | {"uptake": 0.4}})))
    assert "ends where a voxel enhances by less than 40% of what its lesion" in said["Candidates"]
    silent = dict(methods(results({"cgan": SCANS, "segmenter": SCANS | {"uptake": 0.0}})))
    assert "less than" not in silent["Candidates"]


def test_a_network_that_gives_labels_is_no_generator(results):
    labels = PHANTOMS | {"output": "labels", "inputs": ["t1"]}
    found = results({"cgan": labels, "segmenter": SCANS})
    assert first_sentence(found).startswith("With a network that has learnt from digital phantoms")
    said = dict(methods(found))["Candidates"]
    assert "gbca is outlined by the segmenter, cgan by its own network" in answers(found)[0].caution
    assert said.startswith("cgan labels the tumour without an image of contrast, from T1.")


def test_a_trial_of_masks_alone_claims_no_preprocessing(results, write_tables, trial):
    config = trial.make_config(candidates=["cgan"])
    masks = dict.fromkeys(("gbca", "cgan"), BROUGHT["gbca"])
    provenance = {"networks": {}, "brought": masks}
    said = dict(methods(Results(config, write_tables(quality=None), provenance)))
    assert said["Images"].startswith("No scan was processed")
    assert said["Candidates"] == "None is made here."
    assert origins.caution(Results(config, {}, provenance), "cgan").startswith("Made elsewhere")


def test_the_table_of_networks_holds_every_fact_and_says_what_is_not_stated(results):
    figures = {"SSIM in the brain": 0.861, "Dice of necrosis": float("nan")}
    grid = origins.networks(
        results({"cgan": PHANTOMS | {"figures": figures}, "segmenter": UNKNOWN})
    )
    known, unknown = grid.rows
    assert known[0] == "cgan"
    assert known[1].startswith("digital phantoms alone")
    assert known[2:4] == ("Apache-2.0", "2026-11-22")
    assert known[4] == "SSIM in the brain 0.861"
    assert known[5] == "shipped with Gadless, 0123456789ab"
    assert unknown[:4] == (
        "Segmenter",
        "not stated by whoever gave it",
        "not stated",
        "\N{EN DASH}",
    )


def test_networks_are_listed_once():
    rows = provenance_rows({"versions": {"torch": "2"}, "networks": {"cgan": SCANS}, "brought": {}})
    assert rows == [("versions: torch", "2")]
