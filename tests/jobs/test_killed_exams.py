"""An exam whose job was killed is tried again, and only an exam of the trial is a fault of it."""

from pathlib import Path

from small_trial import small_trial

from gadless.jobs.ask import Ask
from gadless.jobs.contents import Contents
from gadless.jobs.freshness import Freshness
from gadless.orphan import KILLED
from gadless.record import JobName, Part, Record


def test_what_a_killed_job_left_does_not_stand(tmp_path):
    ask = Ask(JobName(str(tmp_path), "segment", ("P1", "V1")), {"code": "1"}, ("status.json",))
    part = Part(ask.parts[""], {})
    freshness = {}
    for unfinished in ("", KILLED):
        Record("segment", {"": part}, unfinished=unfinished).write(ask.job.record)
        judge = Freshness(Contents(str(tmp_path)), lambda _: False)
        freshness[unfinished] = judge.stale([ask])
    assert freshness == {"": {}, KILLED: {ask.job: KILLED}}


def test_exams_of_the_trial_alone_are_its_faults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sheets = small_trial(tmp_path)
    sheets.config["training"] = {"cross_fit": True, "folds": 2, "spacing_mm": 3.0}
    jobs = sheets.jobs()
    images = {"preprocess", "synthesise", "segment"}
    exams = {ask.job: ask.param()["exam"] for ask in jobs.asks.trial()}
    learnt_from = {job for job in exams if job.folder != jobs.results}
    assert learnt_from
    assert not any(exams[job] for job in learnt_from)
    assert {job.rule for job, exam in exams.items() if exam} == images
    assert all(exam == job.key for job, exam in exams.items() if exam)


def test_a_job_is_named_in_words(tmp_path):
    ask = Ask(JobName(str(Path("results")), "segment", ("P1", "V1")), {}, ("status.json",))
    assert ask.param()["words"] == "segment P1 V1"
