"""Gadless's rules where people run them: as a module, from another folder, in environments."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from offline import run_offline
from workspace import ROOT, Workspace, measured_workspace

IMPORTER = """
import yaml

module gadless:
    snakefile: "../copy/Snakefile"
    config: yaml.safe_load(open("gadless.yaml"))
    {more}

use rule * from gadless as gadless_*

onstart:
    print("the importer has begun")

rule ours:
    input:
        rules.gadless_report.output[0]
    output:
        "ours.txt"
    shell:
        "echo read > {{output}}"

rule everything:
    default_target: True
    input:
        "ours.txt"
"""


class Importer:
    """A workflow of somebody else, in a folder of its own, that has ours as a module."""

    def __init__(self, trial: Workspace, more: str = "") -> None:
        self._source = trial.folder / "src"
        self.folder = trial.folder.with_name("importer")
        self.folder.mkdir()
        for name in ("patients.tsv", "measurements.tsv"):
            (trial.folder / name).rename(self.folder / name)
        (trial.folder / "trial.yaml").rename(self.folder / "gadless.yaml")
        (self.folder / "Snakefile").write_text(IMPORTER.format(more=more))

    def snakemake(self, *arguments: str, check: bool = True) -> str:
        command = [sys.executable, "-m", "snakemake", *arguments]
        guard = self.folder.with_name("guard")
        done = run_offline(command, self.folder, self._source, guard)
        output = done.stdout + done.stderr
        assert not check or done.returncode == 0, output[-6000:]
        return output

    def configure(self, **changes: object) -> None:
        path = self.folder / "gadless.yaml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}))


@pytest.mark.slow
def test_a_workflow_that_imports_the_rules_gets_the_trial_and_what_guards_it(tmp_path):
    importer = Importer(measured_workspace(tmp_path / "copy"))
    output = importer.snakemake("--cores", "2")
    results = importer.folder / "results"
    assert "the importer has begun" in output
    assert (importer.folder / "ours.txt").read_text() == "read\n"
    for made in ("report/index.html", "records/trial.json", "provenance.json"):
        assert (results / made).is_file(), made
    slowest = pd.read_csv(results / "logs" / "slowest.tsv", sep="\t")
    assert "statistics" in set(slowest["rule"])
    assert "Nothing to be done" in importer.snakemake("-n")

    importer.configure(statistics={"bootstrap": 5, "covariates": ["age"], "conf_level": 0.9})
    for targets in ([], ["ours"], ["everything"], ["gadless_report"]):
        stale = importer.snakemake("-n", *targets)
        assert "statistics" in stale.split("Job stats:")[1].split("total")[0], targets
        assert "gadless_response" not in stale.split("Job stats:")[1].split("total")[0]


def test_what_cannot_work_of_a_module_is_refused(tmp_path):
    importer = Importer(measured_workspace(tmp_path / "copy"), more='prefix: "below"')
    output = importer.snakemake("-n", check=False)
    assert "module with `prefix` or `replace_prefix`" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_trial_lies_where_it_likes(tmp_path):
    """`-s` and `-d`: sheets, results and Snakemake's own notes beside the trial, none elsewhere."""
    trial = measured_workspace(tmp_path / "copy")
    folder = tmp_path / "my trial"
    folder.mkdir()
    for name in ("patients.tsv", "measurements.tsv", "trial.yaml"):
        (trial.folder / name).rename(folder / name)
    before = {path.name for path in trial.folder.iterdir()}
    (tmp_path / "elsewhere").mkdir()
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(trial.folder / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "trial.yaml")]
    environment = {**os.environ, "PYTHONPATH": str(trial.folder / "src")}
    for arguments in (["--cores", "2"], ["-n"]):
        done = subprocess.run(
            [*command, *arguments],
            cwd=tmp_path / "elsewhere",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-6000:]
    assert "Nothing to be done" in done.stdout + done.stderr
    assert (folder / "results" / "report" / "index.html").is_file()
    assert {path.name for path in trial.folder.iterdir()} == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_conda_finds_the_lock_file_wherever_snakemake_puts_its_copy(tmp_path):
    """The environment's own lines, read by pip from another folder, as conda has them read."""
    environment = yaml.safe_load((ROOT / "envs" / "gadless.yaml").read_text())
    (pip,) = (one["pip"] for one in environment["dependencies"] if isinstance(one, dict))
    assert pip == ["-r ${GADLESS_ROOT}/requirements.lock", "-e ${GADLESS_ROOT}"]
    file = tmp_path / "condaenv.requirements.txt"
    file.write_text(pip[0] + "\n")
    done = subprocess.run(
        f"{sys.executable} -m pip install --dry-run --no-deps --no-index -r {file.name}".split(),
        cwd=tmp_path,
        env={**os.environ, "GADLESS_ROOT": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "torch==2.13.0" in done.stdout


def test_a_new_lock_is_a_new_environment():
    """Snakemake makes an environment anew when the text of its file has changed."""
    lock = hashlib.sha256(Path(ROOT, "requirements.lock").read_bytes()).hexdigest()
    assert lock in Path(ROOT, "envs", "gadless.yaml").read_text()
