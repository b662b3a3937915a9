"""Which results are still what would be made today, by the records that lie beside them.

Neither Snakemake's own records nor times of change take part, so results may be copied, renamed,
moved and shared; nothing but a change in what a job is asked for, in what it reads, or in what it
made runs it again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gadless.files import checksum
from gadless.jobs.ask import Ask, by_rule
from gadless.jobs.contents import Contents
from gadless.record import COMMON, JobName, Part, Record, digest

NEW = "new"
AFTER = "what it reads is made anew"
SINCE = "what it reads was made anew since"
DROPPED = "its images were dropped and are needed again"


class Freshness:
    """Compares what jobs are asked for with their records.

    Parameters
    ----------
    contents : Contents
        Tells whether a file from outside is the one that a record knows.
    checked : callable
        Whether to compare the checksums of what a job made, not only sizes.
    """

    def __init__(self, contents: Contents, checked: Callable[[JobName], bool]) -> None:
        self._contents, self._checked = contents, checked
        self._records: dict[JobName, Record | None] = {}

    def stale(self, asks: Sequence[Ask], forced: Iterable[JobName] = ()) -> dict[JobName, str]:
        """Return the jobs that are to run, each with the reason.

        Parameters
        ----------
        asks : sequence of Ask
            Every job after those that it reads.
        forced : iterable of JobName
            To run whatever their records say.
        """
        chosen = dict.fromkeys(forced, "asked for")
        found: dict[JobName, str] = {}
        for ask in asks:
            reason = chosen.get(ask.job) or self._reason(ask, found)
            if reason is not None:
                found[ask.job] = reason
        self._remake_dropped(asks, found)
        return found

    def record(self, job: JobName) -> Record | None:
        """Return a job's record, read once."""
        if job not in self._records:
            self._records[job] = Record.read_from(job.record)
        return self._records[job]

    def _reason(self, ask: Ask, stale: Mapping[JobName, str]) -> str | None:
        record = self.record(ask.job)
        if record is None:
            return NEW
        if record.unfinished:
            return record.unfinished
        if any(job in stale for job in ask.reads):
            return AFTER
        return next(
            (
                reason
                for part, told in ask.parts.items()
                for reason in self._of_part(part, told, ask.files.get(part, {}), record)
            ),
            None,
        ) or self._of_results(ask, record)

    def _of_part(
        self, part: str, told: Mapping[str, str], files: Mapping[str, str], record: Record
    ) -> Iterator[str]:
        known = record.parts.get(part, Part({}, {}))
        named = f" of {part}" if part != COMMON else ""
        for key in sorted({*told, *known.told}):
            if told.get(key) != known.told.get(key):
                yield f"{key}{named} changed"
        for role in sorted({*files, *known.files}):
            if role not in files:
                yield f"{role}{named} is no longer named"
            elif role not in known.files:
                yield f"{role}{named} is new"
            elif not self._contents.same(files[role], known.files[role]):
                yield f"{role}{named} was replaced"

    def _of_results(self, ask: Ask, record: Record) -> str | None:
        read = {
            rule: digest(found.digest for job in jobs if (found := self.record(job)) is not None)
            for rule, jobs in by_rule(ask.reads).items()
        }
        if read != record.read:
            return SINCE
        sizes = _sizes({Path(path).parent.as_posix() for path in record.made}, ask.job.folder)
        for path, made in record.made.items():
            if path not in sizes:
                if not (made.get("dropped") or made.get("pruned")):
                    return f"{Path(path).name} is missing"
            elif sizes[path] != made["size"] or (
                self._checked(ask.job) and checksum(Path(ask.job.folder, path)) != made["sha256"]
            ):
                return f"{Path(path).name} was changed"
        return None

    def _remake_dropped(self, asks: Sequence[Ask], stale: dict[JobName, str]) -> None:
        """Have images that were dropped to save room made again where a job reads them."""
        for ask in reversed(asks):
            if ask.job not in stale or not ask.opens_images:
                continue
            for job in ask.reads:
                record = self.record(job)
                if job not in stale and record is not None and _lacks_dropped(job, record):
                    stale[job] = DROPPED


def _sizes(folders: Iterable[str], root: str) -> dict[str, int]:
    """Size of every file in some folders, by its path below the root."""
    found: dict[str, int] = {}
    for folder in folders:
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                for entry in entries:
                    if entry.is_file():
                        found[Path(folder, entry.name).as_posix()] = entry.stat().st_size
        except OSError:
            continue
    return found


def _lacks_dropped(job: JobName, record: Record) -> bool:
    return any(
        made.get("dropped") and not Path(job.folder, path).exists()
        for path, made in record.made.items()
    )


def summary(stale: Mapping[JobName, str]) -> list[str]:
    """Say in a few lines what runs and why, most frequent first."""
    counts = Counter((job.rule, reason) for job, reason in stale.items() if reason != AFTER)
    return [
        f"{rule}: {reason} ({count} {'job' if count == 1 else 'jobs'})"
        for (rule, reason), count in counts.most_common()
    ]
