"""A trial's folder to change at will: a copy of the workflow, sheets, scans, results."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src" / "gadless" / "networks" / "shipped"
COPIED = ("Snakefile", "workflow", "profiles", "envs")
SEQUENCES = ("t1", "t2", "flair", "t1c")
EXAMS = {"P001": ("V1", "V2"), "P002": ("V1",)}
"""Of the trial; a further visit of P001 (``V3``) lies beside its scans."""


@dataclass
class Folder:
    """A trial's folder; its results lie in ``results``."""

    path: Path

    @property
    def results(self) -> Path:
        return self.path / self.config.get("results", "results")

    @property
    def config(self) -> dict[str, Any]:
        return yaml.safe_load((self.path / "trial.yaml").read_text())

    def configure(self, **changes: Any) -> None:
        (self.path / "trial.yaml").write_text(yaml.safe_dump({**self.config, **changes}))

    def sheet(self, name: str) -> pd.DataFrame:
        read = {"sep": "\t", "dtype": str, "keep_default_na": False}
        return pd.read_csv(self.path / f"{name}.tsv", **read)

    def write(self, name: str, sheet: pd.DataFrame) -> None:
        sheet.to_csv(self.path / f"{name}.tsv", sep="\t", index=False)

    def set(self, name: str, value: str, column: str, **of: str) -> None:
        """Write a cell of a sheet, in the rows of a patient or a visit."""
        sheet = self.sheet(name)
        chosen = (sheet[list(of)] == list(of.values())).all(axis=1)
        assert chosen.any()
        if column not in sheet:
            sheet[column] = ""
        sheet.loc[chosen, column] = value
        self.write(name, sheet)

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.path / file
        before = path.read_text()
        path.unlink()
        path.write_text(change(before))
        assert path.read_text() != before

    def replace(self, file: str, by: str, *, age_s: float = 0) -> None:
        """Put another file in the place of one."""
        path = self.path / file
        path.unlink()
        shutil.copy(self.path / by, path)
        os.utime(path, (time.time() - age_s,) * 2)

    def bring_source(self) -> None:
        """Bring a copy of the library, to change it."""
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / "src", self.path / "src", ignore=ignored)


def new_folder(path: Path) -> Folder:
    """Return a folder with the workflow alone."""
    path.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, path / name, ignore=ignored)
        else:
            shutil.copy(source, path)
    return Folder(path)


def linked(source: Path, target: Path) -> Path:
    """Copy a file of which nobody changes the content in place: by another name for it."""
    os.link(source, target)
    return target


def same_place(folder: Folder, path: Path) -> Folder:
    """Snakemake's own records are there."""
    shutil.copytree(folder.path, path, copy_function=linked, symlinks=True)
    for file in ("trial.yaml", *(sheet.name for sheet in path.glob("*.tsv"))):
        (path / file).unlink()
        shutil.copy2(folder.path / file, path / file)
    return Folder(path)


def without_records(folder: Folder, path: Path) -> Folder:
    """Snakemake's own records are lost, or cut off after their first bytes."""
    copy = same_place(folder, path)
    records = [one for one in (path / ".snakemake" / "metadata").rglob("*") if one.is_file()]
    for at, record in enumerate(records):
        content = record.read_bytes()
        record.unlink()
        if at % 2:
            record.write_bytes(content[:9])
    return copy


def elsewhere(folder: Folder, path: Path) -> Folder:
    """The whole folder was copied to another place, and no time of change was kept."""
    deep = path / "another place" / "trial"
    ignored = shutil.ignore_patterns("metadata", "locks", "incomplete")
    shutil.copytree(folder.path, deep, copy_function=shutil.copy, ignore=ignored)
    return Folder(deep)


SITUATIONS = {
    "Snakemake's records there": same_place,
    "lost or cut off": without_records,
    "copied elsewhere": elsewhere,
}
