"""One visit: from T1, T2 and FLAIR to the subtraction maps that no one acquired."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gadless.files import sha256
from gadless.manifest import Manifest
from gadless.networks.exams import missing, read_images, spacing_of, write_image
from gadless.networks.generator import TARGET_LIMITS
from gadless.networks.header import shipped
from gadless.networks.inference import predict
from gadless.networks.weights import load

logger = logging.getLogger(__name__)


def synthesise_visit(
    exam: Manifest, generators: Mapping[str, Path | None], folder: Path
) -> Manifest:
    """Predict the subtraction map with every generator.

    Nothing that was acquired after gadolinium is read.

    Parameters
    ----------
    exam : Manifest
        Of stage ``preprocess``.
    generators : dict of str to path
        Generator to its weights; None means the shipped ones.
    folder : Path
        Where ``{generator}.nii.gz`` goes: float32, on the exam's grid, 0 outside the brain, in
        units of the T1's brain median.

    Returns
    -------
    Manifest
        Of stage ``synthesise``, not yet written: the caller writes it last.

    Raises
    ------
    InputError
        If a weights file cannot be used.
    """
    manifest = Manifest(exam.patient, exam.visit, "synthesise", Path(folder))
    manifest.notes["weights"] = {}
    for name, path in generators.items():
        module, metadata = load(path, name, "generator")
        manifest.notes["weights"][name] = sha256(path or shipped(name))
        reason = missing(exam, (*metadata.inputs, "brain"))
        if reason is not None:
            manifest.faults[name] = reason
            continue
        images, affine = read_images(exam, (*metadata.inputs, "brain"))
        predicted = predict(module, metadata, images, spacing_of(affine))[0]
        predicted = np.where(images["brain"] > 0, np.clip(predicted, *TARGET_LIMITS), 0)
        manifest.files[name] = f"{name}.nii.gz"
        write_image(predicted.astype(np.float32), affine, manifest.folder / manifest.files[name])
        logger.info("patient %s, visit %s: %s done", exam.patient, exam.visit, name)
    return manifest
