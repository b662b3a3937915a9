"""A head for tests: the template's brain at 4 mm, with a made-up contrast for each sequence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from brought_exam import SETTINGS, with_oedema
from known_head import brain_at, scan
from scipy import ndimage

from gadless.images.preprocess import preprocess_visit
from gadless.images.volume import Volume
from gadless.manifest import Manifest
from gadless.trial.config.sequences import built_in


@pytest.fixture(scope="session")
def scanned() -> Callable[..., dict[str, Path]]:
    """Return a scanner: folder and options to the paths of a stripped exam's four sequences."""
    return scan


@pytest.fixture(scope="module")
def sources(scanned: Callable[..., dict[str, Path]], tmp_path_factory: pytest.TempPathFactory):
    """Scans of a head whose tumour has oedema: what others' masks and images are held against."""
    return with_oedema(scanned(tmp_path_factory.mktemp("scanner")))


@pytest.fixture(scope="module")
def exam(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """These scans, preprocessed."""
    folder = tmp_path_factory.mktemp("done")
    return preprocess_visit("P1", "V1", sources, None, SETTINGS, built_in(), folder)


@pytest.fixture(scope="session")
def head() -> Volume:
    """The brain inside a bright scalp and a dark skull, 4 mm."""
    tissue, affine = brain_at()
    tissue = np.pad(tissue[::2, ::2, ::2], 6)
    affine = affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] -= 6 * 4.0
    brain = ndimage.binary_fill_holes(tissue > 0.15)
    distance = ndimage.distance_transform_edt(~brain) * 4.0
    scalp = (distance > 9) & (distance < 16)
    noise = np.abs(np.random.default_rng(0).normal(0, 1.0, tissue.shape))
    data = 100 * tissue * brain + 120 * scalp + noise
    return Volume(data.astype(np.float32), affine)
