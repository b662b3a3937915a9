"""What reruns what, from what each job is asked for."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from small_trial import Sheets, asked, changed, small_trial

from gadless.errors import InputError
from gadless.jobs.images import Visit
from gadless.record import COMMON


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    return small_trial(tmp_path)


def images(patient: str, visit: str) -> set[str]:
    return {f"{stage} {patient} {visit}" for stage in ("preprocess", "synthesise", "segment")}


def test_nothing_changed_asks_for_nothing_else(sheets: Sheets) -> None:
    assert changed(asked(sheets.jobs()), asked(sheets.jobs())) == set()


def test_a_new_visit_is_its_images_its_patient_and_the_tables(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    new = {**sheets.row("P1", "V2"), "visit": "V3", "day": 90}
    sheets.visits.insert(0, new)
    assert changed(before, asked(sheets.jobs())) == {
        *images("P1", "V3"),
        "measure P1",
        "collect",
        "report",
    }


def test_the_order_of_rows_and_a_comment_ask_for_nothing(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.visits.reverse()
    assert changed(before, asked(sheets.jobs())) == set()


def test_a_corrected_day_is_one_patient_and_the_tables(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.row("P2", "V2")["day"] = 41
    assert changed(before, asked(sheets.jobs())) == {"measure P2", "collect", "report"}


def test_a_replaced_scan_is_its_visit(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.scan("P1_V2_flair.nii.gz", "another scan")
    assert changed(before, asked(sheets.jobs())) == {"preprocess P1 V2"}


def test_a_moved_scan_asks_for_nothing(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    path = sheets.folder / sheets.row("P1", "V2")["t2"]
    sheets.row("P1", "V2")["t2"] = "scans/elsewhere.nii.gz"
    path.rename(sheets.folder / "scans" / "elsewhere.nii.gz")
    assert changed(before, asked(sheets.jobs())) == set()


@pytest.mark.parametrize("sheet", ["patients", "visits"])
def test_a_comment_asks_for_nothing_unless_it_is_named(sheets: Sheets, sheet: str) -> None:
    rows = getattr(sheets, sheet)
    plain = asked(sheets.jobs())
    for row in rows:
        row["full_name"] = "somebody"
    with_names = asked(sheets.jobs())
    assert changed(plain, with_names) == set()
    rows[0]["full_name"] = "somebody else"
    assert changed(plain, asked(sheets.jobs())) == set()
    sheets.config["keep_columns"] = ["full_name"]
    named = asked(sheets.jobs())
    assert changed(plain, named) == {"collect", "report"}
    rows[0]["full_name"] = "another name"
    assert changed(named, asked(sheets.jobs())) == {"collect", "report"}


def test_the_order_of_candidates_is_that_of_pages_alone(sheets: Sheets) -> None:
    sheets.config["candidates"] = ["cgan", "unet"]
    before = asked(sheets.jobs())
    sheets.config["candidates"] = ["unet", "cgan"]
    assert changed(before, asked(sheets.jobs())) == {"report", "patient_pages"}


def test_a_shorter_list_of_candidates_asks_for_the_same_of_those_that_stay(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["candidates"] = ["unet"]
    after = asked(sheets.jobs())
    for stage in ("preprocess", "synthesise", "segment"):
        (parts, *_), (fewer, *_) = (what[f"{stage} P1 V2"] for what in (before, after))
        # A part that is no longer asked for makes a result no older.
        assert fewer.items() <= parts.items()
        assert (stage == "preprocess") == ("unet" not in fewer)


LENIENT = {"similarity_warn": {"other": 0.21}, "shift_warn_mm": 5.0, "coverage_warn": 0.9}


def test_a_limit_of_a_warning_is_a_matter_of_quality_alone(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["preprocess"] = {"quality": LENIENT}
    assert changed(before, asked(sheets.jobs())) == {"quality", "report"}


def test_a_limit_that_makes_a_fault_asks_for_images(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["preprocess"] = {"quality": {"similarity_fail": 0.22}}
    assert "preprocess P1 V1" in changed(before, asked(sheets.jobs()))


def test_how_pictures_are_drawn_asks_for_no_image(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["sequences"] = {"t2": {"title": "T2w", "window": 3.0}}
    found = changed(before, asked(sheets.jobs()))
    assert {name for name in found if name.startswith(("synth", "segment"))} == set()
    assert {"measure P1", "measure P2"} <= found


def test_images_that_nobody_needs_may_go_and_nothing_is_asked_for(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["keep_images"] = False
    assert changed(before, asked(sheets.jobs())) == set()


def test_a_scan_that_was_withdrawn_is_its_patient_and_the_tables(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    for sequence in ("t1", "t2", "flair", "t1c"):
        sheets.row("P1", "V2")[sequence] = ""
    found = changed(before, asked(sheets.jobs()))
    assert "measure P1" in found
    assert not any(name.endswith("P1 V2") for name in found)


@pytest.mark.parametrize(
    ("key", "value", "jobs"),
    [
        ("name", "another name", {"cdisc", "report", "patient_pages"}),
        ("cdisc", {"reference_date": "2001-02-03"}, {"cdisc"}),
        ("labels", {"cgan": "Ours"}, {"report", "patient_pages"}),
        ("report", {"panels": 3}, {"report"}),
        ("statistics", {"bootstrap": 20}, {"statistics", "sparing", "report"}),
        (
            "response",
            {"smallest_volume_cm3": 0.5},
            {
                *("response", "endpoints", "cdisc", "statistics", "sparing", "report"),
                "patient_pages",
            },
        ),
        (
            "endpoint",
            {"primary": "TTP"},
            {
                *("response", "endpoints", "cdisc", "statistics", "sparing", "report"),
                "patient_pages",
            },
        ),
    ],
)
def test_a_setting_is_asked_where_it_is_used(
    sheets: Sheets, key: str, value: object, jobs: set[str]
) -> None:
    before = asked(sheets.jobs())
    sheets.config[key] = value
    assert changed(before, asked(sheets.jobs())) == jobs


def test_a_measurement_setting_asks_for_no_image(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["measurement"] = {"connectivity": 6}
    found = changed(before, asked(sheets.jobs()))
    assert {"measure P1", "measure P2", "response", "statistics"} <= found
    assert not any(name.startswith(("preprocess", "synthesise", "segment")) for name in found)


def test_a_further_sequence_asks_for_the_visits_that_have_it(sheets: Sheets) -> None:
    before = asked(sheets.jobs())
    sheets.config["sequences"] = {"adc": {"title": "ADC", "bias_field": False, "drawn": False}}
    sheets.row("P1", "V2")["adc"] = sheets.scan("adc.nii.gz")
    found = changed(before, asked(sheets.jobs()))
    assert {name for name in found if name.startswith("preprocess")} == {"preprocess P1 V2"}


CODED = dict.fromkeys(("gbca", "cgan"), "gadless")
THEIRS = {"labels_of": CODED, "map_units": {"unet": "t1"}}
OURS = {"brought_missing": dict.fromkeys(("gbca", "cgan", "unet"), "ours")}


@pytest.mark.parametrize(
    ("column", "stage"),
    [
        ("mask_gbca", "segment"),
        ("mask_cgan", "segment"),
        ("t1c_cgan", "synthesise"),
        ("map_unet", "synthesise"),
    ],
)
def test_what_others_made_asks_for_its_stage_of_its_visit(
    sheets: Sheets, column: str, stage: str
) -> None:
    sheets.config |= THEIRS | OURS
    before = asked(sheets.jobs())
    sheets.row("P1", "V2")[column] = sheets.scan("theirs.nii.gz")
    named = asked(sheets.jobs())
    assert changed(before, named) == {f"{stage} P1 V2", "report"}
    sheets.scan("theirs.nii.gz", "made again")
    assert changed(named, asked(sheets.jobs())) == {f"{stage} P1 V2"}


def test_where_ours_is_no_substitute_the_other_visits_lack_it(sheets: Sheets) -> None:
    sheets.config |= THEIRS
    before = asked(sheets.jobs())
    sheets.row("P1", "V2")["mask_gbca"] = sheets.scan("theirs.nii.gz")
    found = changed(before, asked(sheets.jobs()))
    assert found - {"report"} == {
        f"segment {patient} {visit}" for patient in ("P1", "P2") for visit in ("V1", "V2")
    }


def test_another_coding_or_unit_asks_for_the_visits_that_have_it(sheets: Sheets) -> None:
    sheets.config |= THEIRS | OURS
    sheets.row("P1", "V2")["mask_gbca"] = sheets.scan("mask.nii.gz")
    sheets.row("P2", "V1")["map_unet"] = sheets.scan("map.nii.gz")
    before = asked(sheets.jobs())
    sheets.config["labels_of"] = {"gbca": "brats2023"}
    coded = asked(sheets.jobs())
    assert changed(before, coded) == {"segment P1 V2", "report"}
    sheets.config["map_units"] = {"unet": 0.5}
    assert changed(coded, asked(sheets.jobs())) == {"synthesise P2 V1", "report"}


def test_no_network_is_asked_for_what_others_made(sheets: Sheets) -> None:
    sheets.config |= {
        "candidates": ["reader"],
        "labels_of": {"gbca": "gadless", "reader": "gadless"},
    }
    sheets.row("P1", "V1")["mask_reader"] = sheets.scan("one.nii.gz")
    jobs = sheets.jobs()
    assert jobs.networks.used == ("segmenter", "abnormality")
    sheets.row("P1", "V1")["mask_gbca"] = sheets.scan("two.nii.gz")
    jobs = sheets.jobs()
    assert jobs.networks.used == ()
    assert jobs.networks.segmenters == []
    assert jobs.networks.inputs_of_segmenters(SimpleNamespace(patient="P1")) == []


def test_a_visit_of_masks_alone_is_an_exam(sheets: Sheets) -> None:
    sheets.config["labels_of"] = {"gbca": "gadless"}
    mask = sheets.scan("theirs.nii.gz")
    sheets.visits.append({"patient": "P1", "visit": "V9", "day": 200, "mask_gbca": mask})
    sheets.visits.append({"patient": "P1", "visit": "V10", "day": 242})
    assert sheets.jobs().visits.plan.imaged("P1") == ["V1", "V2", "V9"]


def test_a_follow_up_waits_for_the_visit_that_sets_its_space(sheets: Sheets) -> None:
    jobs = sheets.jobs()
    first = jobs.visits.status("P1", "V1", "preprocessed")
    w = {visit: Visit("results", "P1", visit) for visit in ("V1", "V2")}
    assert jobs.inputs_of_preprocess(w["V2"])["anchor"] == first
    assert "anchor" not in jobs.inputs_of_preprocess(w["V1"])
    reads = {visit: jobs.asks.preprocess(of).reads for visit, of in w.items()}
    assert [job.words for job in reads["V2"]] == ["preprocess P1 V1"]
    assert not reads["V1"]


def test_a_file_that_a_rule_makes_need_not_exist_and_goes_by_the_job_that_makes_it(
    sheets: Sheets,
) -> None:
    sheets.row("P1", "V2")["t1"] = "results/phantom/demo/P1/V2/t1.nii.gz"
    with pytest.raises(InputError, match="no such file"):
        sheets.jobs()
    ask = sheets.jobs("results/phantom").asks.preprocess(Visit("results", "P1", "V2"))
    assert "t1" not in ask.files[COMMON]
    assert "phantom demo P1 V2" in [job.words for job in ask.reads]


def test_the_plan_and_the_lock_need_no_sheet(sheets: Sheets) -> None:
    sheets.config["visits"] = str(sheets.folder / "nowhere.tsv")
    with pytest.raises(InputError, match=r"nowhere\.tsv"):
        sheets.jobs()
    for target in ("plan", "lock"):
        jobs = sheets.jobs(asked=(target,))
        assert jobs.trial.decided()
        with pytest.raises(InputError, match=r"nowhere\.tsv"):
            jobs.trial.sheets_hash()


def test_a_trial_measured_elsewhere_has_no_image_job(sheets: Sheets) -> None:
    (sheets.folder / "table.tsv").write_text(
        "patient\tvisit\tday\tcontrast\tenhancing_cm3\n"
        + "".join(f"P{p}\tV1\t0\t{c}\t4.5\n" for p in (1, 2) for c in ("gbca", "cgan", "unet"))
    )
    sheets.config |= {"visits": None, "measurements": str(sheets.folder / "table.tsv")}
    jobs = sheets.jobs()
    assert jobs.visits.exams == []
    assert jobs.asks.patients == []
    assert jobs.networks.used == ()
    w = SimpleNamespace(patient="P1")
    assert jobs.networks.inputs_of_generators(w) == jobs.networks.inputs_of_segmenters(w) == []
