"""Put into the jobs of a copied workflow: a journal, and switches by which a test holds them.

Files in the working folder are the switches: ``break-RULE-KEY`` and ``hold-RULE-KEY``.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def watched(snakemake: Any) -> Iterator[None]:
    """Note when a job has begun and how it ended; break it, or hold it, where a file says so."""
    name = "-".join((snakemake.rule, *(str(part) for part in snakemake.wildcards)))
    try:
        _note(name, "began")
        while Path(f"hold-{name}").exists():
            time.sleep(0.1)
        if Path(f"break-{name}").exists():
            sys.exit("broken on purpose")
        yield
    except BaseException:
        _note(name, "failed")
        raise
    _note(name, "ended")


def _note(name: str, what: str) -> None:
    variables = ("SLURM_JOB_ID", "SLURMD_NODENAME", "CUDA_VISIBLE_DEVICES")
    about = [os.environ.get(variable, "-") for variable in variables]
    with Path("journal").open("a") as journal:
        journal.write(" ".join((name, what, *about)) + "\n")
