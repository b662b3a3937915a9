"""What Snakemake is told to run, and what it is shown of the trial."""

import pytest
from recorded import TRIAL, images, started, why, workflow
from small_trial import Sheets

from gadless.jobs.run import is_partial, judge

BEFORE_REPORT = TRIAL - {"report", "patient_pages", "cdisc", "quality", "sparing"}


@pytest.mark.parametrize(
    "words",
    [
        *("", "-n", "-np", "-nq", "-c2", "-c 2", "--cores=2", "--cores all", "-j4", "--dry-run"),
        *("--configfile a.yaml b.yaml", "--config name=x", "--profile p --keep-going"),
        *("report -n", "results/trial/survival.tsv -c1", "-n -q rules", "--quiet rules", "-kp"),
        *("-c2 -T 1 --latency-wait 5", "-d folder -s Snakefile", "--resources gpu=2 -c2"),
        *("--executor slurm -j 8", "--slurm-no-requeue", "--nolock", "--rerun-incomplete"),
    ],
)
def test_an_everyday_command_needs_no_more_than_what_is_stale(words: str) -> None:
    assert is_partial(words.split())


@pytest.mark.parametrize(
    "words",
    [
        *("-F", "-nF", "-nf", "-f report", "--forceall", "-R report", "-nR report", "--forcerun x"),
        *("--until measure", "-U measure", "--omit-from x", "--dag", "--rulegraph", "--report"),
        *("--report=x.html", "--summary", "-S", "-D", "--list-changes code", "--touch", "-t"),
        *("--delete-all-output", "--archive x", "--batch collect=1/2", "--generate-unit-tests"),
        *("--lint", "--force", "--unlock", "-nt", "-c2 -F", "--touched", "--rep", "-P report"),
    ],
)
def test_a_command_that_looks_at_all_gets_all(words: str) -> None:
    assert not is_partial(words.split())


def test_snakemake_is_shown_the_patients_of_whom_something_is_done(done: Sheets) -> None:
    done.row("P2", "V2")["day"] = 41
    jobs = done.jobs()
    few = started(jobs, words="-c2")
    assert few.patients == {"P2"}
    assert few.of(["P1", "P2"]) == ["P2"]
    assert few.of([("P1", "V1"), ("P2", "V1")], lambda exam: exam[0]) == [("P2", "V1")]
    every = started(jobs, words="-c2 -F")
    assert every.patients is None
    assert every.of(["P1", "P2"]) == ["P1", "P2"]


def test_snakemake_is_given_what_is_stale_and_its_own_triggers_are_off(done: Sheets) -> None:
    done.row("P2", "V2")["day"] = 41
    of = workflow()
    run = judge(of, done.jobs(), [], lambda _: None)
    assert "results/patients/P2/measurements.tsv" in of.dag.forcefiles
    assert "results/report/index.html" in of.dag.forcefiles
    assert len(of.dag.forcefiles) == len(run.stale) == 1 + len(TRIAL)
    assert [one.name for one in of.dag_settings.rerun_triggers] == ["MTIME"]
    assert of.dag.ignore_incomplete
    assert run.makes("results/patients/P2/lesions.tsv")
    assert run.makes("results/trial/survival.tsv")
    assert not run.makes("results/patients/P1/measurements.tsv")


def test_a_job_of_a_cluster_judges_nothing(unrun: Sheets) -> None:
    of = workflow()
    of.is_main_process = False
    assert judge(of, unrun.jobs(), [], lambda _: None).stale == {}
    assert of.dag.forcefiles == set()


@pytest.mark.parametrize(
    ("target", "jobs"),
    [
        ("results/patients/P1/measurements.tsv", {"measure P1", *images("P1", "V2")}),
        ("./results//patients/P1/lesions.tsv", {"measure P1", *images("P1", "V2")}),
        ("results/visits/P1/V2/preprocessed/status.json", {"preprocess P1 V2"}),
        ("results/visits/P2/V2/segmented/status.json", set()),
        ("collect", {"measure P1", *images("P1", "V2"), "collect"}),
        ("statistics", {"measure P1", *images("P1", "V2"), *BEFORE_REPORT}),
        ("report", {"measure P1", *images("P1", "V2"), *TRIAL - {"cdisc", "patient_pages"}}),
        (
            "results/report/patients/P2.html",
            {"measure P1", *images("P1", "V2"), *TRIAL - {"cdisc", "report", "sparing"}},
        ),
        ("results/trial/best_response.tsv", {"measure P1", *images("P1", "V2"), *"cr"}),
        ("all", {"measure P1", *images("P1", "V2"), *TRIAL}),
    ],
)
def test_a_target_runs_what_it_needs(done: Sheets, target: str, jobs: set[str]) -> None:
    done.scan("P1_V2_flair.nii.gz", "another scan")
    wanted = {{"c": "collect", "r": "response"}.get(name, name) for name in jobs}
    assert why(done, [target]).keys() == wanted


def test_a_table_of_the_trial_is_made_by_the_job_that_makes_it(done: Sheets) -> None:
    """Not by one that has a single file in the same folder."""
    done.config["preprocess"] = {"quality": {"similarity_warn": 0.41}}
    run = started(done.jobs())
    assert {job.words for job in run.stale} == {"quality", "report", "patient_pages"}
    assert run.makes("results/trial/quality.tsv")
    assert not run.makes("results/trial/survival.tsv")


def test_several_targets(done: Sheets) -> None:
    done.scan("P1_V2_flair.nii.gz", "another scan")
    done.scan("P2_V2_flair.nii.gz", "another scan")
    targets = [f"results/visits/{patient}/V2/preprocessed/status.json" for patient in ("P1", "P2")]
    assert why(done, targets).keys() == {"preprocess P1 V2", "preprocess P2 V2"}


def test_what_is_forced_runs_with_what_follows_it(done: Sheets) -> None:
    assert why(done, forcerun=frozenset({"statistics"})) == {
        "statistics": "asked for",
        "report": "what it reads is made anew",
        "patient_pages": "what it reads is made anew",
    }
    found = why(done, forcerun=frozenset({"results/patients/P1/measurements.tsv"}))
    assert found.keys() == {"measure P1", *TRIAL}
    found = why(done, forcerun=frozenset({"synthesise"}))
    assert {name for name in found if name.startswith("segment")} == {
        f"segment {row['patient']} {row['visit']}" for row in done.visits
    }
    assert not any(name.startswith("preprocess") for name in found)


def test_what_is_forced_beside_a_target_is_a_target(done: Sheets) -> None:
    """Snakemake runs it, so what it reads must be fresh."""
    done.row("P1", "V2")["day"] = 41
    target = "results/visits/P2/V2/segmented/status.json"
    assert why(done, [target]) == {}
    for setting in ("forcerun", "until"):
        found = why(done, [target], **{setting: frozenset({"statistics"})})
        assert found.keys() == {"measure P1", *BEFORE_REPORT}


def test_forced_targets_and_everything(done: Sheets) -> None:
    assert why(done, ["report"], forcetargets=True) == {"report": "asked for"}
    assert why(done, forcetargets=True) == {}
    assert len(why(done, forceall=True)) == 4 * 3 + 2 + len(TRIAL)
    file = "results/visits/P1/V2/segmented/status.json"
    assert why(done, [file], forceall=True).keys() == {*images("P1", "V2"), "preprocess P1 V1"}


def test_the_plan_alone(done: Sheets) -> None:
    assert why(done, ["plan"]).keys() == {"plan"}
    assert why(done, ["results/plan/plan.html"]).keys() == {"plan"}
    assert why(done, ["lock"]) == {}
    assert why(done) == {}
    done.config["statistics"] = {"bootstrap": 30}
    found = why(done, ["plan", "results/trial/survival.tsv"])
    assert found.keys() == {"plan", "statistics"}
