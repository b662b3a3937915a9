"""Each module stays on one worker: some make a trial that takes minutes, once."""

import os

import pytest


def test_a_module_is_a_group_of_the_workers(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ or not request.config.getvalue("loadgroup"):
        pytest.skip("needs `pytest -n 2 --dist loadgroup`, as `make test` runs it")
    assert request.node.nodeid.endswith("@test_shared_out")
