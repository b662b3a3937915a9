"""The phantom's scanner, whose scans rules make: which job makes which scan."""

from pathlib import PurePosixPath

from gadless.jobs.ask import Ask
from gadless.jobs.code import Scripts
from gadless.record import JobName

RULE = "phantom"
LAST = "truth.json"
"""Written last, so that Snakemake knows the job by it."""


class Phantoms:
    """Scans below one folder.

    Parameters
    ----------
    folder : str
        As the sheets' paths are seen: `{folder}/{cohort}/{patient}/{visit}/{sequence}.nii.gz`.
    scripts : Scripts
    """

    def __init__(self, folder: str, scripts: Scripts) -> None:
        self.folder, self._scripts = folder, scripts

    def maker(self, path: str) -> JobName | None:
        """Return the job that makes a scan; None for a scan from outside."""
        if not path.startswith(f"{self.folder}/"):
            return None
        below = PurePosixPath(path).relative_to(self.folder).parts
        return JobName(self.folder, RULE, tuple(below[:-1]))

    def ask(self, job: JobName) -> Ask:
        """Return what a scan's job is asked for: nothing but its code; the seed is part of that."""
        told = {"code": self._scripts.version("phantom.py")}
        return Ask(job, told, ("/".join((self.folder, *job.key, LAST)),))
