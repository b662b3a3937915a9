"""Tiny exams on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_exams import write_exam

from gadless.manifest import Manifest


@pytest.fixture
def make_exam(tmp_path: Path) -> Callable[..., Manifest]:
    """Write exams below the test's own folder."""

    def make(patient: str = "p1", visit: str = "v1", **more):
        return write_exam(tmp_path, patient, visit, **more)

    return make
