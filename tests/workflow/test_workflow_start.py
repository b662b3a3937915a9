"""What only Snakemake can show of a start: one text, any name of results, paths by their file."""

import os
import shutil
import subprocess
import sys

import pytest
import yaml
from workspace import Workspace, measured_workspace

# What a shell, a pattern, a path or Snakemake might take for something else.
NAMES = ("v1.0 (final)+[x] *?^$'二;a", "a|b", "-n")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Workspace:
    return measured_workspace(tmp_path_factory.mktemp("start") / "copy")


@pytest.fixture
def trial(whole, tmp_path) -> Workspace:
    shutil.copytree(whole.folder, tmp_path / "copy")
    return Workspace(tmp_path / "copy")


def snakemake(trial, *arguments, folder=None, **more):
    """Run Snakemake from any folder, with the arguments that are given and no more."""
    environment = {**os.environ, "PYTHONPATH": str(trial.folder / "src"), **more}
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder or trial.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "results", [NAMES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])]
)
def test_no_name_of_results_is_part_of_a_pattern(trial, results):
    """As the target of an image job: its path is matched by the pattern of the results folder."""
    (trial.folder / "t1.nii.gz").write_bytes(b"")
    header = "patient\tvisit\tday\tt1\tt2\tflair\tt1c\n"
    (trial.folder / "visits.tsv").write_text(header + "S001\tV1\t0\tt1.nii.gz\t\t\t\n")
    settings = {"patients": "patients.tsv", "visits": "visits.tsv", "results": results}
    (trial.folder / "trial.yaml").write_text(yaml.safe_dump(settings))
    assert trial.planned()["segment"] == 1


@pytest.mark.slow
def test_a_trial_runs_under_a_name_that_means_much(trial):
    trial.configure(results=NAMES[0])
    trial.run("response", "endpoints")
    assert (trial.folder / NAMES[0] / "trial" / "endpoints.tsv").is_file()
    assert trial.planned("response", "endpoints") == {}


@pytest.mark.parametrize("results", ["{patient}", ".."])
def test_results_that_cannot_be_are_refused_in_one_sentence(trial, results):
    trial.configure(results=results)
    before = sorted(trial.folder.iterdir())
    output = trial.snakemake("--cores", "1", check=False)
    assert "results: " in output
    for word in ("Traceback", "Error", ".smk", "Exception"):
        assert word not in output
    assert [path for path in trial.folder.iterdir() if path not in before] in (
        [],
        [trial.folder / ".snakemake"],
    )


@pytest.mark.parametrize("arguments", [["-nq", "all"], ["--cores", "1"], ["--lint"]])
def test_faults_are_one_text_and_no_more(trial, arguments):
    trial.configure(statistics={"control_arm": "placebo"})
    done = snakemake(trial, *arguments, "--configfile", "trial.yaml")
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if "placebo" in line)
    assert line.strip().startswith("patients.tsv, column arm: 'placebo': ")
    for word in ("Traceback", "Error", ".smk", "Exception", ", line"):
        assert word not in done.stderr, done.stderr


@pytest.mark.slow
def test_snakemakes_own_interface_gets_the_same_text(trial):
    trial.configure(statistics={"control_arm": "placebo"})
    script = (
        "from pathlib import Path\n"
        "from snakemake.api import SnakemakeApi, OutputSettings, ResourceSettings, ConfigSettings\n"
        "with SnakemakeApi(OutputSettings()) as api:\n"
        "    flow = api.workflow(ResourceSettings(cores=1), snakefile=Path('Snakefile'),\n"
        "        config_settings=ConfigSettings(configfiles=[Path('trial.yaml')]))\n"
        "    try:\n"
        "        flow.dag().execute_workflow(executor='dryrun')\n"
        "    except SystemExit as stop:\n"
        "        print('stopped:', stop)\n"
    )
    for expected in (["stopped: the sheets have 1 fault:"], []):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=trial.folder,
            env={**os.environ, "PYTHONPATH": str(trial.folder / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert [line for line in done.stdout.splitlines() if "stopped" in line] == expected
        trial.configure(statistics={"control_arm": "control"})


@pytest.mark.slow
def test_the_demo_is_used_where_no_configuration_is_named_and_nowhere_else(trial):
    """A YAML without `patients` beside the demo: its patients, arms and survival are another's."""
    header = "patient\tvisit\tday\tt1\tt2\tflair\tt1c\n"
    (trial.folder / "visits.tsv").write_text(header + "P001\tV1\t0\t\t\t\t\n")
    (trial.folder / "trial.yaml").write_text("visits: visits.tsv\n")
    for given in (["--configfile", "trial.yaml"], ["--config", "visits=visits.tsv"]):
        done = snakemake(trial, "-n", *given)
        assert done.returncode == 1
        assert "patients: missing, and has no default" in done.stderr
    (trial.folder / "trial.yaml").write_text("name: mine\n")
    done = snakemake(trial, "-n", "--configfile", "trial.yaml")
    assert done.returncode == 1
    assert "patients: missing, and has no default" in done.stderr
    assert snakemake(trial, "-n").returncode == 0


@pytest.mark.slow
def test_paths_count_from_their_file_and_those_of_the_command_line_from_where_one_stands(trial):
    """Run from a folder of its own, by a configuration elsewhere and a second one over it."""
    where, config = trial.folder / "where", trial.folder / "trial"
    where.mkdir()
    config.mkdir()
    for name in ("patients.tsv", "measurements.tsv", "trial.yaml"):
        (trial.folder / name).rename(config / name)
    flow = [
        "-s",
        str(trial.folder / "Snakefile"),
        "--profile",
        str(trial.folder / "profiles/default"),
    ]
    first = [*flow, "-n", "--configfile", "../trial/trial.yaml"]
    done = snakemake(trial, *first, folder=where)
    assert done.returncode == 0, done.stderr
    assert "results/report/index.html" in done.stdout + done.stderr
    (where / "over.yaml").write_text("measurements: measured.tsv\nresults: ../out\n")
    done = snakemake(trial, *first, "over.yaml", folder=where)
    assert done.returncode == 1
    assert f"{where}/measured.tsv: no such file" in done.stderr
    # The command line goes before all files, and counts from where one stands.
    more = ["over.yaml", "--config", "measurements=../trial/measurements.tsv"]
    done = snakemake(trial, *first, *more, folder=where)
    assert done.returncode == 0, done.stderr
    assert f"{trial.folder}/out/report/index.html" in done.stdout + done.stderr
    assert "-> 0" not in done.stderr
