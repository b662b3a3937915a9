"""A head for tests: the template's brain at 4 mm, with a made-up contrast for each sequence."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from brought_exam import SETTINGS, with_oedema
from known_head import CONTRAST, MOTIONS, SPACING, brain_at, sphere
from scipy import ndimage

from gadless.images.preprocess import preprocess_visit
from gadless.images.volume import Volume
from gadless.manifest import Manifest
from gadless.trial.config.sequences import built_in


@pytest.fixture(scope="session")
def scanned() -> Callable[..., dict[str, Path]]:
    """Return a scanner: folder and options to the paths of a stripped exam's four sequences."""

    def scan(
        folder: Path,
        *,
        warp: float = 0.0,
        turn: np.ndarray | None = None,
        codes: str = "RAS",
        noise_seed: int = 1,
    ) -> dict[str, Path]:
        tissue, affine = brain_at(warp)
        folder.mkdir(parents=True, exist_ok=True)
        paths = {}
        grid = np.diag([SPACING] * 3 + [1.0])
        grid[:3, 3] = (-100, -136, -90)
        shape = (50, 60, 50)
        world = np.indices(shape).reshape(3, -1).T @ grid[:3, :3] + grid[:3, 3]
        for number, (name, contrast) in enumerate(CONTRAST.items()):
            pose = MOTIONS[name] @ (np.eye(4) if turn is None else turn)
            back = np.linalg.inv(pose)
            anatomy = world @ back[:3, :3].T + back[:3, 3]
            index = (anatomy - affine[:3, 3]) / 2.0
            seen = ndimage.map_coordinates(tissue, index.T, order=1)
            image = np.where(seen > 0.15, contrast(seen), 0)
            if name == "t1c":
                image = image + 90 * (sphere(anatomy) & (seen > 0.15))
            x = (world - world.mean(axis=0)) / 100
            image = image * np.exp(0.15 * x[:, 0] - 0.1 * x[:, 2] * x[:, 1])
            chance = np.random.default_rng([noise_seed, number])
            image = np.where(image > 0, image + chance.normal(0, 1.5, image.shape), 0)
            stored = nibabel.Nifti1Image(
                np.maximum(image, 0).reshape(shape).astype(np.float32), grid
            )
            change = nibabel.orientations.ornt_transform(
                nibabel.io_orientation(stored.affine), nibabel.orientations.axcodes2ornt(codes)
            )
            paths[name] = folder / f"{name}.nii.gz"
            nibabel.save(stored.as_reoriented(change), paths[name])
        return paths

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
