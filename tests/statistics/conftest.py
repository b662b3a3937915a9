"""R, where it is installed; and few simulated readings where they are not the point."""

import subprocess
from collections.abc import Callable, Iterator
from shutil import which

import pytest

from gadless.statistics.comparisons import interchangeability


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


@pytest.fixture(autouse=True, scope="module")
def few_courses(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read 60 courses twice, not 1,000, which takes a third of a small trial's analysis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.module.__name__ != "test_interchangeability":
            patch.setattr(interchangeability, "COURSES", 60)
        yield
