"""A Slurm of three nodes on this machine, without accounting, all of it in one folder."""

import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
PLUGIN = "snakemake_executor_plugin_slurm"
# The plugin's jobs drop SLURM_CONF, so the configuration must stand where Slurm looks by itself.
DEFAULT = Path("/etc/slurm")
NODES = ("n1", "n2", "n3")
GPU_NODES = NODES[:2]
DEVICES = 2
"""Of each of these nodes."""

CONFIGURATION = """\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
SlurmdUser=root
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/ctld
SlurmdSpoolDir={folder}/spool_%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd_%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd_%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=100000,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=3600
SlurmdTimeout=10
KillWait=2
GresTypes=gpu
PropagateResourceLimits=NONE
AccountingStorageType=accounting_storage/none
"""


def why_not() -> str | None:
    """Say why no Slurm can be started here; nothing where one can."""
    if importlib.util.find_spec(PLUGIN) is None:
        return "snakemake-executor-plugin-slurm is not installed (requirements-cluster.lock)"
    if os.geteuid() != 0:
        return "Slurm's daemons are started as root"
    if (DEFAULT / "slurm.conf").exists():
        return f"{DEFAULT}/slurm.conf: this machine has a Slurm of its own"
    if shutil.which("slurmctld") is None and shutil.which("apt-get") is None:
        return "Slurm is not installed, and there is no apt-get"
    return None


def install() -> str | None:
    """Install Slurm where it is missing; say why that failed."""
    if all(shutil.which(name) for name in ("slurmctld", "slurmd", "sbatch", "munged")):
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(
            command, env=quiet, capture_output=True, text=True, check=False, timeout=600
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            return f"{' '.join(command[:2])} failed: {said[-1] if said else done.returncode}"
    return None


def wait_until(true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something, no longer than is said."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)


@dataclass
class Cluster:
    """A running Slurm.

    The nodes of the partition ``gpu`` have two devices each: character devices that do nothing.
    """

    folder: Path
    nodes: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(NODES, False))

    def start(self) -> None:
        for name in ("ctld", "log", "run", "munge", "dev"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        self._authenticate()
        self._configure()
        _run("slurmctld", "-c", "-f", str(self.folder / "slurm.conf"))
        for node in NODES:
            self.start_node(node)
        wait_until(lambda: self.states() == ["idle"] * len(NODES), 60, "three idle nodes")

    def _authenticate(self) -> None:
        (self.folder / "munge").chmod(0o700)
        key = self.folder / "munge" / "key"
        key.touch(0o600)
        key.write_bytes(os.urandom(128))
        run, log = self.folder / "run", self.folder / "log"
        _run(
            "munged",
            *(f"--key-file={key}", f"--socket={run}/munge.socket"),
            *(f"--pid-file={run}/munged.pid", f"--log-file={log}/munged.log"),
            f"--seed-file={self.folder}/munge/seed",
        )

    def _configure(self) -> None:
        for number in range(DEVICES):
            null = os.makedev(1, 3)
            os.mknod(self.folder / "dev" / f"nvidia{number}", stat.S_IFCHR | 0o666, null)
        lines = [CONFIGURATION.format(folder=self.folder)]
        for at, node in enumerate(NODES, start=1):
            gres = f"Gres=gpu:{DEVICES}" if node in GPU_NODES else ""
            where = f"NodeHostname=localhost NodeAddr=127.0.0.1 Port={26900 + at}"
            lines.append(f"NodeName={node} {where} CPUs=4 RealMemory=16000 {gres} State=UNKNOWN\n")
        lines.append("PartitionName=cpu Nodes=n[1-3] Default=YES MaxTime=120 State=UP\n")
        lines.append("PartitionName=gpu Nodes=n[1-2] MaxTime=120 State=UP\n")
        (self.folder / "slurm.conf").write_text("".join(lines))
        (self.folder / "gres.conf").write_text(
            "AutoDetect=off\nNodeName=n[1-2] Name=gpu Flags=nvidia_gpu_env "
            f"File={self.folder}/dev/nvidia[0-{DEVICES - 1}]\n"
        )
        DEFAULT.mkdir(exist_ok=True)
        for name in ("slurm.conf", "gres.conf"):
            (DEFAULT / name).symlink_to(self.folder / name)

    def start_node(self, node: str) -> None:
        (self.folder / f"spool_{node}").mkdir(exist_ok=True)
        _run("slurmd", "-N", node, "-f", str(self.folder / "slurm.conf"))
        self.nodes[node] = True

    def repair(self) -> None:
        """Start again what was lost."""
        for node, up in self.nodes.items():
            if not up:
                self.start_node(node)
        wait_until(lambda: set(self.states()) <= {"idle", "mixed"}, 60, "all nodes")

    def states(self) -> list[str]:
        """Return the state of each node, in words."""
        said = _run("sinfo", "-h", "-N", "-p", "cpu", "-o", "%T", check=False)
        return said.split()

    def jobs(self) -> dict[int, dict[str, str]]:
        """Return what Slurm knows of every job since its start."""
        found = {}
        for line in _run("scontrol", "show", "job", "-d", "-o", check=False).splitlines():
            pairs = dict(re.findall(r"(\w+)=(\S*)", line))
            if "JobId" in pairs:
                found[int(pairs["JobId"])] = pairs
        return found

    def start_again(self, job: int) -> int:
        """Start a second copy of a job, as Slurm may do behind the back of who submitted it."""
        script = self.folder / f"again_{job}.sh"
        _run("scontrol", "write", "batch_script", str(job), str(script))
        known = self.jobs()[job]
        asked = [f"--chdir={known['WorkDir']}", f"--cpus-per-task={known['NumCPUs']}", "--mem=2000"]
        asked += [f"--export=ALL,PYTHONPATH={known['WorkDir']}/src"]
        said = _run(
            "sbatch", "--parsable", *asked, f"--output={self.folder}/again.log", str(script)
        )
        return int(said)

    def lose_node(self, node: str) -> list[int]:
        """Kill a node with all that runs on it, as a power cut does; return the lost jobs."""
        lost = [
            number
            for number, job in self.jobs().items()
            if job.get("NodeList") == node and job["JobState"] == "RUNNING"
        ]
        daemon = int((self.folder / "run" / f"slurmd_{node}.pid").read_text())
        for process in {daemon, *_processes_of(lost)}:
            _kill(process)
        self.nodes[node] = False
        return lost

    def stop(self) -> None:
        for node, up in self.nodes.items():
            if up:
                self.lose_node(node)
        for name in ("slurmctld", "munged"):
            path = self.folder / "run" / f"{name}.pid"
            if path.exists():
                _kill(int(path.read_text()))
        for name in ("slurm.conf", "gres.conf"):
            (DEFAULT / name).unlink(missing_ok=True)


def _run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _processes_of(jobs: list[int]) -> Iterator[int]:
    """Slurm's own processes of a job bear its number in their title, all others in a variable."""
    titles = tuple(f"slurmstepd: [{job}." for job in jobs)
    variables = {f"SLURM_JOB_ID={job}".encode() for job in jobs}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            title = (entry / "cmdline").read_bytes().decode(errors="replace")
            environment = set((entry / "environ").read_bytes().split(b"\0"))
        except OSError:
            continue
        if title.startswith(titles) or environment & variables:
            yield int(entry.name)
