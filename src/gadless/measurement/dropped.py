"""Images that nobody reads again once their patient has been measured."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gadless.measurement.visit import VisitScans
from gadless.record import JobName, Record

# Kept at every visit: what was preprocessed is placed and judged by them, and they are small.
_KEPT = ("brain", "transforms", "quality")


def drop_images(results: Path, visits: Iterable[VisitScans], space: str | None) -> list[Path]:
    """Delete the preprocessed images and predicted maps of a patient.

    Masks, transforms and the figures of quality stay, and so does the T1 of the visit that sets the
    patient's space, because later visits are registered to it. Manifests stay as they are; the
    jobs' records say what was dropped, so that its absence makes nothing run. Whoever reads such an
    image again has it made again.

    Parameters
    ----------
    results : Path
        Folder with the jobs' records.
    visits : iterable of VisitScans
        Of one patient, measured.
    space : str or None
        Visit that sets the patient's space.

    Returns
    -------
    list of Path
        What was deleted.
    """
    found: list[Path] = []
    for scans in visits:
        kept = {*_KEPT, "t1"} if scans.visit == space else {*_KEPT}
        for stage in (scans.preprocessed, scans.synthetic):
            paths = [stage.folder / file for name, file in stage.files.items() if name not in kept]
            images = [path for path in paths if path.exists()]
            job = JobName(str(results), stage.stage, (stage.patient, stage.visit))
            # Of a job without a record nothing could say why its images are gone.
            if images and _note(job, images):
                for path in images:
                    path.unlink()
                found += images
    return found


def _note(job: JobName, images: Sequence[Path]) -> bool:
    """Say in a job's record which of its files are dropped; False where it has no such record."""
    record = Record.read_from(job.record)
    names = [path.relative_to(job.folder).as_posix() for path in images]
    if record is None or not set(names) <= record.made.keys():
        return False
    dropped = {name: {**record.made[name], "dropped": True} for name in names}
    replace(record, made={**record.made, **dropped}).write(job.record)
    return True
