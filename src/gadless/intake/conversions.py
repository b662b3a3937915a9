"""Many series to NIfTI, side by side; what was made from the same images is not made again."""

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from gadless.errors import DataFault
from gadless.intake.convert import VERSION, convert
from gadless.intake.key import write_private
from gadless.intake.series import Series

RECORD = "conversions.json"


@dataclass
class Conversions:
    """What earlier runs converted.

    Attributes
    ----------
    private, trial : Path
    made : dict of str to list
        By path within the trial: digest of the images it came from, and the file's size.
    """

    private: Path
    trial: Path
    made: dict[str, list[str | int]] = field(default_factory=dict)

    @classmethod
    def read(cls, private: Path, trial: Path) -> "Conversions":
        """Read the record; one that cannot be read is none, and all is made again."""
        try:
            made = json.loads((private / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            made = {}
        return cls(private, trial, made if isinstance(made, dict) else {})

    def convert_all(self, jobs: Mapping[Path, Series]) -> dict[Path, str]:
        """Convert series, and return why some could not be, by the file that did not come of it."""
        # dcm2niix is a process of its own, and packing lets other threads run.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            outcomes = pool.map(lambda job: self._convert(*job), jobs.items())
            told = tqdm(outcomes, total=len(jobs), desc="scans", disable=None, leave=False)
            faults = {
                target: fault for target, fault in zip(jobs, told, strict=True) if fault is not None
            }
        write_private(json.dumps(self.made, indent=0, sort_keys=True) + "\n", self.private / RECORD)
        return faults

    def _convert(self, target: Path, series: Series) -> str | None:
        name = target.relative_to(self.trial).as_posix()
        digest = f"{VERSION} {series.digest}"
        if target.is_file() and self.made.get(name) == [digest, target.stat().st_size]:
            return None
        try:
            if series.fault:
                raise DataFault(series.fault)
            convert(series, target)
        except DataFault as fault:
            self.made.pop(name, None)
            return str(fault)
        self.made[name] = [digest, target.stat().st_size]
        return None
