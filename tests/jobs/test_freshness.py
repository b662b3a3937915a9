"""What a start finds stale by the records of an earlier run, and why."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from recorded import TRIAL, finish, images, record_of, started, why, work
from small_trial import Sheets

from gadless.errors import GadlessError
from gadless.jobs import contents
from gadless.jobs.freshness import AFTER, DROPPED, NEW, SINCE, summary
from gadless.record import JobName

LATER = images("P1", "V2") - {"preprocess P1 V2"}


def aged(path: Path, seconds: float = 3600) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files whose content a start reads."""
    found: list[str] = []
    real = contents.sha256
    monkeypatch.setattr(contents, "sha256", lambda path: found.append(path) or real(path))
    return found


def test_what_never_ran_is_new_and_what_ran_is_fresh(unrun: Sheets) -> None:
    found = why(unrun)
    assert set(found.values()) == {NEW}
    assert len(found) == 4 * 3 + 2 + len(TRIAL)
    finish(unrun)
    assert why(unrun) == {}


def test_a_reason_is_told_where_it_begins(done: Sheets) -> None:
    done.scan("P1_V2_flair.nii.gz", "another scan")
    found = why(done)
    assert found.pop("preprocess P1 V2") == "flair was replaced"
    assert set(found) == {*LATER, "measure P1", *TRIAL}
    assert set(found.values()) == {AFTER}
    assert summary(started(done.jobs()).stale) == ["preprocess: flair was replaced (1 job)"]


def test_the_first_visit_places_the_others(done: Sheets) -> None:
    done.scan("P1_V1_t1.nii.gz", "another scan")
    assert images("P1", "V2") <= why(done).keys()
    assert not images("P2", "V1") & why(done).keys()


@pytest.mark.parametrize("age", [3600, -3600])
def test_other_content_of_the_same_size_is_seen_by_its_time(done: Sheets, age: float) -> None:
    path = done.folder / done.scan("P1_V2_flair.nii.gz", "scam")
    aged(path, age)
    assert why(done)["preprocess P1 V2"] == "flair was replaced"


@pytest.mark.parametrize("mode", ["stat", "content"])
def test_other_content_of_the_same_size_and_time_is_seen_by_reading(
    done: Sheets, mode: str
) -> None:
    path = done.folder / "scans" / "P1_V2_flair.nii.gz"
    before = path.stat()
    path.write_text("scam")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    done.config["preprocess"] = {"fingerprint": mode}
    assert ("preprocess P1 V2" in why(done)) == (mode == "content")


def test_the_way_of_fingerprinting_runs_nothing(done: Sheets) -> None:
    done.config["preprocess"] = {"fingerprint": "content"}
    assert why(done) == {}
    assert why(done) == {}
    done.config["preprocess"] = {"fingerprint": "stat"}
    assert why(done) == {}


def test_touched_scans_are_read_once(done: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (done.folder / "scans").iterdir():
        aged(path)
    found = reads(monkeypatch)
    assert why(done) == {}
    assert len(found) == 16
    assert why(done) == {}
    assert len(found) == 16
    # What was read of a file does not count once it is another.
    path = done.folder / done.scan("P1_V2_t1.nii.gz", "scam")
    aged(path, 7200)
    assert why(done)["preprocess P1 V2"] == "t1 was replaced"


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"a": 1}', '{"scans/P1_V1_t1.nii.gz": ["x"]}'])
def test_what_was_read_may_be_lost(done: Sheets, kept: str) -> None:
    (done.folder / "results" / contents.KEPT).write_text(kept)
    for path in (done.folder / "scans").iterdir():
        aged(path)
    assert why(done) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_scan_that_may_not_be_read_is_its_jobs_concern(done: Sheets) -> None:
    path = done.folder / "scans" / "P1_V2_t1.nii.gz"
    aged(path)
    path.chmod(0)
    assert why(done)["preprocess P1 V2"] == "t1 was replaced"


def test_a_scan_that_cannot_be_read_is_its_jobs_concern(
    done: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged(done.folder / "scans" / "P1_V2_t1.nii.gz")

    def refused(path: str) -> str:
        raise PermissionError(path)

    monkeypatch.setattr(contents, "sha256", refused)
    assert why(done)["preprocess P1 V2"] == "t1 was replaced"


def test_a_copy_at_another_place_without_its_times_is_fresh(
    done: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(done.folder, tmp_path / "copy", copy_function=shutil.copy)
    monkeypatch.chdir(tmp_path / "copy")
    done.folder = tmp_path / "copy"
    found = reads(monkeypatch)
    assert why(done) == {}
    assert len(found) == 16
    done.row("P2", "V2")["day"] = 41
    assert why(done).keys() == {"measure P2", *TRIAL}


def test_scans_and_results_at_other_paths_are_the_same(done: Sheets) -> None:
    (done.folder / "scans").rename(done.folder / "elsewhere")
    (done.folder / "results").rename(done.folder / "res (1)")
    for row in done.visits:
        row.update({name: str(path).replace("scans", "elsewhere") for name, path in row.items()})
        row["day"] = int(row["day"])
    done.config["results"] = "res (1)"
    assert why(done) == {}
    # As a path that begins at the root.
    done.config["results"] = str(done.folder / "res (1)")
    assert why(done) == {}


def test_what_was_made_anew_since_is_read_again(done: Sheets) -> None:
    """One patient in a hurry: the trial's tables follow at the next full run."""
    done.config["measurement"] = {"connectivity": 6}
    asks = {ask.job.words: ask for ask in done.jobs().asks.trial()}
    work(asks["measure P1"])
    found = why(done)
    assert "measure P1" not in found
    done.config = {}
    work({ask.job.words: ask for ask in done.jobs().asks.trial()}["measure P1"])
    path = Path("results/patients/P1/measurements.tsv")
    record = record_of("measure/P1")
    changed = json.loads(record.read_text())
    changed["made"]["patients/P1/measurements.tsv"]["sha256"] = "0" * 64
    record.write_text(json.dumps(changed))
    assert path.exists()
    assert why(done)["collect"] == SINCE
    assert "collect: what it reads was made anew since (1 job)" in summary(
        started(done.jobs()).stale
    )


AFTER_COLLECT = TRIAL - {"collect"}


@pytest.mark.parametrize(
    ("path", "job", "jobs"),
    [
        ("trial/survival.tsv", "statistics", {"report", "patient_pages"}),
        ("trial/measurements.tsv", "collect", AFTER_COLLECT),
        ("report/index.html", "report", set()),
        ("report/patients/P1.html", "patient_pages", set()),
        ("report/figures/flow.svg", "report", set()),
        ("cdisc/adsl.xpt", "cdisc", set()),
        ("patients/P2/measurements.tsv", "measure P2", TRIAL),
        ("visits/P1/V2/segmented/status.json", "segment P1 V2", {"measure P1", *TRIAL}),
        ("visits/P1/V2/preprocessed/image.nii.gz", "preprocess P1 V2", {*LATER, "measure P1"}),
    ],
)
def test_a_result_that_is_gone_or_of_another_size_is_made_anew(
    done: Sheets, path: str, job: str, jobs: set[str]
) -> None:
    file = done.folder / "results" / path
    whole = file.read_bytes()
    file.unlink()
    found = why(done)
    assert found.pop(job) == f"{file.name} is missing"
    assert found.keys() >= jobs
    assert set(found.values()) <= {AFTER}
    file.write_bytes(whole[:-1])
    assert why(done)[job] == f"{file.name} was changed"
    file.write_bytes(whole)
    assert why(done) == {}


def test_a_result_of_the_trial_that_was_edited_is_made_anew(done: Sheets) -> None:
    path = done.folder / "results" / "trial" / "survival.tsv"
    path.write_bytes(path.read_bytes()[:-1] + b"#")
    assert why(done) == {
        "statistics": "survival.tsv was changed",
        "report": AFTER,
        "patient_pages": AFTER,
    }


def test_a_result_of_a_patient_that_was_edited_is_named_by_who_reads_it(done: Sheets) -> None:
    """At the start its size is looked at; its content, when it is read."""
    path = done.folder / "results" / "patients" / "P1" / "measurements.tsv"
    path.write_bytes(path.read_bytes()[:-1] + b"#")
    assert why(done) == {}
    collect = next(ask for ask in done.jobs().asks.trial() if ask.job.rule == "collect")
    with pytest.raises(GadlessError, match=r"P1/measurements\.tsv: was changed since.*delete it"):
        work(collect)


def test_a_candidate_less_runs_no_image_and_once_more_neither(done: Sheets) -> None:
    done.config["candidates"] = ["unet"]
    assert why(done).keys() == {"measure P1", "measure P2", *TRIAL}
    finish(done)
    done.config["candidates"] = ["cgan", "unet"]
    assert why(done).keys() == {"measure P1", "measure P2", *TRIAL}


def test_what_a_dropped_candidate_was_made_from_counts_when_it_comes_back(done: Sheets) -> None:
    done.config["candidates"] = ["unet"]
    finish(done)
    done.config["candidates"] = ["cgan", "unet"]
    done.config["networks"] = {"cgan": {"weights": "other.safetensors"}, "unet": {}}
    source = Path(contents.__file__).parents[1] / "networks" / "shipped" / "unet.safetensors"
    shutil.copy(source, done.folder / "other.safetensors")
    found = why(done)
    assert found["synthesise P1 V1"] == "generators of cgan changed"
    assert "preprocess P1 V1" not in found


def test_a_candidate_more_runs_its_stages_of_every_visit(unrun: Sheets) -> None:
    unrun.config["candidates"] = ["unet"]
    finish(unrun)
    unrun.config["candidates"] = ["unet", "cgan"]
    found = why(unrun)
    assert {name for name in found if name.startswith(("synthesise", "segment"))} == {
        f"{stage} {row['patient']} {row['visit']}"
        for stage in ("synthesise", "segment")
        for row in unrun.visits
    }
    assert not any(name.startswith("preprocess") for name in found)


def test_a_visit_less_and_a_scan_withdrawn(done: Sheets) -> None:
    row = done.row("P1", "V2")
    done.visits.remove(row)
    assert why(done).keys() == {"measure P1", *TRIAL}
    emptied = {**row, **dict.fromkeys(("t1", "t2", "flair", "t1c"), "")}
    done.visits.append(emptied)
    assert why(done).keys() == {"measure P1", *TRIAL}
    done.visits[-1] = {**row, "t1c": ""}
    assert why(done)["preprocess P1 V2"] == "t1c is no longer named"


def test_images_that_were_dropped_are_made_again_where_they_are_read(done: Sheets) -> None:
    for visit in ("V1", "V2"):
        path = record_of(f"preprocess/P1/{visit}")
        record = json.loads(path.read_text())
        name = f"visits/P1/{visit}/preprocessed/image.nii.gz"
        record["made"][name]["dropped"] = True
        path.write_text(json.dumps(record))
        (done.folder / "results" / name).unlink()
    assert why(done) == {}
    done.row("P1", "V2")["day"] = 41
    run = started(done.jobs())
    found = {job.words: reason for job, reason in run.stale.items()}
    again = {name for name, reason in found.items() if reason == DROPPED}
    assert again == {"preprocess P1 V1", "preprocess P1 V2"}
    assert found.keys() - again == {"measure P1", *TRIAL}
    # Snakemake looks at nothing beyond a job that it runs but what follows its files: who runs
    # anyway does, and nobody else.
    image = "results/visits/P1/V2/preprocessed/status.json"
    assert run.makes(image, JobName("results", "measure", ("P1",)))
    assert not run.makes(image, JobName("results", "segment", ("P1", "V2")))
    assert run.makes(image)  # asked by nobody in particular
    assert run.makes("results/patients/P1/measurements.tsv")
