"""One visit: tumour compartments on every contrast, acquired and synthetic, by one segmenter."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.files import sha256
from gadless.manifest import Manifest
from gadless.networks.backbone import ResidualUNet
from gadless.networks.exams import missing, read_image, read_images, spacing_of, write_image
from gadless.networks.header import Metadata, shipped
from gadless.networks.inference import predict
from gadless.networks.weights import load

# What every contrast is segmented with, and what no gadolinium has touched.
PLAIN = ("t1", "t2", "flair", "brain")

logger = logging.getLogger(__name__)


def segment_visit(
    exam: Manifest,
    synthetic: Manifest,
    contrasts: Sequence[str],
    reference: str,
    weights: Path | None,
    folder: Path,
) -> Manifest:
    """Segment the tumour once a contrast.

    The reference is segmented on the acquired T1c; a candidate on T1 plus its predicted
    subtraction map, and never sees what was acquired after gadolinium.

    Parameters
    ----------
    exam, synthetic : Manifest
        Of stages ``preprocess`` and ``synthesise``.
    contrasts : sequence of str
        The reference and the candidates.
    reference : str
    weights : Path or None
        Of the segmenter; None means the shipped ones.
    folder : Path
        Where ``{contrast}.nii.gz`` goes: uint8, 0 background, 1 enhancing, 2 non-enhancing
        abnormality, 3 necrosis.

    Returns
    -------
    Manifest
        Of stage ``segment``, not yet written: the caller writes it last.

    Raises
    ------
    InputError
        If the weights file cannot be used.
    """
    module, metadata = load(weights, "segmenter", "segmenter")
    manifest = Manifest(exam.patient, exam.visit, "segment", Path(folder))
    manifest.notes["weights"] = sha256(weights or shipped("segmenter"))
    for contrast in contrasts:
        acquired = contrast == reference
        reason = missing(exam, (*PLAIN, "t1c") if acquired else PLAIN)
        if reason is None and not acquired:
            reason = missing(synthetic, [contrast])
        if reason is not None:
            manifest.faults[contrast] = reason
            continue
        images, affine = read_images(exam, PLAIN)
        if acquired:
            images["contrast"], _ = read_image(exam.path("t1c"))
        else:
            images["contrast"] = images["t1"] + read_image(synthetic.path(contrast))[0]
        labels = segment(module, metadata, images, spacing_of(affine))
        manifest.files[contrast] = f"{contrast}.nii.gz"
        write_image(labels, affine, manifest.folder / manifest.files[contrast])
        logger.info("patient %s, visit %s: %s done", exam.patient, exam.visit, contrast)
    return manifest


def segment(
    module: ResidualUNet,
    metadata: Metadata,
    images: dict[str, NDArray[np.float32]],
    spacing_mm: float,
) -> NDArray[np.uint8]:
    """Labels (X, Y, Z) of one exam; 0 outside the brain.

    Parameters
    ----------
    module, metadata
        As `gadless.networks.weights.load` gives them.
    images : dict of str to array (X, Y, Z)
        The network's inputs, and ``brain``.
    spacing_mm : float
    """
    scores = predict(module, metadata, images, spacing_mm)
    return np.where(images["brain"] > 0, scores.argmax(axis=0), 0).astype(np.uint8)
