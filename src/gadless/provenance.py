"""What a result was made from: the code of a stage, and the files of a visit.

Snakemake does not see an edit to a module that a script imports, and does see a mere touch of the
script. Each rule therefore carries the hash of the code that its script reaches, as a parameter.
"""

import ast
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from gadless.files import sha256
from gadless.parts import size_and_change

_PACKAGE = Path(__file__).parent
# How a job is started, guarded, logged and recorded; no result depends on it.
_PLUMBING = frozenset({"task", "claim", "record", "orphan", "logs", "stopped", "swift"})


def code_version(script: Path | str) -> str:
    """Hash of a script and of every `gadless` module that it imports, directly or not.

    The hash is taken over the syntax trees without docstrings, so a comment, a docstring, a
    formatter or a fresh checkout leaves it unchanged. Data files (criteria, templates) beside a
    reached module count with their content.

    Parameters
    ----------
    script : path
        A Python file.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    reached = _reached(Path(script))
    digest = hashlib.sha256()
    for path in sorted(reached, key=_place):
        digest.update(_syntax(path))
    for folder in sorted({path.parent for path in reached if _PACKAGE in path.parents}):
        for path in _data_files(folder):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode())
            digest.update(sha256(path).encode())
    return digest.hexdigest()[:16]


def _place(path: Path) -> str:
    """Where a file stands in the order, which does not depend on where all of it lies."""
    return path.relative_to(_PACKAGE).as_posix() if _PACKAGE in path.parents else ""


def _reached(script: Path) -> set[Path]:
    reached: set[Path] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(_imports(path))
    return reached


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    found: set[Path] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names: Iterable[str] = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            found.update(_module_files(name))
    return tuple(found)


def _module_files(name: str) -> list[Path]:
    """Files that importing a dotted name runs: the module and the packages above it."""
    parts = name.split(".")
    if parts[0] != "gadless" or _PLUMBING.intersection(parts[1:2]):
        return []
    files = []
    for length in range(2, len(parts) + 1):
        stem = _PACKAGE.joinpath(*parts[1:length])
        files += [
            path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()
        ]
    return files


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def _syntax(path: Path) -> bytes:
    tree = _tree(path)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            node.body = body[1:]  # type: ignore[attr-defined]
    return _plain(tree).encode()


def _plain(node: Any) -> str:
    """Write a syntax tree down, the same under every Python.

    Each adds fields that are empty where the code does not use what is new, and `ast.dump` shows
    them or not.
    """
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={_plain(value)}"
            for name, value in ast.iter_fields(node)
            if value is not None and value != []
        ]
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(_plain, node))}]"
    return repr(node)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _data_files(folder: Path) -> list[Path]:
    """Files beside a package's modules that it reads; weights are inputs of rules instead."""
    kinds = {".yaml", ".html", ".css"}
    inside = [path for path in folder.rglob("*") if path.suffix in kinds]
    return sorted(path for path in inside if not _in_deeper_package(path, folder))


def _in_deeper_package(path: Path, folder: Path) -> bool:
    between = path.parent
    while between != folder:
        if (between / "__init__.py").exists():
            return True
        between = between.parent
    return False


def fingerprint(path: Path | str | None, content: bool = False) -> str:
    """Tell whether a file, or an image of several, was replaced: by size and time, or by content.

    Parameters
    ----------
    path : path or None
        None, or a file that does not exist yet, gives ``"none"``.
    content : bool
        Whether to read the file (exact, slow) instead of asking the file system.
    """
    if path is None or not Path(path).exists():
        return "none"
    if content:
        return sha256(path)[:16]
    try:
        size, changed = size_and_change(path)
    except OSError:
        return "none"
    return f"{size}-{changed}"


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of the named packages, for the report."""
    found = {"python": platform.python_version()}
    for package in packages:
        found[package] = importlib.metadata.version(package)
    return found
