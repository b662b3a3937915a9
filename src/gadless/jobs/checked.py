"""A trial looked at without running it: what would be said before its first job."""

from collections.abc import Sequence
from pathlib import Path

from gadless.files import from_here
from gadless.jobs.prepare import Jobs, prepare
from gadless.trial.config import read_files


def check_trial(configfiles: Sequence[Path], folder: Path) -> Jobs:
    """Read configuration and sheets, and look at all that a start looks at.

    Parameters
    ----------
    configfiles : sequence of path
    folder : Path
        With the ``Snakefile``.

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
        check=True,
    )
