"""Whose results a folder holds: a trial's, known by its sheets and by where it is worked on."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os.path import relpath
from pathlib import Path
from typing import Self

from gadless.errors import InputError
from gadless.files import read_json, write_json
from gadless.record import FOLDER, FORMAT
from gadless.trial.config import Config
from gadless.trial.sheets import Trial

KEPT = f"{FOLDER}/trial.json"
_OLD = ("visits", "patients", "trial")


@dataclass(frozen=True)
class Owner:
    """A trial, as its results know it.

    Attributes
    ----------
    name : str
    working_folder : str
    sheets : dict of str to str
        Absolute path of each sheet.
    beside : dict of str to str
        The same and the working folder (``""``), as seen from the results: what is moved or copied
        together stays the same.
    patients : list of str
    format : int
    """

    name: str
    working_folder: str
    sheets: dict[str, str]
    beside: dict[str, str]
    patients: list[str]
    format: int = FORMAT

    @classmethod
    def of(cls, config: Config, trial: Trial) -> Self:
        """Return the trial that is run now, from here."""
        given = (
            ("patients", config.patients),
            ("visits", config.visits),
            ("measurements", config.measurements),
        )
        here = os.path.realpath(".")
        sheets = {name: os.path.realpath(path) for name, path in given if path is not None}
        results = os.path.realpath(config.results)
        beside = {name: relpath(path, results) for name, path in {"": here, **sheets}.items()}
        return cls(config.name, here, sheets, beside, sorted(trial.patients["patient"].unique()))

    def __str__(self) -> str:
        sheets = ", ".join(self.sheets.values())
        return f"trial {self.name!r}, worked on in {self.working_folder}, of the sheets {sheets}"


def own(config: Config, trial: Trial) -> None:
    """Write down whose results these are."""
    owner = Owner.of(config, trial)
    if _read(config) != owner:
        write_json(asdict(owner), Path(config.results, KEPT))


def owner_faults(config: Config, trial: Trial | None) -> list[str]:
    """Say why results are another trial's, or an older Gadless's.

    A trial that was moved or copied with its results is the same. So are results that were brought
    here alone, if their former place is no more and most of their patients are this trial's.

    Parameters
    ----------
    config : Config
    trial : Trial or None
        None where the sheets have faults of their own.
    """
    results = Path(config.results).absolute()
    try:
        former = _read(config)
    except InputError as error:
        return [str(error)]
    if former is None:
        if any((results / name).is_dir() for name in _OLD) and not (results / FOLDER).is_dir():
            return [
                f"results: {results}: was made by an older Gadless, which did not note what each"
                " result was made from, so none can be trusted to be of today's sheets; move the"
                " folder away or delete it, or name another, and run again"
            ]
        return []
    if trial is None:
        return []
    return list(_differ(former, Owner.of(config, trial), results))


def _differ(former: Owner, now: Owner, results: Path) -> Iterator[str]:
    if former.beside == now.beside:
        return
    same_place = former.working_folder == now.working_folder and former.sheets == now.sheets
    if same_place:
        return
    mark = results / KEPT
    there = [path for path in (former.working_folder, *former.sheets.values()) if _exists(path)]
    if there and former.working_folder != now.working_folder:
        yield (
            f"results: {results}: holds the results of {former}; this is {now}. Give each trial a"
            f" results folder of its own; if it is the same trial, moved here, delete {mark}"
        )
        return
    shared = len({*former.patients} & {*now.patients})
    if 2 * shared < len(former.patients) or (there and former.sheets.keys() != now.sheets.keys()):
        yield (
            f"results: {results}: holds the results of {former}; this is {now}, and"
            f" {shared} of their {len(former.patients)} patients are its own. Give each trial a"
            f" results folder of its own; if it is the same trial, delete {mark}"
        )


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - a former path, of another machine


def _read(config: Config) -> Owner | None:
    path = Path(config.results, KEPT)
    try:
        content = read_json(path)
        if content["format"] == FORMAT:
            return Owner(**content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"results: {path.absolute()}: cannot be read ({error}); delete it, and run again"
        ) from None
    raise InputError(
        f"results: {path.absolute().parents[1]}: was made by a Gadless whose records have format"
        f" {content['format']}, and this one writes {FORMAT}; move the folder away, or run that one"
    )
