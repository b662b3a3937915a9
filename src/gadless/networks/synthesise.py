"""One visit: from what was acquired without contrast to the T1 maps that no one acquired."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from gadless.errors import DataFault
from gadless.images.normalise import TISSUE, normalise_to_t1
from gadless.images.volume import Volume as Image
from gadless.images.writing import write_image
from gadless.manifest import Manifest
from gadless.networks.contract import spread_of
from gadless.networks.described import checksum, segments_itself
from gadless.networks.exams import Affine, missing, read_image, read_images, spacing_of
from gadless.networks.generator import LARGEST_LOG, SMALLEST_LOG, TARGET_LIMITS
from gadless.networks.inference import predict, told_of
from gadless.networks.model import Model, Volume
from gadless.networks.opened import open_network
from gadless.trial.config.networks import Network

logger = logging.getLogger(__name__)


def synthesise_visit(exam: Manifest, generators: Mapping[str, Network], folder: Path) -> Manifest:
    """Predict the subtraction map with every generator.

    Nothing that was acquired after gadolinium is read. A candidate whose network gives labels has
    no map, and is left to `gadless.networks.segment`.

    Parameters
    ----------
    exam : Manifest
        Of stage ``preprocess``.
    generators : dict of str to Network
        Candidate to the settings of its network.
    folder : Path
        Where ``{generator}.nii.gz`` goes: float32, on the exam's grid, 0 outside the brain, in
        units of the T1's brain median; and ``{generator}_spread.nii.gz`` of one that says how
        unsure it is: the mean absolute error that it expects of each voxel, same units.

    Returns
    -------
    Manifest
        Of stage ``synthesise``, not yet written: the caller writes it last.

    Raises
    ------
    InputError
        If a network cannot be used.
    """
    manifest = Manifest(exam.patient, exam.visit, "synthesise", Path(folder))
    manifest.notes["weights"] = {}
    # Generators share their inputs.
    read = cache(read_image)
    for name, settings in generators.items():
        if segments_itself(name, settings):
            continue
        model = open_network(name, settings)
        manifest.notes["weights"][name] = checksum(name, settings)
        scaled_to = ("t1", *filter(exam.has, TISSUE)) if model.output == "t1c" else ()
        needed = dict.fromkeys((*model.inputs, *scaled_to, "brain"))
        reason = missing(exam, needed)
        if reason is not None:
            manifest.faults[name] = reason
            continue
        images, affine = read_images(exam, needed, read)
        try:
            with told_of(name, manifest):
                enhancement, spread = _map(model, images, affine)
        except DataFault as fault:
            manifest.faults[name] = str(fault)
            continue
        manifest.files[name] = f"{name}.nii.gz"
        write_image(enhancement, affine, manifest.folder / manifest.files[name])
        if spread is not None:
            manifest.files[spread_of(name)] = f"{name}_spread.nii.gz"
            write_image(spread, affine, manifest.folder / manifest.files[spread_of(name)])
        logger.info("patient %s, visit %s: %s done", exam.patient, exam.visit, name)
    return manifest


def _map(
    model: Model, images: Mapping[str, Volume], affine: Affine
) -> tuple[Volume, Volume | None]:
    """Return the predicted enhancement (X, Y, Z) and its spread, both 0 outside the brain."""
    brain = images["brain"] > 0
    output = predict(model, images, spacing_of(affine))
    predicted, spread = output[0], None
    if len(output) > 1:
        spread = np.exp(np.clip(output[1], SMALLEST_LOG, LARGEST_LOG))
        spread = np.where(brain, spread, 0).astype(np.float32)
    if model.output == "t1c":
        # As an acquired one: its own gain, and whatever field it learnt, are no enhancement.
        others = [images[name] for name in TISSUE if name in images]
        image = Image(predicted, affine)
        scaled, _ = normalise_to_t1(image, images["t1"], brain, others=others)
        predicted = scaled - images["t1"]
    return np.where(brain, np.clip(predicted, *TARGET_LIMITS), 0).astype(np.float32), spread
