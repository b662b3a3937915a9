"""What a page shows of images lies where it lay."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from gadless.measurement.viewer import Frame, columns_of, mosaic
from gadless.measurement.volumes import LabelMap


def grid(spacing_mm, shape=(40, 44, 36)):
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = (-30.0, -41.0, -12.5)
    brain = np.zeros(shape, dtype=np.uint8)
    brain[8:32, 9:36, 6:30] = 1
    return LabelMap(brain, affine)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.5, 0.6, 0.7), (2.0, 1.0, 3.0)])
def test_a_voxel_shown_lies_where_the_lesion_lay(spacing_mm):
    area = grid(spacing_mm)
    frame = Frame.around([area])
    labels = np.zeros_like(area.labels)
    at = (14, 20, 17)
    labels[10:19, 16:25, 13:22] = 1
    place = (area.affine @ (*at, 1.0))[:3]
    shown = frame.labels(labels)
    assert shown.shape == frame.shape
    index = (place - frame.origin_mm) / frame.spacing_mm
    # The middle of the lesion is the middle of what is shown of it, to a voxel.
    middle = np.argwhere(shown).mean(axis=0)
    assert np.abs(middle - index).max() <= 1
    assert min(frame.spacing_mm) >= 0.97
    assert np.prod(frame.spacing_mm) * (shown > 0).sum() == pytest.approx(
        np.prod(spacing_mm) * (labels > 0).sum(), rel=0.35
    )


def test_images_and_labels_lie_alike_and_share_one_window():
    area = grid((0.5, 0.5, 0.5))
    frame = Frame.around([area])
    image = np.zeros(area.labels.shape, dtype=np.float32)
    labels = np.zeros_like(area.labels)
    image[10:20, 12:22, 10:20], labels[10:20, 12:22, 10:20] = 1.1, 2
    grey, shown = frame.image(image), frame.labels(labels)
    assert grey.shape == shown.shape
    both = (grey > 63).astype(int) - (shown > 0)
    assert np.abs(both).sum() < 0.35 * (shown > 0).sum()
    assert grey.max() == pytest.approx(255 * 1.1 / 2.2, abs=1)
    assert frame.image(image * 9).max() == 255


def test_a_mosaic_holds_every_slice_where_the_page_looks_for_it():
    volume = np.random.default_rng(3).integers(0, 256, (5, 7, 11)).astype(np.uint8)
    address = mosaic(volume, lossless=True)
    content = base64.b64decode(address.removeprefix("data:image/webp;base64,"))
    picture = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    columns = columns_of(11)
    for z in range(11):
        row, column = divmod(z, columns)
        part = picture[row * 7 : (row + 1) * 7, column * 5 : (column + 1) * 5]
        np.testing.assert_array_equal(part.T, volume[:, :, z])
