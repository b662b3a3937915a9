"""Where the workflow lies that a command speaks of."""

from pathlib import Path

import gadless
from gadless.errors import InputError


def workflow_folder() -> Path:
    """Return the folder with the ``Snakefile``: this one, or the checkout that the command is of.

    Raises
    ------
    InputError
        If neither has one.
    """
    for folder in (Path.cwd(), Path(gadless.__file__).parents[2]):
        if (folder / "Snakefile").is_file() and (folder / "workflow" / "scripts").is_dir():
            return folder
    raise InputError(f"{Path.cwd()}: holds no Snakefile; go to the workflow's folder")
