"""A trial that is killed again and again, and run again: nothing is lost, nothing is half-written.

    python tests/workflow/kills.py --kills 50

Makes a small trial of phantoms and runs it undisturbed. Then, in rounds: makes some results stale,
runs, kills Snakemake, a job or everything with ``kill -9`` at a random moment of the first stage,
unlocks, runs again, kills at the next stage, and so on to the report. After each kill no process is
left, and every file that is there is whole and right. After each round, a plain run, and every file
is the one of the undisturbed run. Prints a line a kill.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workspace import Workspace, scan_phantoms, scanned_workspace

from gadless.claim import holder
from gadless.record import Record

EXAMS = {"P001": ("V1", "V2"), "P002": ("V1",)}
STAGES = (
    *("preprocess", "synthesise", "segment", "measure", "collect"),
    *("response", "endpoints", "cdisc", "statistics", "sparing", "report"),
)
KINDS = ("snakemake", "job", "tree")
APART = ("logs", "benchmarks", "provenance.json", "ro-crate-metadata.json")
"""What of the results tells of times."""
PATIENCE_S = 900.0
SPACING_MM = 3.0


def phantom_workspace(folder: Path) -> Workspace:
    """Make a trial of three coarse exams, not yet run."""
    scan_phantoms(folder / "scans", EXAMS, SPACING_MM)
    settings = {
        "candidates": ["unet"],
        "response": {"criteria": ["rano2-2023-volume"]},
        "statistics": {"bootstrap": 5},
    }
    return scanned_workspace(folder, EXAMS, "scans", SPACING_MM, **settings)


def tree(results: Path) -> dict[str, bytes]:
    """Every file of results by its path, but what tells of times."""
    return {
        path.relative_to(results).as_posix(): path.read_bytes()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.relative_to(results).parts[0] not in APART
    }


def differences(results: Path, wanted: dict[str, bytes]) -> list[str]:
    """Paths of files that are missing, too many or of another content."""
    found = tree(results)
    return sorted(path for path in {*found, *wanted} if found.get(path) != wanted.get(path))


def claims(results: Path) -> dict[str, int]:
    """Jobs that are at work, by rule and key, with their processes."""
    records = results / "records"
    return {
        path.relative_to(records).with_suffix("").as_posix(): process
        for path in records.rglob("*.json")
        if (process := holder(path)) is not None and _runs(process)
    }


def descendants(process: int) -> Iterator[int]:
    """Yield every process below one."""
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from descendants(child)


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Loop:
    """Kills a trial and runs it again.

    Attributes
    ----------
    workspace : Workspace
        Run to the end.
    dice : random.Random
    met : Counter
        Stage to how often it was at work when something was killed.
    kills : int
    """

    workspace: Workspace
    dice: random.Random
    met: Counter[str] = field(default_factory=Counter)
    kills: int = 0

    def __post_init__(self) -> None:
        self.results = self.workspace.folder / "results"
        self.wanted = tree(self.results)
        self.seconds = {stage: self._took(stage) for stage in STAGES}

    def round(self) -> Iterator[str]:
        """Kill once at every stage, unlock each time; at the end run plainly and compare.

        Yields
        ------
        str
            What was killed, a line a kill; and that the results are the same.
        """
        for stage in STAGES:
            latest = 0.5 * self.seconds[stage]
            while True:
                line, hit = self._kill(stage, latest)
                yield line
                self.workspace.snakemake("--unlock")
                if any(job.split("/")[0] == stage for job in hit):
                    break
                latest /= 2  # the machine is faster now
        self.workspace.run()
        different = differences(self.results, self.wanted)
        assert not different, different
        yield f"run again plainly: {len(self.wanted)} files, all the same"

    def _kill(self, stage: str, latest: float) -> tuple[str, set[str]]:
        """Kill once; return what there is to tell, and the jobs that were at work."""
        deleted = self._made_stale(stage)
        kind = KINDS[self.kills % len(KINDS)]
        self.kills += 1
        after, hit = self._killed_at(stage, kind, latest)
        self.met.update({job.split("/")[0] for job in hit})
        what = ", ".join(sorted(hit)) or f"nothing: {stage} had just ended"
        note = f"  ({deleted} was deleted before)" if deleted else ""
        return f"{self.kills:3d}  {kind:9s}  after {after:5.1f} s  at {what}{note}", hit

    def _took(self, stage: str) -> float:
        """Return the longest time that a job of a stage took undisturbed."""
        path = self.results / "benchmarks"
        files = [*path.glob(f"{stage}.tsv"), *path.glob(f"{stage}/**/*.tsv")]
        return max(float(file.read_text().splitlines()[1].split("\t")[0]) for file in files)

    def _made_stale(self, stage: str) -> str:
        """Where all of a stage stands, delete a record or something that was made; say what."""
        ours = (f"records/{stage}/", f"records/{stage}.json")
        paths = [self.results / name for name in self.wanted if name.startswith(ours)]
        records = [Record.read_from(path) for path in paths]
        if any(record is None or record.unfinished for record in records):
            return ""
        at = self.dice.randrange(len(paths))
        made = sorted(records[at].made)
        deleted = self.dice.choice([paths[at], self.results / self.dice.choice(made)])
        deleted.unlink(missing_ok=True)
        return deleted.relative_to(self.results).as_posix()

    def _killed_at(self, stage: str, kind: str, latest: float) -> tuple[float, set[str]]:
        """Run, kill at a random moment of a stage, and return when and which jobs were at work."""
        with (self.workspace.folder / "run.log").open("w") as log:
            begun = time.monotonic()
            snakemake = self.start(log)
            while not any(job.split("/")[0] == stage for job in claims(self.results)):
                assert snakemake.poll() is None, f"{stage} did not run"
                assert time.monotonic() < begun + PATIENCE_S, f"{stage} does not begin"
                time.sleep(0.01)
            time.sleep(self.dice.uniform(0, latest))
            everything = [snakemake.pid, *descendants(snakemake.pid)]
            hit, after = claims(self.results), time.monotonic() - begun
            self.dice.shuffle(everything)
            if kind == "job":
                # What works, below the process that has the claim and watches; that one is let end.
                self.end(one for keeper in hit.values() for one in descendants(keeper))
                self._gone(hit.values())
            self.end([snakemake.pid] if kind == "snakemake" else everything)
            self._nothing_half_written()
            snakemake.wait()
        self._gone(everything)
        return after, set(hit)

    def start(self, log: IO[str]) -> subprocess.Popen[bytes]:
        """Start a run."""
        environment = {**os.environ, "PYTHONPATH": str(self.workspace.folder / "src")}
        command = [sys.executable, "-m", "snakemake", "--configfile", "trial.yaml", "--cores", "2"]
        return subprocess.Popen(
            command, cwd=self.workspace.folder, env=environment, stdout=log, stderr=log
        )

    @staticmethod
    def end(processes: Iterable[int]) -> None:
        """Kill processes, those that are still there."""
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _nothing_half_written(self) -> None:
        """See to it that every file is whole and right, or says of itself that it is no result."""
        for path, content in tree(self.results).items():
            if ".writing-" in path or content == self.wanted.get(path):
                continue
            fault = b"was killed, most likely for lack of memory" in content
            claim = path.startswith("records/") and content.startswith(b'{"claim"')
            assert fault or claim, f"{path} is half-written: {content[:80]!r}"

    def _gone(self, processes: Iterable[int]) -> None:
        """Wait until processes have ended, as they are to."""
        deadline = time.monotonic() + 30
        while left := [process for process in processes if _runs(process)]:
            assert time.monotonic() < deadline, f"still there: {left}"
            time.sleep(0.05)


def say(line: str) -> None:
    """Print a line at once, also into a file."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    say(f"seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as folder:
        workspace = phantom_workspace(Path(folder) / "copy")
        begun = time.monotonic()
        workspace.run()
        say(f"undisturbed: {time.monotonic() - begun:.0f} s")
        loop = Loop(workspace, random.Random(chosen.seed))
        while loop.kills < chosen.kills:
            for line in loop.round():
                say(line)
        met = ", ".join(f"{stage} {loop.met[stage]}" for stage in STAGES)
        say(f"{loop.kills} kills; met: {met}")


if __name__ == "__main__":
    main()
