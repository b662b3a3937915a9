"""What a disk, a clock, another run or an orphan can do to a trial: nothing that is not said."""

import os
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kills import claims, differences, tree
from workspace import Workspace, measured_workspace

pytestmark = pytest.mark.slow

PATIENCE_S = 600.0
WAITS = """
from pathlib import Path as _Path
import time as _time
_began = _Path("began")
while snakemake.rule == "statistics" and not _Path("go").exists():
    _began.touch()
    _time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Workspace:
    """Eight patients, run to the report; statistics waits for a file `go`."""
    workspace = measured_workspace(tmp_path_factory.mktemp("stopped") / "copy")
    path = workspace.folder / "workflow" / "scripts" / "statistics.py"
    path.write_text(path.read_text().replace("        config = ", indented() + "        config = "))
    (workspace.folder / "go").touch()
    workspace.run()
    return workspace


def indented() -> str:
    return "".join(f"        {line}\n" for line in WAITS.strip().splitlines())


@pytest.fixture
def trial(done, tmp_path) -> Workspace:
    shutil.copytree(done.folder, tmp_path / "copy", symlinks=True)
    return Workspace(tmp_path / "copy")


@pytest.fixture
def mounted(tmp_path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system of a few MB, or give it other options."""
    folder = tmp_path / "small"
    folder.mkdir()

    def mount(options: str) -> Path:
        again = "remount," if folder.is_mount() else ""
        command = ["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"cannot mount a file system: {made.stderr.strip()}")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def begin(trial: Workspace) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(trial.folder / "src")}
    command = [sys.executable, "-m", "snakemake", "--configfile", "trial.yaml", "--cores", "2"]
    return subprocess.Popen(
        command,
        cwd=trial.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def at_statistics(trial: Workspace) -> subprocess.Popen[bytes]:
    """Start a run, and wait until statistics does."""
    for name in ("go", "began"):
        (trial.folder / name).unlink(missing_ok=True)
    snakemake = begin(trial)
    deadline = time.monotonic() + PATIENCE_S
    while not (trial.folder / "began").exists():
        assert snakemake.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return snakemake


def ended(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_for_end(process: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ended(process):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a death")
def test_statistics_dies_with_its_snakemake_and_a_second_run_is_refused(trial):
    trial.configure(statistics={"bootstrap": 5, "conf_level": 0.9, "covariates": ["age"]})
    snakemake = at_statistics(trial)
    orphan = claims(trial.folder / "results")["statistics"]
    second = trial.snakemake("--cores", "1", check=False)
    assert "cannot be locked" in second
    snakemake.kill()
    snakemake.wait()
    wait_for_end(orphan)
    assert "cannot be locked" in trial.snakemake("--cores", "1", check=False)


def test_nothing_of_an_orphan_survives(trial):
    """Where nothing tells of a death, as between the machines of a cluster, the token holds."""
    results = trial.folder / "results"
    trial.edit("workflow/rules/common.smk", "\nbe_parent()\n", "\n")
    trial.configure(statistics={"bootstrap": 5, "conf_level": 0.8, "covariates": ["age"]})
    snakemake = at_statistics(trial)
    orphan = claims(results)["statistics"]
    snakemake.kill()
    snakemake.wait()
    assert not ended(orphan)
    trial.configure(statistics={"bootstrap": 5, "conf_level": 0.9, "covariates": ["age"]})
    trial.snakemake("--unlock")
    again = at_statistics(trial)
    (trial.folder / "go").touch()
    assert again.wait() == 0
    wait_for_end(orphan)
    left = tree(results)
    assert trial.planned() == {}
    trial.run("-R", "statistics", "report")
    assert differences(results, left) == []


def test_another_working_folder_is_refused_the_same_results(trial, tmp_path):
    other = shutil.copytree(
        trial.folder, tmp_path / "other", ignore=shutil.ignore_patterns("results", ".snakemake")
    )
    workspace = Workspace(other)
    workspace.configure(results=str(trial.folder / "results"))
    output = workspace.snakemake("--cores", "1", check=False)
    assert "holds the results of trial 'eight patients'" in output
    assert "Traceback" not in output


def test_a_job_whose_end_was_not_noted_hides_nothing(trial):
    """Killed after its record was written and before Snakemake took note."""
    output = "results/trial/response.tsv"
    mark = trial.folder / ".snakemake" / "incomplete" / b64encode(output.encode()).decode()
    mark.touch()
    assert trial.planned() == {}
    (trial.folder / "results" / "records" / "endpoints.json").unlink()
    planned = trial.planned()
    assert "response" not in planned
    assert {"endpoints", "statistics", "cdisc", "report"} <= set(planned)


@pytest.mark.parametrize("kilobytes", [64, 400, 900])
def test_a_full_disk_is_said_and_nothing_is_half_written(done, trial, mounted, kilobytes):
    small = mounted(f"size={kilobytes}k")
    whole = tree(done.folder / "results")
    shutil.rmtree(trial.folder / "results")
    trial.configure(results=str(small / "results"))
    output = trial.snakemake("--cores", "2", check=False)
    assert "disk is full" in output
    assert "Traceback" not in output
    found = tree(small / "results")
    names = [path for path in found if not path.startswith(("records/", "report/"))]
    assert {path: found[path] == whole[path] for path in names} == dict.fromkeys(names, True)
    mounted("size=200m")
    trial.run()
    found = tree(small / "results")
    assert set(found) == set(whole)
    tables = [path for path in whole if path.startswith(("trial/", "cdisc/"))]
    assert [path for path in tables if found[path] != whole[path]] == []


def test_a_folder_that_can_only_be_read_is_said(trial, mounted):
    small = mounted("size=200m")
    shutil.copytree(trial.folder / "results", small / "results")
    trial.configure(results=str(small / "results"))
    mounted("ro")
    output = trial.snakemake("--cores", "1", check=False)
    assert "Traceback" not in output
    assert "cannot be written to" in output


def test_a_folder_that_may_no_longer_be_written_to_is_said(trial):
    results = trial.folder / "results"
    trial.configure(statistics={"bootstrap": 4, "covariates": ["age"]})
    snakemake = at_statistics(trial)
    # Of root too; what is open stays so, as the logs are.
    if subprocess.run(["chattr", "+i", str(results / "trial")], check=False).returncode:
        snakemake.kill()
        pytest.skip("this file system knows no folder that may not be written to")
    (trial.folder / "go").touch()
    assert snakemake.wait() == 1
    subprocess.run(["chattr", "-i", str(results / "trial")], check=True)
    said = (results / "logs" / "statistics.log").read_text()
    assert "may not be written to; change its rights and run again" in said
    assert "Traceback" not in said
    trial.run()
    assert trial.planned() == {}


@pytest.mark.parametrize("days", [-4000, 4000])
def test_a_clock_that_jumps_changes_nothing(done, trial, days):
    """Neither of what stands there, nor of what is made anew beside it."""
    results = trial.folder / "results"
    then = time.time() + days * 86400
    for path in [*results.rglob("*"), *trial.folder.glob("*.tsv")]:
        os.utime(path, (then, then))
    assert trial.planned() == {}
    (results / "records" / "endpoints.json").unlink()
    trial.run()
    # Whose results these are tells of the folder.
    assert set(differences(results, tree(done.folder / "results"))) <= {"records/trial.json"}
    assert trial.planned() == {}


def test_results_that_appear_late_are_waited_for(done, trial):
    """As on a network file system: a job is done before its results are seen."""
    results = trial.folder / "results"
    (results / "records" / "endpoints.json").unlink()
    path = trial.folder / "workflow" / "scripts" / "endpoints.py"
    late = [
        "import os, subprocess, sys",
        "hidden = [*snakemake.output, task._record]",
        "for path in map(str, hidden): os.replace(path, path + '.hidden')",
        "code = 'import os,sys,time; time.sleep(4); ' + "
        "'[os.replace(p + chr(46) + \"hidden\", p) for p in sys.argv[1:]]'",
        "subprocess.Popen([sys.executable, '-c', code, *map(str, hidden)], start_new_session=True)",
    ]
    path.write_text(path.read_text() + "\n" + "\n".join(late) + "\n")
    trial.run("--latency-wait", "30")
    found, wanted = tree(results), tree(done.folder / "results")
    changed = {name for name in {*found, *wanted} if found.get(name) != wanted.get(name)}
    assert changed <= {name for name in wanted if name.startswith("records/")}  # the code's hash
