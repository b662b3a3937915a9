"""Whose results a folder holds: a trial's, known by its sheets and by where it is worked on."""

import os
from dataclasses import asdict, dataclass, replace
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
    def of(cls, config: Config, trial: Trial | None) -> Self:
        """Return the trial that is run now, from here; without patients where there is no sheet."""
        given = (
            ("patients", config.patients),
            ("visits", config.visits),
            ("measurements", config.measurements),
        )
        here = os.path.realpath(".")
        sheets = {name: os.path.realpath(path) for name, path in given if path is not None}
        results = os.path.realpath(config.results)
        beside = {name: relpath(path, results) for name, path in {"": here, **sheets}.items()}
        patients = [] if trial is None else sorted(trial.patients["patient"].unique())
        return cls(config.name, here, sheets, beside, patients)

    def __str__(self) -> str:
        sheets = ", ".join(self.sheets.values())
        return f"trial {self.name!r}, worked on in {self.working_folder}, of the sheets {sheets}"


def own(config: Config, trial: Trial) -> None:
    """Write down whose results these are."""
    former, owner = _read(config), Owner.of(config, trial)
    if former is not None and not owner.patients:
        # A plan comes before the data: what is known of them stays.
        owner = replace(owner, patients=former.patients)
    if former != owner:
        write_json(asdict(owner), Path(config.results, KEPT))


def owner_faults(config: Config, trial: Trial | None) -> list[str]:
    """Say why results are another trial's, or an older Gadless's.

    A trial that was moved or copied with its results is the same. So are results that were brought
    here alone, if their former place is no more and most of their patients are this trial's, and
    so is a trial whose sheets were renamed. One of another name with sheets of its own is not, even
    if the patients of both are called the same.

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
    fault = _differ(former, Owner.of(config, trial), results)
    return [] if fault is None else [fault]


def _differ(former: Owner, now: Owner, results: Path) -> str | None:
    same_folder = former.working_folder == now.working_folder or _beside(former, now, "")
    same_sheets = former.sheets.keys() == now.sheets.keys() and all(
        former.sheets[name] == now.sheets[name] or _beside(former, now, name) for name in now.sheets
    )
    words = f"results: {results}: holds the results of {former}; this is {now}"
    remedy = "Give each trial a results folder of its own; if it is the same trial"
    mark = results / KEPT
    if not same_folder and _exists(former.working_folder):
        return f"{words}. {remedy}, moved here, delete {mark}"
    if same_sheets:
        return None
    shared = len({*former.patients} & {*now.patients})
    if now.patients and 2 * shared < len(former.patients):
        few = f"and {shared} of their {len(former.patients)} patients are its own"
        return f"{words}, {few}. {remedy}, delete {mark}"
    other = former.name != now.name or former.sheets.keys() != now.sheets.keys()
    if other and any(map(_exists, {*former.sheets.values()} - {*now.sheets.values()})):
        return f"{words}. {remedy}, delete {mark}"
    return None


def _beside(former: Owner, now: Owner, name: str) -> bool:
    """Whether something lies where it lay before, as seen from the results."""
    return name in former.beside and former.beside[name] == now.beside.get(name)


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - a former path, of another machine


def _read(config: Config) -> Owner | None:
    path = Path(config.results, KEPT)
    try:
        content = read_json(path)
        if content["format"] == FORMAT:
            owner = Owner(**content)
            _check(owner)
            return owner
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


def _check(owner: Owner) -> None:
    """Raise a TypeError where something that was read has another shape."""
    texts = [owner.name, owner.working_folder, *owner.patients]
    for paths in (owner.sheets, owner.beside):
        texts += [*paths, *dict(paths).values()]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("something in it is no text")
