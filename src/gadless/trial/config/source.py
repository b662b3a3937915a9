"""A configuration file as it was written: a reader of YAML keeps the last of what stands twice."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gadless.errors import InputError

_MOST_VALUES = 100_000
"""A configuration names a few hundred values, its longest list one a patient."""


def check_keys(paths: Iterable[Path | str]) -> None:
    """Refuse files in which a key stands twice in one mapping: YAML takes the last in silence.

    Parameters
    ----------
    paths : iterable of path
        YAML or JSON.

    Raises
    ------
    InputError
        With every such key and both of its lines; or if a file is no YAML, with the line.
    """
    faults = [fault for path in paths for fault in _twice(Path(path))]
    if faults:
        raise InputError("the configuration has faults:\n" + "\n".join(faults))


def read_files(paths: Iterable[Path | str]) -> dict[str, Any]:
    """Read and merge configuration files as Snakemake does: what a later one says counts.

    Parameters
    ----------
    paths : iterable of path
        YAML or JSON.

    Raises
    ------
    InputError
        If a file cannot be read, is no YAML, or holds no mapping.
    """
    merged: dict[str, Any] = {}
    for path in map(Path, paths):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path.absolute()}: cannot be read: {error}") from None
        except yaml.YAMLError as error:
            raise InputError(f"{path}: is no YAML: {error}") from None
        if not isinstance(content, dict):
            raise InputError(f"{path}: holds no keys; write `key: value` lines")
        merged = _merged(merged, content)
    return merged


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(first)
    for key, value in second.items():
        both = isinstance(value, Mapping) and isinstance(whole.get(key), Mapping)
        whole[key] = _merged(whole[key], value) if both else value
    return whole


def _twice(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _check_size(path, root)
            # Whether values are what they look like: `2021-13-01` is no date.
            yaml.safe_load(text)
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError) as error:
        raise InputError(f"{path}: is no YAML: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply, or holds an alias of itself") from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise InputError(f"{path}: holds no keys; write `key: value` lines")
    waiting = [(root, "")] if root is not None else []
    seen: set[int] = set()
    while waiting:
        node, above = waiting.pop()
        # An anchor's mapping stands in several places, and once in the file.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(item, above) for item in node.value]
        if not isinstance(node, yaml.MappingNode):
            continue
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            name, line = f"{above}{key.value}", key.start_mark.line + 1
            same = (key.tag, str(key.value))
            if same in lines:
                yield f"  {path}: `{name}` stands twice, in rows {lines[same]} and {line}; keep one"
            lines.setdefault(same, line)
            waiting.append((value, f"{name}."))


def _check_size(path: Path, root: yaml.Node) -> None:
    """Refuse aliases of aliases that unpack to more than memory holds, or to themselves."""
    sizes: dict[int, int] = {}

    def size_of(node: yaml.Node) -> int:
        if id(node) not in sizes:
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            items = node.value if isinstance(node, yaml.SequenceNode) else ()
            within = [*items, *(one for pair in pairs for one in pair)]
            sizes[id(node)] = 1 + sum(size_of(one) for one in within)
        return sizes[id(node)]

    if size_of(root) > _MOST_VALUES:
        raise InputError(f"{path}: its aliases unpack to more than {_MOST_VALUES:,} values")
