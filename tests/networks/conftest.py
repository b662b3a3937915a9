"""Tiny exams on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny_exams import write_exam

from gadless.manifest import Manifest
from gadless.networks import weights
from gadless.trial.config import Network


@pytest.fixture
def make_exam(tmp_path: Path) -> Callable[..., Manifest]:
    """Write exams below the test's own folder."""

    def make(patient: str = "p1", visit: str = "v1", **more):
        return write_exam(tmp_path, patient, visit, **more)

    return make


@pytest.fixture
def networks(tmp_path):
    """Weights with random heads, so that outputs depend on every input."""
    paths = {}
    for seed, (name, kind) in enumerate({"cgan": "generator", "segmenter": "segmenter"}.items()):
        torch.manual_seed(seed)
        module = weights.build(kind, 4)
        torch.nn.init.normal_(module.head.weight, std=0.5)
        paths[name] = tmp_path / f"{name}.safetensors"
        weights.save(module, weights.describe(name, kind, 4, 2.0), paths[name])
    return {name: Network(weights=str(path)) for name, path in paths.items()}
