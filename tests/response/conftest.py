"""R, where it is installed."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest


@pytest.fixture(scope="session")
def read_by_r() -> Callable[[str, Path], str]:
    """Run R code that is given one file, and return what it prints; skip where R is absent."""
    if which("Rscript") is None:
        pytest.skip("Rscript is not installed")

    def run(code: str, file: Path) -> str:
        command = ["Rscript", "-e", code, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return run
