"""One visit: tumour compartments on every contrast, acquired and synthetic, by one segmenter."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.resampling import write_image
from gadless.manifest import Manifest
from gadless.networks.contract import CONTRAST, SEGMENTER
from gadless.networks.described import checksum
from gadless.networks.exams import missing, read_image, read_images, spacing_of
from gadless.networks.inference import predict, told_of
from gadless.networks.model import Model, Volume
from gadless.networks.opened import open_network
from gadless.trial.config.networks import Network

logger = logging.getLogger(__name__)

Labels = NDArray[np.uint8]


def segment_visit(
    exam: Manifest,
    synthetic: Manifest,
    contrasts: Sequence[str],
    reference: str,
    networks: Mapping[str, Network],
    folder: Path,
) -> Manifest:
    """Segment the tumour once a contrast.

    The reference is segmented on the acquired T1c; a candidate on T1 plus its predicted
    subtraction map, or by a network of its own that gives labels. A candidate never sees what was
    acquired after gadolinium.

    Parameters
    ----------
    exam, synthetic : Manifest
        Of stages ``preprocess`` and ``synthesise``.
    contrasts : sequence of str
        The reference and the candidates.
    reference : str
    networks : dict of str to Network
        Settings of every candidate's network that gives labels, and of ``segmenter``, which
        segments all other contrasts.
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
        If a network cannot be used.
    """
    manifest = Manifest(exam.patient, exam.visit, "segment", Path(folder))
    chosen = {name: name if name in networks else SEGMENTER for name in contrasts}
    used = {name: networks[name] for name in dict.fromkeys(chosen.values())}
    manifest.notes["weights"] = {name: checksum(name, settings) for name, settings in used.items()}
    models = {name: open_network(name, settings) for name, settings in used.items()}
    for contrast in contrasts:
        model = models[chosen[contrast]]
        try:
            images, affine = _images(model, exam, synthetic, contrast, contrast == reference)
            with told_of(chosen[contrast], manifest):
                labels = segment(model, images, spacing_of(affine))
        except DataFault as fault:
            manifest.faults[contrast] = str(fault)
            continue
        manifest.files[contrast] = f"{contrast}.nii.gz"
        write_image(labels, affine, manifest.folder / manifest.files[contrast])
        logger.info("patient %s, visit %s: %s done", exam.patient, exam.visit, contrast)
    return manifest


def _images(
    model: Model, exam: Manifest, synthetic: Manifest, contrast: str, acquired: bool
) -> tuple[dict[str, Volume], NDArray[np.float64]]:
    """Read what a segmenter sees of one contrast.

    Raises
    ------
    DataFault
        If an image is missing, in its own words.
    """
    enhanced = CONTRAST in model.inputs
    plain = dict.fromkeys((*(name for name in model.inputs if name != CONTRAST), "brain"))
    if enhanced:
        plain["t1c" if acquired else "t1"] = None
    reason = missing(exam, plain)
    if reason is None and enhanced and not acquired:
        reason = missing(synthetic, [contrast])
    if reason is not None:
        raise DataFault(reason)
    images, affine = read_images(exam, plain)
    if enhanced:
        images[CONTRAST] = (
            images["t1c"] if acquired else images["t1"] + read_image(synthetic.path(contrast))[0]
        )
    return images, affine


def segment(model: Model, images: Mapping[str, Volume], spacing_mm: float) -> Labels:
    """Our labels (X, Y, Z) of one exam; 0 outside the brain.

    Parameters
    ----------
    model : Model
        That gives labels.
    images : dict of str to array (X, Y, Z)
        The network's inputs, and ``brain``.
    spacing_mm : float

    Raises
    ------
    DataFault
        If the network gives a label that its coding does not know, or no usable scores.
    """
    theirs = predict(model, images, spacing_mm).argmax(axis=0)
    theirs = np.where(images["brain"] > 0, theirs, 0)
    unknown = [int(label) for label in np.unique(theirs) if int(label) not in model.coding]
    if unknown:
        raise DataFault(f"the network gave labels that its coding does not know: {unknown}")
    ours = np.zeros(int(theirs.max()) + 1, np.uint8)
    for label in np.unique(theirs):
        ours[label] = model.coding[int(label)]
    return ours[theirs]
