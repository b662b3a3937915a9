"""Several processes that train one network: a GPU each, or on the CPU.

Each draws its part of a batch; gradients and the normalisation's running averages are averaged
before every step, so that all hold the same network. One process does none of this. The first
process starts the others and is the one that Snakemake knows; when it dies, theirs end as well,
because what they wait for never comes.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, distributed, nn

from gadless.errors import InputError
from gadless.networks.device import TEAM, choose_device
from gadless.orphan import die_with_maker

SIZE, RANK, MEETING, MAKER = TEAM, "GADLESS_RANK", "GADLESS_MEETING", "GADLESS_MAKER"
"""How many processes a user asks for; what a further process is told by the first."""

# Others wait while the first validates whole exams.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Team:
    """The processes that train together."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process validates and writes."""
        return self.rank == 0

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over the processes."""
        if self.size == 1:
            return
        chosen = list(tensors)
        flat = torch.cat([tensor.detach().reshape(-1).float() for tensor in chosen])
        distributed.all_reduce(flat)
        parts = (flat / self.size).split([tensor.numel() for tensor in chosen])
        with torch.no_grad():
            for tensor, part in zip(chosen, parts, strict=True):
                tensor.copy_(part.view_as(tensor))

    def average_buffers(self, module: nn.Module) -> None:
        """Average the running statistics of a module's normalisation."""
        self.average([buffer for buffer in module.buffers() if buffer.is_floating_point()])

    def wait(self) -> None:
        """Wait until all have come here."""
        if self.size > 1:
            distributed.barrier()


def asked_size(batch: int) -> int:
    """Return how many processes are asked for by ``GADLESS_PROCESSES``; 1 where nothing is said.

    Raises
    ------
    InputError
        If it is no whole number, a batch cannot be shared out, or there are fewer GPUs.
    """
    text = os.environ.get(SIZE, "1")
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"{SIZE}={text}: give a whole number of processes, 1 or more")
    size = int(text)
    if batch % size:
        raise InputError(
            f"{SIZE}={size}: a batch of {batch} patches cannot be shared out alike; set the "
            "recipe's `batch` to a multiple"
        )
    gpus = torch.cuda.device_count()
    if size > 1 and choose_device().type == "cuda" and size > gpus:
        raise InputError(f"{SIZE}={size}: this machine shows {gpus} GPUs")
    return size


def device_of(team: Team) -> torch.device:
    """Return where a process runs: as ever if it is alone, else on the GPU of its rank."""
    device = choose_device()
    if team.size > 1 and device.type == "cuda":
        device = torch.device("cuda", team.rank)
        torch.cuda.set_device(device)
    return device


@contextmanager
def team_of(size: int, job: str) -> Iterator[Team]:
    """Gather the processes that train: start the others, or join as one of them.

    Parameters
    ----------
    size : int
    job : str
        What the others are to train, as `gadless.networks.job` writes it.
    """
    if size == 1:
        yield Team()
    elif RANK in os.environ:
        die_with_maker(int(os.environ[MAKER]))
        with _joined(Team(int(os.environ[RANK]), size), os.environ[MEETING]) as team:
            yield team
    else:
        with (
            tempfile.TemporaryDirectory() as folder,
            _others(size, job, Path(folder)) as meeting,
            _joined(Team(0, size), meeting) as team,
        ):
            yield team


@contextmanager
def _joined(team: Team, meeting: str) -> Iterator[Team]:
    backend = "nccl" if device_of(team).type == "cuda" else "gloo"
    distributed.init_process_group(
        backend,
        init_method=f"file://{meeting}",
        rank=team.rank,
        world_size=team.size,
        timeout=_PATIENCE,
    )
    try:
        yield team
    finally:
        distributed.destroy_process_group()


@contextmanager
def _others(size: int, job: str, folder: Path) -> Iterator[str]:
    """Start all processes but the first; end them if the first fails."""
    (folder / "job.json").write_text(job, encoding="utf-8")
    meeting = str(folder / "meeting")
    started = []
    try:
        for rank in range(1, size):
            own = {RANK: str(rank), MEETING: meeting, SIZE: str(size), MAKER: str(os.getpid())}
            environment = {**os.environ, **own}
            command = [sys.executable, "-m", "gadless.networks.train", str(folder / "job.json")]
            started.append(subprocess.Popen(command, env=environment))
        yield meeting
        for process in started:
            process.wait(timeout=60)
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
