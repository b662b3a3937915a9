"""A trial read without Snakemake, as a run would read it."""

from collections.abc import Sequence
from pathlib import Path

from gadless.files import from_here
from gadless.jobs.prepare import Jobs, prepare
from gadless.trial.config import read_files


def unrun_jobs(configfiles: Sequence[Path], folder: Path, *, check: bool = False) -> Jobs:
    """Read configuration and sheets of a trial.

    Parameters
    ----------
    configfiles : sequence of path
    folder : Path
        With the ``Snakefile``.
    check : bool
        Whether to look at all else that a start looks at.

    Raises
    ------
    InputError
        With every fault.
    """
    return prepare(
        read_files(configfiles),
        configfiles,
        asked=(),
        scripts=folder / "workflow" / "scripts",
        phantoms=from_here(folder / "results" / "phantom"),
        follow=str,
        check=check,
    )
