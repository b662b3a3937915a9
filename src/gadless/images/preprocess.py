"""One visit from the scanner's files to the common grid."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gadless.errors import DataFault
from gadless.files import write_json
from gadless.images.alignment import Anchor, Head, align_sequence
from gadless.images.appearance import KNOWN
from gadless.images.called import Called, WrongT1
from gadless.images.extraction import brain_mask
from gadless.images.field import check_signal, with_field_of_view
from gadless.images.followup import check_copy, place_visit
from gadless.images.inspection import inspect
from gadless.images.normalise import TISSUE, normalise_alone, normalise_to_t1
from gadless.images.quality import Findings, limits
from gadless.images.reading import Scan, read_scan
from gadless.images.resampling import coverage, mask_onto_grid, onto_grid
from gadless.images.same import NOTE, VOXELS
from gadless.images.space import common_grid
from gadless.images.threads import one_thread
from gadless.images.transforms import Transforms
from gadless.images.volume import Grid, Mask, Matrix, Volume
from gadless.images.writing import write_image
from gadless.manifest import Manifest
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import Sequence

STAGE = "preprocess"
SPACE = "t1"
"""The sequence that places a visit, and that all others are registered to."""

log = logging.getLogger(__name__)


def preprocess_visit(
    patient: str,
    visit: str,
    sources: Mapping[str, Path | None],
    anchor: Manifest | None,
    settings: Preprocess,
    sequences: Mapping[str, Sequence],
    folder: Path,
) -> Manifest:
    """Bring the scans of one visit to the common grid, corrected and normalised.

    Parameters
    ----------
    patient, visit : str
    sources : mapping
        Path of each sequence's scan; None, or left out, where it was not acquired.
    anchor : Manifest or None
        This stage's manifest of the visit that sets the patient's space; None if it is this one.
    settings : Preprocess
    sequences : mapping of str to Sequence
        What is done with each; the T1 is among them.
    folder : Path
        Receives an image a sequence, ``subtraction`` and ``brain`` (``.nii.gz``),
        ``transforms.json``, ``quality.json`` and, last, ``status.json``. Nothing else that
        an earlier run left there remains. Of a visit that cannot be used there is no image.

    Returns
    -------
    Manifest
        What was made. What could not be made stands among its faults with the reason: this function
        raises no `DataFault`.

    Notes
    -----
    The brain mask and all that was acquired without gadolinium are made before anything that was
    acquired after it is opened, so nothing of it can reach them.
    """
    manifest = Manifest(patient, visit, STAGE, folder)
    manifest.notes["given"] = sorted(name for name, source in sources.items() if source is not None)
    job = _Visit(manifest, sources, settings, sequences)
    further = [name for name in sequences if name != SPACE]
    with one_thread():
        try:
            job.place(anchor)
            for enhanced in (False, True):
                for sequence in further:
                    if sequences[sequence].enhanced is enhanced:
                        job.attempt(sequence)
                if not enhanced:
                    job.check_called()
        except DataFault as fault:
            manifest.files.clear()
            job.refuse("visit", str(fault), "t1")
    job.finish()
    return manifest


class _Visit:
    """The state of one visit between its steps."""

    def __init__(
        self,
        manifest: Manifest,
        sources: Mapping[str, Path | None],
        settings: Preprocess,
        sequences: Mapping[str, Sequence],
    ) -> None:
        self.manifest = manifest
        self.sources = sources
        self.settings = settings
        self.sequences = sequences
        self.findings = Findings()
        self.limits = limits(settings.quality)
        self.grid: Grid = common_grid(settings.spacing_mm)
        self.transforms = Transforms(self.grid, "")
        # What tells tissues apart, by sequence, when the T1c is scaled.
        self.tissue: dict[str, np.ndarray] = {}

    def place(self, first_visit: Manifest | None) -> None:
        """Find the T1's brain, its place in the common space, and write T1 and brain mask."""
        scan = self._read("t1")
        native_brain = self._brain(scan)
        self.head = Head.of(scan.volume, native_brain)
        anchor = self._anchor(first_visit)
        placed = place_visit(self.head, anchor, self.settings, self.findings)
        self.common_to_t1 = placed.matrix
        self.brain: Mask = mask_onto_grid(
            native_brain, scan.volume.grid, self.grid, self.common_to_t1
        )
        inside = self.brain.sum() * self.grid.voxel_cm3
        whole = native_brain.sum() * scan.volume.grid.voxel_cm3
        self.findings.hold(
            "t1",
            "space",
            "share of the brain inside the common grid",
            inside / whole,
            self.limits["coverage"],
            "T1: brain does not fit the common grid",
        )
        self.transforms.reference = placed.reference
        self.manifest.notes[NOTE] = placed.note
        self.t1 = self._unenhanced("t1", scan, self.common_to_t1)
        self._write("brain", self.brain.astype(np.uint8))
        if anchor.visit is not None and placed.reference == anchor.name:
            check_copy(self.t1, anchor, self.brain, self.settings, self.findings)
        self.called = Called(self.t1, self.brain, self.sequences, self.settings, self.findings)
        self.called.see(SPACE, self.t1)

    def attempt(self, sequence: str) -> None:
        """Bring one further sequence over, or record why not."""
        try:
            scan = self._read(sequence)
            common_to_scan = self._placed(sequence, scan) @ self.common_to_t1
            if self.sequences[sequence].enhanced:
                self._enhanced(sequence, scan, common_to_scan)
            else:
                self._unenhanced(sequence, scan, common_to_scan)
        except WrongT1:
            raise
        except DataFault as fault:
            self.refuse(sequence, str(fault), sequence)

    def _placed(self, sequence: str, scan: Scan) -> Matrix:
        title, least = self._title(sequence), self.limits["coverage"].fail
        try:
            return align_sequence(
                *(self.head, scan.volume, sequence, title, self.settings, self.findings)
            )
        except DataFault as fault:
            where = (scan.volume.grid, self.grid, self.common_to_t1, self.brain)
            raise with_field_of_view(fault, *where, least) from fault

    def check_called(self) -> None:
        """Take back what is another sequence than it is called.

        Raises
        ------
        DataFault
            If the T1 is.
        """
        made = [name for name in self.sequences if name in self.manifest.files]
        for sequence, reason in self.called.faults(*made).items():
            self.refuse(sequence, reason, sequence)
            del self.manifest.files[sequence], self.transforms.sequences[sequence]

    def refuse(self, name: str, reason: str, sequence: str) -> None:
        """Record a fault."""
        self.manifest.faults[name] = reason
        source = self.sources.get(sequence)
        if source is not None:
            self.manifest.notes.setdefault("faulty_files", {})[sequence] = source.name
        log.warning(
            "patient %s, visit %s: %s (%s)",
            self.manifest.patient,
            self.manifest.visit,
            reason,
            source or "no file",
        )

    def finish(self) -> None:
        """Write transforms, quality and, last, the manifest."""
        if self.transforms.sequences and "visit" not in self.manifest.faults:
            self.transforms.write(self.manifest.folder / "transforms.json")
            self.manifest.files["transforms"] = "transforms.json"
        write_json(self.findings.as_records(), self.manifest.folder / "quality.json")
        self.manifest.files["quality"] = "quality.json"
        self.manifest.write()

    def _anchor(self, first_visit: Manifest | None) -> Anchor:
        if first_visit is None:
            return Anchor.template()
        if not first_visit.has("t1", "brain"):
            figure = f"visit {first_visit.visit} is unusable"
            self.findings.note("t1", "space", figure, "placed on the template", warn=True)
            return Anchor.template()
        return Anchor.first_visit(first_visit)

    def _read(self, sequence: str) -> Scan:
        source = self.sources.get(sequence)
        if source is None:
            raise DataFault(f"no {self._title(sequence)} acquired")
        scan = read_scan(source, self._title(sequence))
        inspect(scan, sequence, self._title(sequence), self.limits, self.findings)
        read = self.manifest.notes.setdefault(VOXELS, {})
        if self.sequences[sequence].enhanced and scan.voxels == read.get(SPACE):
            both = f"{self._title(SPACE)} and {self._title(sequence)}"
            raise WrongT1(f"{both}: are one image, which may hold gadolinium; correct either path")
        read[sequence] = scan.voxels
        return scan

    def _brain(self, scan: Scan) -> Mask:
        settings = self.settings
        mask, method = brain_mask(
            scan.volume, settings.brain_extraction, settings.skull_stripped, settings.seed
        )
        self.findings.note("t1", "brain", "method", method)
        volume = float(mask.sum() * scan.volume.grid.voxel_cm3)
        reason = f"T1: brain mask of {volume:.0f} cm3 is implausible"
        self.findings.hold("t1", "brain", "volume, cm3", volume, self.limits["brain_cm3"], reason)
        return mask

    def _sampled(self, sequence: str, scan: Scan, common_to_scan: Matrix) -> Volume:
        share = coverage(scan.volume.grid, self.grid, common_to_scan, self.brain)
        self.findings.hold(
            sequence,
            "resample",
            "share of the brain in the field of view",
            share,
            self.limits["coverage"],
            f"{self._title(sequence)}: field of view holds {share:.0%} of the brain",
        )
        image = onto_grid(scan.volume, self.grid, common_to_scan, self.brain)
        if sequence in KNOWN:
            # A map may be 0 in much of a brain.
            check_signal(self._title(sequence), image, self.brain, self.limits["coverage"].fail)
        return image

    def _unenhanced(self, sequence: str, scan: Scan, common_to_scan: Matrix) -> Volume:
        image = self._sampled(sequence, scan, common_to_scan)
        done = normalise_alone(
            image,
            self.brain,
            self.sequences[sequence],
            self.settings.bias_grid_mm,
        )
        self.findings.note(sequence, "bias", "sd of the log field", done.bias)
        self.findings.note(sequence, "normalise", "robust sd of log intensity", done.spread)
        self.transforms.add(sequence, common_to_scan, scan.native, done.median)
        self._write(sequence, done.data)
        if sequence in TISSUE:
            self.tissue[sequence] = done.data
        made = Volume(done.data, self.grid.affine)
        if sequence != SPACE:
            self.called.see(sequence, made)
        return made

    def _enhanced(self, sequence: str, scan: Scan, common_to_scan: Matrix) -> None:
        image = self._sampled(sequence, scan, common_to_scan)
        title = self._title(sequence)
        data, spread = normalise_to_t1(image, self.t1.data, self.brain, title, self.tissue.values())
        made = Volume(data, self.grid.affine)
        self.called.see(sequence, made)
        if reasons := self.called.faults(sequence):
            raise DataFault(reasons[sequence])
        if sequence == "t1c":
            self.called.check_enhancement(made)
        self.findings.note(sequence, "normalise", "robust sd of log ratio to T1", spread)
        self.transforms.add(sequence, common_to_scan, scan.native)
        self._write(sequence, data)
        if sequence == "t1c":
            difference = np.where(self.brain, data - self.t1.data, 0)
            self._write("subtraction", difference.astype(np.float32))

    def _title(self, sequence: str) -> str:
        return self.sequences[sequence].title

    def _write(self, name: str, data: np.ndarray) -> None:
        if not np.isfinite(data).all():
            raise DataFault(f"{name}: what was made of it holds voxels that are no number")
        file = f"{name}.nii.gz"
        write_image(data, self.grid.affine, self.manifest.folder / file)
        self.manifest.files[name] = file
