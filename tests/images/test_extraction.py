from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from gadless.errors import DataFault
from gadless.images.extraction import brain_mask, is_stripped
from gadless.images.head import head_mask
from gadless.images.reading import read_scan
from gadless.images.volume import Volume

REAL = Path(__file__).parents[3] / "shared" / "real"


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def true_brain(head: Volume) -> np.ndarray:
    """The head fixture has nothing between the brain and 9 mm away from it."""
    labels, _ = ndimage.label(head.data > 12)
    middle = tuple(np.array(head.data.shape) // 2)
    return ndimage.binary_fill_holes(labels == labels[middle])


def test_a_brain_alone_is_recognised_and_a_head_is_not(head: Volume) -> None:
    brain = true_brain(head)
    alone = Volume(np.where(brain, head.data, 0).astype(np.float32), head.affine)
    assert is_stripped(alone)
    assert not is_stripped(head)
    # Air set to zero does not make a head a brain.
    assert not is_stripped(Volume(np.where(head.data > 12, head.data, 0), head.affine))
    mask, method = brain_mask(alone, "deepbet", "auto", 1)
    assert method == "stripped"
    np.testing.assert_array_equal(mask, brain)


@pytest.mark.parametrize(("tool", "least"), [("atlas", 0.93), ("deepbet", 0.90)])
def test_tools_find_the_brain_in_a_head(head: Volume, tool: str, least: float) -> None:
    mask, method = brain_mask(head, tool, "no", 1)
    assert method == tool
    assert dice(mask, true_brain(head)) > least


@pytest.mark.slow
def test_the_networks_give_what_their_own_package_gives(head: Volume) -> None:
    from deepbet import BrainExtraction

    image = nibabel.Nifti1Image(head.data, head.affine)
    _, theirs, _ = BrainExtraction(no_gpu=True).run(image)
    mask, _ = brain_mask(head, "deepbet", "no", 1)
    np.testing.assert_array_equal(mask, np.asarray(theirs.dataobj) > 0)


@pytest.mark.parametrize("study", ["study1", "study2"])
def test_the_atlas_holds_on_thick_slices_with_skull(study: str) -> None:
    path = REAL / "multiple_sclerosis" / "long_patient01" / study / "t1.nii.gz"
    if not path.is_file():
        pytest.skip("needs the real heads in shared/")
    scan = read_scan(path, "T1").volume
    mask, _ = brain_mask(scan, "atlas", "no", 2021)
    # deepbet: 1346 and 1394 cm3; the whole head has 2,800.
    assert 1250 < mask.sum() * scan.grid.voxel_cm3 < 1500
    head = head_mask(scan)
    filled = np.stack([ndimage.binary_fill_holes(one) for one in head.T]).T
    depth = ndimage.distance_transform_edt(filled, sampling=scan.grid.spacing)
    edge = mask & ~ndimage.binary_erosion(mask)
    assert np.median(depth[edge]) > 6.0


def test_declared_stripped_input_without_signal_is_a_fault(head: Volume) -> None:
    empty = Volume(np.zeros_like(head.data), head.affine)
    with pytest.raises(DataFault, match="no brain found"):
        brain_mask(empty, "deepbet", "yes", 1)
