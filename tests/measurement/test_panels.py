"""The pictures of a patient: one a visit with images, and nothing else in the folder."""

import numpy as np
from measurement_shapes import sphere, write_visit
from PIL import Image

from gadless.measurement.panels import draw_panels
from gadless.trial.config.sequences import built_in

CONTRASTS = ("gbca", "cgan")


def visits(folder):
    mask = sphere((40, 40, 20), 8).astype(np.uint8)
    scans = [write_visit(folder, name, day, {"gbca": mask}) for name, day in (("V1", 0), ("V2", 9))]
    return [*scans, write_visit(folder, "call", 20, {}, faults={"visit": "no images acquired"})]


def test_every_visit_with_images_has_a_picture_and_a_contact_none(tmp_path):
    folder = tmp_path / "panels"
    drawn = draw_panels(visits(tmp_path), ["V1", "V2"], CONTRASTS, built_in(), folder)
    assert drawn == [folder / "V1.png", folder / "V2.png"]
    assert all(Image.open(path).format == "PNG" for path in drawn)


def test_the_picture_of_a_visit_that_lost_its_images_goes(tmp_path):
    scans, folder = visits(tmp_path), tmp_path / "panels"
    draw_panels(scans, ["V1", "V2"], CONTRASTS, built_in(), folder)
    (folder / ".writing-x.png").write_bytes(b"half")
    before = (folder / "V1.png").read_bytes()
    draw_panels(scans, ["V1"], CONTRASTS, built_in(), folder)
    assert [path.name for path in folder.iterdir()] == ["V1.png"]
    assert (folder / "V1.png").read_bytes() == before
