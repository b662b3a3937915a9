"""Where a path in the configuration counts from: the file that gives it."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import yaml
from pydantic import AfterValidator

from gadless.files import from_here
from gadless.trial.config.base import Section


@dataclass(frozen=True)
class _IsPath:
    """Marks a key whose text is a path."""


# What file systems take (255), less what is put before the name of a file in writing.
_LONGEST_NAME = 200
PathText = Annotated[str, _IsPath()]
"""A path; in a YAML file it is relative to that file. A new key of this type follows by itself."""


def _plain_name(value: str) -> str:
    """Refuse what cannot be a folder's name for Snakemake."""
    if not value.strip():
        raise ValueError("is empty; name a folder, such as `results`")
    if set("{}") & set(value):
        raise ValueError("holds { or }, which Snakemake takes for a wildcard; name another folder")
    if value != value.strip() or not value.isprintable():
        raise ValueError("begins or ends with a space, or holds a character that has no shape")
    if any(len(part.encode()) > _LONGEST_NAME for part in Path(value).parts):
        raise ValueError(f"names a folder in more than {_LONGEST_NAME} bytes; choose a shorter one")
    return value


FolderText = Annotated[str, _IsPath(), AfterValidator(_plain_name)]
"""The path of a folder that Snakemake writes to."""

Keys = tuple[Any, ...]


def with_paths(
    raw: Mapping[str, Any],
    model: type[Section],
    files: Iterable[Path | str],
    command_line: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a configuration whose paths count from the working directory.

    A path that a file gives is relative to that file, the last one where several give it; one from
    the command line (``--config``), or a default, is relative to the working directory.

    Parameters
    ----------
    raw : mapping
        As Snakemake has merged it. Values of a wrong type are left to the model's own checks.
    model : type of Section
        Says which keys are paths: those of type `PathText` or `FolderText`.
    files : iterable of path
        The files that it was merged from, in order (``--configfile``).
    command_line : mapping
        What was given beside them (``--config``), which goes before all files.

    Returns
    -------
    dict
        Paths within the working directory are relative to it, all others absolute. ``~`` is the
        home folder.
    """
    given = [(_read(Path(file)), Path(file).absolute().parent) for file in files]
    sources = [(command_line, Path.cwd()), *reversed(given)]

    def path_from(keys: Keys, value: str) -> str:
        base = next((folder for content, folder in sources if _has(content, keys)), Path.cwd())
        return _from_here(value, base)

    return {**raw, **_section(model, raw, (), path_from)}


def _section(
    model: type[Section], raw: Mapping[str, Any], above: Keys, path_from: Callable[[Keys, str], str]
) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {
        key: _value(hints[key], value, (*above, key), path_from) if key in hints else value
        for key, value in raw.items()
    }


def _value(hint: Any, value: Any, keys: Keys, path_from: Callable[[Keys, str], str]) -> Any:
    """Resolve the paths of one value by its type, however deep they stand.

    A list replaces the one of an earlier file as a whole, so its items count from where it is
    given; the entries of a mapping are merged, so each counts from its own file.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        is_path = any(isinstance(mark, _IsPath) for mark in inner[1:])
        if is_path and isinstance(value, str) and value.strip() and value.isprintable():
            return path_from(keys, value)
        return _value(inner[0], value, keys, path_from)
    if origin in (Union, UnionType):
        found = (_value(one, value, keys, path_from) for one in inner)
        return next((each for each in found if each != value), value)
    if isinstance(value, Mapping):
        if isinstance(hint, type) and issubclass(hint, Section):
            return _section(hint, value, keys, path_from)
        if origin is dict:
            return {
                key: _value(inner[1], one, (*keys, key), path_from) for key, one in value.items()
            }
    if isinstance(value, list | tuple) and origin in (list, tuple):
        return [_value(inner[0], item, keys, path_from) for item in value]
    return value


def _has(content: Any, keys: Keys) -> bool:
    for key in keys:
        if isinstance(content, list):
            break
        if not isinstance(content, Mapping) or key not in content:
            return False
        content = content[key]
    return True


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _from_here(value: str, base: Path) -> str:
    path = os.path.normpath(base / os.path.expanduser(value))  # noqa: PTH111 - for `~nobody`
    # A file that is named through a link to the working directory lies within it all the same.
    linked = from_here(Path(path).parent.resolve() / Path(path).name)
    return from_here(path) if Path(linked).is_absolute() else linked
