"""A trial whose jobs go to a Slurm."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

from workspace import Workspace


class Note(NamedTuple):
    """A line of the journal that jobs keep."""

    name: str
    what: str
    job: str
    node: str
    device: str


@dataclass
class Started:
    """Snakemake on the cluster."""

    workspace: Workspace
    process: subprocess.Popen

    def wait(self, seconds: float) -> int:
        try:
            return self.process.wait(seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def output(self) -> str:
        return (self.workspace.folder / "run.log").read_text()


@dataclass
class OnSlurm:
    """A trial whose jobs go to the cluster."""

    workspace: Workspace

    def start(self, *arguments: str) -> Started:
        folder = self.workspace.folder
        command = [sys.executable, "-m", "snakemake", "--configfile", "trial.yaml"]
        # This Slurm keeps no accounts, and its queue is short.
        here = ["--slurm-status-command", "squeue", "--slurm-no-account"]
        here += ["--slurm-init-seconds-before-status-checks", "2"]
        with (folder / "run.log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--profile", "profiles/slurm", *here, *arguments],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(folder / "src")},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Started(self.workspace, process)

    def journal(self) -> list[Note]:
        path = self.workspace.folder / "journal"
        lines = path.read_text().splitlines() if path.exists() else []
        return [Note(*line.split()) for line in lines]

    def begun(self, name: str) -> list[Note]:
        return [note for note in self.journal() if (note.name, note.what) == (name, "began")]
