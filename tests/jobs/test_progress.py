"""What a run says of its exams, by feeding it what Snakemake logs."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.logging import DefaultFilter
from snakemake.settings.enums import Quietness

from gadless.jobs.progress import GAP, Progress, duration


class Told:
    """A run under a clock of its own, with the lines that it has told."""

    def __init__(self, folder, exams, rules=("preprocess", "segment")):
        self.now, self.lines = 100.0, []
        self.logger = logging.Logger("snakemake")
        self.logger.addHandler(Collect(self.lines))
        self.progress = Progress(folder, clock=lambda: self.now)
        every = [(rule, f"P{k}", "V1") for k in range(exams) for rule in rules]
        jobs = [job(*each) for each in every] + [job("statistics")]
        dag = SimpleNamespace(needrun_jobs=lambda: iter(jobs))
        self.ids = {each: number for number, each in enumerate(every)}
        self.progress.watch(self.logger, SimpleNamespace(dag=dag))

    def start(self, rule, patient="", visit="", benchmark=None):
        wildcards = {"patient": patient, "visit": visit} if patient else None
        number = self.ids.setdefault((rule, patient, visit), len(self.ids))
        told = {"jobid": number, "rule_name": rule, "wildcards": wildcards}
        self.event("job_info", **told, benchmark=benchmark, log=[f"{rule}.log"])

    def finish(self, rule, patient="", visit=""):
        self.event("job_finished", job_id=self.ids[rule, patient, visit])

    def fail(self, rule, patient, visit):
        self.event("job_error", jobid=self.ids[rule, patient, visit])

    def run(self, rule, patient, seconds):
        self.start(rule, patient, "V1")
        self.now += seconds
        self.finish(rule, patient, "V1")

    def event(self, name, **said):
        self.logger.info("", extra={"event": name, **said})


class Collect(logging.Handler):
    def __init__(self, lines):
        super().__init__()
        self.lines = lines

    def emit(self, record):
        if record.getMessage():
            self.lines.append(record.getMessage())


def job(rule, patient="", visit=""):
    wildcards = {"patient": patient, "visit": visit} if patient else {}
    return SimpleNamespace(rule=SimpleNamespace(name=rule), wildcards_dict=wildcards)


def test_exams_are_counted_and_not_jobs(tmp_path):
    told = Told(tmp_path, exams=2)
    told.run("preprocess", "P0", 2 * GAP)
    told.run("preprocess", "P1", 2 * GAP)
    told.run("segment", "P0", 2 * GAP)
    told.run("segment", "P1", 2 * GAP)
    counts = [line.partition(" exams")[0] for line in told.lines]
    assert counts == ["0 of 2", "0 of 2", "1 of 2", "2 of 2"]


def test_no_time_is_told_before_it_can_be_known(tmp_path):
    told = Told(tmp_path, exams=10)
    for k in range(10):
        told.run("preprocess", f"P{k}", 40)
    told.run("segment", "P0", 40)
    told.run("segment", "P1", 40)
    assert not any("about" in line for line in told.lines)
    told.run("segment", "P2", 40)
    assert told.lines[-1] == "3 of 10 exams done, about 5 min to the last exam"


@pytest.mark.parametrize("by_exam", [True, False])
def test_the_time_left_does_not_hang_on_the_order_of_jobs(tmp_path, by_exam):
    """Nine tenths of the work are preprocessing, whether it comes first or exam by exam."""
    told = Told(tmp_path, exams=8)
    if by_exam:
        for k in range(4):
            told.run("preprocess", f"P{k}", 90)
            told.run("segment", f"P{k}", 10)
        assert told.progress.seconds_left() == pytest.approx(400)
    else:
        for k in range(8):
            told.run("preprocess", f"P{k}", 90)
        for k in range(4):
            told.run("segment", f"P{k}", 10)
        assert told.progress.seconds_left() == pytest.approx(40)


def test_jobs_side_by_side_halve_the_time(tmp_path):
    told = Told(tmp_path, exams=12, rules=("segment",))
    for k in range(0, 6, 2):
        told.start("segment", f"P{k}", "V1")
        told.start("segment", f"P{k + 1}", "V1")
        told.now += 60
        told.finish("segment", f"P{k}", "V1")
        told.finish("segment", f"P{k + 1}", "V1")
    assert told.progress.seconds_left() == pytest.approx(180)
    # Two that run and are half done are work that has gone by.
    told.start("segment", "P6", "V1")
    told.start("segment", "P7", "V1")
    told.now += 30
    assert told.progress.seconds_left() == pytest.approx(150)


def test_who_wants_no_progress_is_told_none(tmp_path):
    told = Told(tmp_path, exams=1, rules=("segment",))
    quiet = DefaultFilter({Quietness.PROGRESS}, False, False, False, False)
    told.logger.handlers[0].addFilter(quiet)
    told.run("segment", "P0", 5)
    assert told.lines == []


def test_lines_keep_their_distance_and_the_last_is_told(tmp_path):
    told = Told(tmp_path, exams=40, rules=("segment",))
    for k in range(40):
        told.run("segment", f"P{k}", GAP / 10)
    assert 4 <= len(told.lines) <= 6
    assert told.lines[-1] == "40 of 40 exams done"


def test_failed_exams_are_told_and_waited_for_no_more(tmp_path):
    told = Told(tmp_path, exams=5)
    for k in range(4):
        told.run("preprocess", f"P{k}", 50)
    told.start("preprocess", "P4", "V1")
    told.fail("preprocess", "P4", "V1")
    for k in range(3):
        told.run("segment", f"P{k}", 50)
    assert told.lines[-1] == "3 of 5 exams done, 1 failed, about 50 s to the last exam"
    told.run("segment", "P3", 1)
    assert told.lines[-1] == "4 of 5 exams done, 1 failed"


def test_an_exam_that_succeeds_on_a_second_try_has_not_failed(tmp_path):
    told = Told(tmp_path, exams=1, rules=("segment",))
    told.start("segment", "P0", "V1")
    told.fail("segment", "P0", "V1")
    told.run("segment", "P0", 5)
    assert told.lines[-1] == "1 of 1 exams done"


def test_a_trial_without_exams_tells_of_none(tmp_path):
    told = Told(tmp_path, exams=0)
    told.start("statistics")
    told.finish("statistics")
    assert told.lines == []


def test_the_slowest_jobs_are_listed_as_snakemake_measured_them(tmp_path):
    told = Told(tmp_path, exams=2, rules=("segment",))
    measured = tmp_path / "benchmark.tsv"
    measured.write_text("s\th:m:s\tmax_rss\tcpu_time\n7.5\t0:00:07\t820.45\t6.5\n")
    told.start("segment", "P0", "V1", benchmark=str(measured))
    told.now += 500  # most of it in a queue
    told.finish("segment", "P0", "V1")
    told.run("segment", "P1", 12)
    told.start("statistics")
    told.progress.end()
    rows = (tmp_path / "logs" / "slowest.tsv").read_text().splitlines()
    assert rows == [
        "rule\tpatient\tvisit\tseconds\tcpu_seconds\tpeak_mb\tlog",
        "segment\tP1\tV1\t12.0\tNA\tNA\tsegment.log",
        "segment\tP0\tV1\t7.5\t6.5\t820.45\tsegment.log",
    ]
    assert "segment P1 V1 12 s, segment P0 V1 8 s" in told.lines[-1]
    assert len(told.logger.handlers) == 1


def test_what_snakemake_says_otherwise_stops_nothing(tmp_path):
    told = Told(tmp_path, exams=1)
    told.event("job_info", number=3)
    told.run("segment", "P0", 5)
    assert [line for line in told.lines if "no progress" in line] == told.lines[:1]
    assert not any("exams" in line for line in told.lines)
    told.progress.end()


def test_a_workflow_of_another_kind_stops_nothing(tmp_path):
    lines = []
    logger = logging.Logger("snakemake")
    logger.addHandler(Collect(lines))
    progress = Progress(tmp_path)
    progress.watch(logger, SimpleNamespace())
    assert "no progress" in lines[0]
    progress.end()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(40, "40 s"), (840, "14 min"), (12_600, "3.5 h"), (200_000, "2.3 days")],
)
def test_times_are_told_as_people_do(seconds, said):
    assert duration(seconds) == said


def test_the_workflow_has_one_handler_of_each_kind():
    """Snakemake heeds the last one alone, and says nothing of the others."""
    lines = (Path(__file__).parents[2] / "Snakefile").read_text().splitlines()
    for kind in ("onstart:", "onsuccess:", "onerror:"):
        assert lines.count(kind) == 1
