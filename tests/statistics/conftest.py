"""R, where it is installed."""

import subprocess
from collections.abc import Callable
from shutil import which

import pytest


@pytest.fixture(scope="session")
def r() -> Callable[[str], list[float]]:
    """Run R code that prints numbers; skip where R or its survival package is absent."""
    if which("Rscript") is None:
        pytest.skip("Rscript is not installed")

    def run(code: str) -> list[float]:
        text = "suppressMessages(library(survival)); options(digits=15)\n" + code
        done = subprocess.run(["Rscript", "-e", text], capture_output=True, text=True, check=False)
        if "no package called" in done.stderr:
            pytest.skip("R has no survival package")
        assert done.returncode == 0, done.stderr
        return [float(word) for word in done.stdout.split()]

    return run
