"""One visit: tumour compartments on every contrast, acquired and synthetic, by one segmenter."""

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.writing import write_image
from gadless.manifest import Manifest
from gadless.networks import uncertainty
from gadless.networks.contract import ABNORMALITY, CONTRAST, SEGMENTER, spread_of
from gadless.networks.described import checksum
from gadless.networks.exams import Reader, missing, read_image, read_images, spacing_of
from gadless.networks.inference import Trained, predict, told_of
from gadless.networks.model import Model, Volume
from gadless.networks.opened import open_network
from gadless.trial.config.networks import Network

logger = logging.getLogger(__name__)

Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

ENHANCING, NONENHANCING, NECROSIS = 1, 2, 3


def segment_visit(
    exam: Manifest,
    synthetic: Manifest,
    contrasts: Sequence[str],
    reference: str,
    networks: Mapping[str, Network],
    folder: Path,
) -> Manifest:
    """Segment the tumour once a contrast.

    The T2/FLAIR abnormality is found once, from images without contrast, and is the same under
    every contrast; enhancement and core are the contrast's own.

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
        Settings of every candidate's network that gives labels, of ``segmenter``, which segments
        all other contrasts, and of ``abnormality``, where that is the contrasts' common one.
    folder : Path
        Where ``{contrast}.nii.gz`` goes: uint8, 0 background, 1 enhancing, 2 non-enhancing
        abnormality, 3 necrosis; and ``abnormality.nii.gz``, 0 or 1.

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
    shared = [ABNORMALITY] if ABNORMALITY in networks else []
    used = {name: networks[name] for name in dict.fromkeys([*chosen.values(), *shared])}
    manifest.notes["weights"] = {name: checksum(name, settings) for name, settings in used.items()}
    models = {name: open_network(name, settings) for name, settings in used.items()}
    # Contrasts share the images without contrast.
    read = cache(read_image)
    abnormality = None
    if shared:
        abnormality = _abnormality(models[ABNORMALITY], exam, manifest, read)
    for contrast in contrasts:
        model, acquired = models[chosen[contrast]], contrast == reference
        try:
            if shared and abnormality is None:
                raise DataFault(manifest.faults[ABNORMALITY])
            images, affine = _images(model, exam, synthetic, contrast, acquired, read)
            with told_of(chosen[contrast], manifest):
                scores = predict(model, images, spacing_of(affine))
                labels = labels_of(model, scores, images["brain"] > 0)
                spread = None
                if not acquired:
                    spread = interval_of(
                        model,
                        images,
                        scores,
                        labels,
                        _read_spread(synthetic, contrast),
                        spacing_of(affine),
                    )
        except DataFault as fault:
            manifest.faults[contrast] = str(fault)
            continue
        if abnormality is not None:
            labels = joined(labels, abnormality)
        if spread is not None:
            manifest.notes.setdefault("spread", {})[contrast] = spread
        manifest.files[contrast] = f"{contrast}.nii.gz"
        write_image(labels, affine, manifest.folder / manifest.files[contrast])
        logger.info("patient %s, visit %s: %s done", exam.patient, exam.visit, contrast)
    return manifest


def _abnormality(model: Model, exam: Manifest, manifest: Manifest, read: Reader) -> Mask | None:
    """Find and write the visit's abnormality; None, with the reason as a fault, where it cannot."""
    try:
        images, affine = _images(model, exam, exam, ABNORMALITY, False, read)
        with told_of(ABNORMALITY, manifest):
            found = segment(model, images, spacing_of(affine)) > 0
    except DataFault as fault:
        manifest.faults[ABNORMALITY] = str(fault)
        return None
    manifest.files[ABNORMALITY] = f"{ABNORMALITY}.nii.gz"
    write_image(found.astype(np.uint8), affine, manifest.folder / manifest.files[ABNORMALITY])
    return found


def joined(labels: Labels, abnormality: Mask) -> Labels:
    """Put a contrast's enhancement and core into the abnormality that all contrasts share.

    Enhancing tumour that lies outside it stays: a new lesion may have no oedema.
    """
    core = (labels == ENHANCING) | (labels == NECROSIS)
    return np.where(core, labels, np.where(abnormality, NONENHANCING, 0)).astype(np.uint8)


def _images(
    model: Model,
    exam: Manifest,
    synthetic: Manifest,
    contrast: str,
    acquired: bool,
    read: Reader,
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
    images, affine = read_images(exam, plain, read)
    if enhanced:
        images[CONTRAST] = (
            images["t1c"] if acquired else images["t1"] + read_image(synthetic.path(contrast))[0]
        )
    return images, affine


def _read_spread(synthetic: Manifest, contrast: str) -> Volume | None:
    name = spread_of(contrast)
    return read_image(synthetic.path(name))[0] if synthetic.has(name) else None


def interval_of(
    model: Model,
    images: Mapping[str, Volume],
    scores: Volume,
    labels: Labels,
    spread: Volume | None,
    spacing_mm: float,
) -> dict[str, float] | None:
    """Carry a candidate's doubt to its enhancing volume; None where it says nothing of doubt.

    Parameters
    ----------
    model : Model
        That gives labels: the segmenter, or the candidate itself.
    images : dict of str to array (X, Y, Z)
        What it has seen, and ``brain``.
    scores, labels : array
        What it gave, and what that says.
    spread : array (X, Y, Z) or None
        Of the candidate's map.
    spacing_mm : float

    Returns
    -------
    dict or None
        ``low_cm3`` and ``high_cm3`` (`gadless.networks.uncertainty`).
    """
    enhancing, brain = labels == ENHANCING, images["brain"] > 0
    if CONTRAST not in model.inputs:
        if not isinstance(model, Trained):
            return None
        ends = uncertainty.ends_of_scores(scores, brain)
    elif spread is None:
        return None
    else:
        seen = uncertainty.ends_of_factor(images, spread, labels > 0)
        ends = [segment(model, one, spacing_mm) == ENHANCING for one in seen]
    return uncertainty.interval_cm3(enhancing, ends, spacing_mm)


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
    return labels_of(model, predict(model, images, spacing_mm), images["brain"] > 0)


def labels_of(model: Model, scores: Volume, brain: Mask) -> Labels:
    """Our labels (X, Y, Z) by a network's scores (labels, X, Y, Z).

    Raises
    ------
    DataFault
        If there is a label that the network's coding does not know.
    """
    theirs = np.where(brain, scores.argmax(axis=0), 0)
    given = [int(label) for label in np.flatnonzero(np.bincount(theirs.ravel()))]
    unknown = [label for label in given if label not in model.coding]
    if unknown:
        raise DataFault(f"the network gave labels that its coding does not know: {unknown}")
    ours = np.zeros(given[-1] + 1, np.uint8)
    for label in given:
        ours[label] = model.coding[label]
    return ours[theirs]
