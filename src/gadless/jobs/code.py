"""The code that a rule's script reaches, so that changed code reruns and a comment does not."""

from functools import cache
from pathlib import Path

from gadless.provenance import code_version


class Scripts:
    """The workflow's scripts, by file name.

    Parameters
    ----------
    folder : Path
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._version = cache(code_version)

    def version(self, script: str) -> str:
        """Hash of a script and of all of the library that it imports."""
        return self._version(self._folder / script)
