"""Several GPUs in one machine, by names of devices that need not exist."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOLD = """
import os, sys
from gadless.networks.device import choose_device
choose_device()
choose_device()
print(os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
sys.stdin.read()
"""

SNAKEFILE = """
rule all:
    input: expand("{n}.txt", n=range(4))

rule job:
    output: "{n}.txt"
    resources: gpu=1
    shell: "{sys.executable} job.py {output}"
"""
# A job ends when it has seen another at work, so that they do stand side by side.
JOB = """
import os, sys, time
from pathlib import Path
from gadless.networks.device import choose_device
choose_device()
device = os.environ["CUDA_VISIBLE_DEVICES"]
at_work = Path(f"at-work-{device}")
at_work.touch(exist_ok=False)
end = time.monotonic() + 60
while not list(Path().glob("seen-*")) and len(list(Path().glob("at-work-*"))) < 2:
    assert time.monotonic() < end, "the other job did not come"
    time.sleep(0.05)
Path(f"seen-{device}").touch()
time.sleep(0.5)
at_work.unlink()
Path(sys.argv[1]).write_text(device)
"""


@pytest.fixture
def hold(tmp_path):
    """Start a job that takes a device and keeps it."""
    started = []

    def start(visible: str, **more: str) -> tuple[str, subprocess.Popen]:
        environment = {**os.environ, "TMPDIR": str(tmp_path), "CUDA_VISIBLE_DEVICES": visible}
        environment.pop("GADLESS_DEVICE", None)
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            env={**environment, **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process.stdout.readline().strip(), process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_each_job_takes_a_device_of_its_own_until_it_ends(hold):
    first, process = hold("4,5")
    second, _ = hold("4,5")
    assert [first, second] == ["4", "5"]
    process.kill()
    process.wait()
    assert hold("4,5")[0] == "4"
    # More jobs than devices, as Snakemake was told: shared, and evenly.
    assert [hold("4,5")[0], hold("4,5")[0]] == ["4", "5"]


@pytest.mark.slow
def test_what_a_cluster_or_a_user_gives_a_job_stays(hold, tmp_path):
    assert [hold("3")[0], hold("3")[0]] == ["3", "3"]
    assert hold("0,1", GADLESS_DEVICE="cpu")[0] == "0,1"
    # Processes that train one network together have a GPU each, by their rank.
    assert hold("0,1", GADLESS_PROCESSES="2")[0] == "0,1"
    assert not list(tmp_path.glob("gadless-gpus-*"))


@pytest.mark.slow
def test_jobs_of_snakemake_on_one_machine_share_two_devices(tmp_path):
    (tmp_path / "Snakefile").write_text("import sys\n" + SNAKEFILE)
    (tmp_path / "job.py").write_text(JOB)
    environment = {**os.environ, "TMPDIR": str(tmp_path), "CUDA_VISIBLE_DEVICES": "0,1"}
    environment.pop("GADLESS_DEVICE", None)
    command = [sys.executable, "-m", "snakemake", "--cores", "4", "--resources", "gpu=2"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    used = [Path(tmp_path, f"{n}.txt").read_text() for n in range(4)]
    assert set(used) == {"0", "1"}
