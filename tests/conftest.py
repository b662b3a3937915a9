"""How the tests are shared out between workers, and R where it is installed."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
from hypothesis import settings

# The same examples in every run, so that a change is judged by what it changed. `make test-all`
# looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", derandomize=False, deadline=None)
# `make fuzz`: new ones, and twenty times as many.
settings.register_profile(
    "fuzz", derandomize=False, deadline=None, max_examples=2_000, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

SHARE_A_TRIAL = {
    "scanned": ("test_workflow_reruns", "test_workflow_faults", "test_workflow_prune"),
    "measured": ("test_workflow_measurements", "test_workflow_provenance"),
}
"""Modules that look at one finished trial, which takes a minute to make."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each module on one worker, those that share a trial together; the longest come first."""
    for item in items:
        module = item.path.stem
        shared = (trial for trial, modules in SHARE_A_TRIAL.items() if module in modules)
        group = next(shared, module)
        item.add_marker(pytest.mark.xdist_group(group))
    workflow = Path(__file__).with_name("workflow")
    items.sort(key=lambda item: workflow not in item.path.parents)


@pytest.fixture(scope="session")
def read_by_r() -> Callable[[str, Path], str]:
    """Run R code that is given one file, and return what it prints; skip where R is absent."""
    if which("Rscript") is None:
        pytest.skip("Rscript is not installed")

    def run(code: str, file: Path) -> str:
        command = ["Rscript", "-e", code, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return run
