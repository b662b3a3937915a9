"""Benchmarks take minutes and run seldom: what they ask of the package must be there."""

import ast
import importlib.util
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("name", sorted(path.stem for path in BENCHMARKS.glob("*.py")))
def test_what_a_benchmark_imports_exists(name):
    tree = ast.parse((BENCHMARKS / f"{name}.py").read_text())
    asked = [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("gadless")
        for alias in node.names
    ]
    absent = [
        f"{module}.{what}"
        for module, what in asked
        if not hasattr(importlib.import_module(module), what) and not is_module(module, what)
    ]
    assert absent == []


def is_module(package: str, name: str) -> bool:
    return importlib.util.find_spec(f"{package}.{name}") is not None
