"""What a stage leaves behind for one visit.

An image stage writes its files first and a manifest, ``status.json``, last. The manifest is the
only output that Snakemake watches. It holds the checksum of every file, so a stage that ran again
and made the same images leaves the same manifest, and nothing downstream runs. A file is held
against its checksum when it is read.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from gadless.errors import GadlessError
from gadless.files import checksum, read_json, write_json

STATUS = "status.json"
"""Name of the file that a manifest is written to."""


@dataclass
class Manifest:
    """The outcome of one image stage for one visit.

    Attributes
    ----------
    patient, visit, stage : str
    folder : Path
        Where the manifest and its files lie; not written into it.
    files : dict of str to str
        Name (``t1``, ``brain``, ``cgan``, ...) to file name inside `folder`.
    faults : dict of str to str
        Name of what could not be made to the reason why, in words for the report. A fault under
        ``visit`` makes the whole visit unusable.
    checksums : dict of str to str
        SHA-256 of each file.
    notes : dict
        Whatever else the stage wants to tell the next one (small and deterministic).
    """

    patient: str
    visit: str
    stage: str
    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether all the named files were made."""
        return all(name in self.files for name in names)

    def path(self, name: str) -> Path:
        """Path of a named file, which is as the stage made it.

        Its content is compared once in a process: whoever reads a file reads it anyway.

        Raises
        ------
        GadlessError
            If the stage did not make it, if it was deleted since, or if it is another than was
            made.
        """
        who = f"patient {self.patient}, visit {self.visit}: "
        if name not in self.files:
            raise GadlessError(f"{who}{self.stage} made no {name}")
        found = self.folder / self.files[name]
        if not found.exists():
            raise GadlessError(
                f"{who}{found} was made by {self.stage} and is gone; run again, and it is made anew"
            )
        # A manifest that is not written yet has no checksums.
        made = self.checksums.get(name)
        if made is not None and checksum(found) != made:
            raise GadlessError(
                f"{who}{found} is not the file that {self.stage} made: its content has changed"
                " since; delete it and run again, and it is made anew"
            )
        return found

    def fault(self, *names: str) -> str | None:
        """Return the first reason recorded under ``visit`` or under one of the names."""
        for name in ("visit", *names):
            if name in self.faults:
                return self.faults[name]
        return None

    def write(self) -> None:
        """Write ``status.json`` into the folder, after all files.

        The folder then holds what the manifest lists and nothing else: what an earlier run made
        there, or was killed while it wrote, is removed.
        """
        listed = {STATUS, *self.files.values()}
        for old in self.folder.glob("*"):
            # A network file system keeps `.nfs...` of what another process has open.
            if old.name not in listed and not old.name.startswith(".nfs") and not old.is_dir():
                old.unlink(missing_ok=True)
        self.checksums = {name: checksum(self.folder / file) for name, file in self.files.items()}
        content = asdict(self)
        del content["folder"]
        write_json(content, self.folder / STATUS)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a ``status.json``."""
        return cls(**read_json(path), folder=Path(path).parent)
