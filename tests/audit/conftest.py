"""A small results folder for every test of this folder."""

from pathlib import Path

import pytest
from kept import results


@pytest.fixture
def kept(tmp_path) -> Path:
    return results(tmp_path)
