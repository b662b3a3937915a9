"""nnU-Net model folders: trained here by nnU-Net, run by the stages."""

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tiny_nnunet
import torch
from tiny_exams import tiny_images

from gadless.errors import InputError
from gadless.networks.described import check_network, network_files
from gadless.networks.segment import segment_visit
from gadless.networks.synthesise import synthesise_visit
from gadless.trial.config import Network

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("nnunet"),
    pytest.mark.skipif(
        find_spec("nnunetv2") is None, reason="requirements-nnunet.lock is not installed"
    ),
]

CODING = {0: 0, 1: 2, 2: 1, 3: 3}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Three exams, one fold, 25 steps: enough to find the tumour of an egg."""
    return tiny_nnunet.trained(tmp_path_factory.mktemp("nnunet") / "work", 25)


@pytest.fixture
def folder(trained, tmp_path):
    """Copy of the model folder, to be broken."""
    return Path(shutil.copytree(trained, tmp_path / tiny_nnunet.MODEL))


def _segmented(exam, settings, networks, folder):
    synthetic = synthesise_visit(exam, {"theirs": settings}, folder / "synthetic")
    assert synthetic.files == synthetic.faults == {}
    segmenters = {"segmenter": networks["segmenter"], "theirs": settings}
    contrasts = ["gbca", "theirs"]
    return segment_visit(exam, synthetic, contrasts, "gbca", segmenters, folder / "segmented")


def _labels(manifest, name="theirs"):
    return np.asarray(nibabel.load(manifest.path(name)).dataobj)


def test_its_labels_are_recoded_and_lie_where_the_tumour_is(trained, make_exam, networks, tmp_path):
    exam = make_exam()
    settings = Network(weights=str(trained), labels_of=CODING)
    assert check_network("theirs", settings) == []
    found = _labels(_segmented(exam, settings, networks, tmp_path))
    truth = tiny_images(sum(map(ord, "p1v1")))[1]
    for label in (1, 2, 3):
        both = ((found == label) & (truth == label)).sum()
        assert 2 * both / ((found == label).sum() + (truth == label).sum()) > 0.5, label


@pytest.mark.parametrize(("axes", "mirroring"), [("RAS", False), ("LPS", True)])
def test_it_is_what_nnunet_itself_gives(axes, mirroring, folder, make_exam, networks, tmp_path):
    """Read by nnU-Net's reader of files as stored, loaded by nnU-Net's own loader."""
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    for name in ("dataset.json", "plans.json"):
        content = json.loads((folder / name).read_text())
        content.pop("overwrite_image_reader_writer", None)
        content["image_reader_writer"] = "SimpleITKIO"
        (folder / name).write_text(json.dumps(content))
    exam = make_exam()
    settings = Network(weights=str(folder), labels_of=CODING, orientation=axes, mirroring=mirroring)
    found = _labels(_segmented(exam, settings, networks, tmp_path))

    stored = []
    for name in ("t1", "t2", "flair"):
        image = nibabel.load(exam.path(name))
        turn = nibabel.orientations.ornt_transform(
            nibabel.orientations.axcodes2ornt("RAS"), nibabel.orientations.axcodes2ornt(axes)
        )
        nibabel.save(image.as_reoriented(turn), tmp_path / f"{name}.nii.gz")
        stored.append(str(tmp_path / f"{name}.nii.gz"))
    predictor = nnUNetPredictor(
        use_mirroring=mirroring, device=torch.device("cpu"), allow_tqdm=False
    )
    predictor.initialize_from_trained_model_folder(str(folder), (0,))
    reader = SimpleITKIO()
    data, properties = reader.read_images(stored)
    labels = predictor.predict_single_npy_array(data, properties)
    reader.write_seg(labels, str(tmp_path / "theirs.nii.gz"), properties)
    canonical = nibabel.as_closest_canonical(nibabel.load(tmp_path / "theirs.nii.gz"))
    brain = np.asarray(nibabel.load(exam.path("brain")).dataobj) > 0
    expected = np.array([CODING[n] for n in range(4)])[np.asarray(canonical.dataobj).astype(int)]
    assert len(np.unique(found)) > 2
    np.testing.assert_array_equal(found, np.where(brain, expected, 0))


def test_every_file_that_decides_is_fingerprinted(trained):
    settings = Network(weights=str(trained), labels_of=CODING)
    assert [path.name for path in network_files("theirs", settings)] == [
        "dataset.json",
        "plans.json",
        "checkpoint_final.pth",
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"inputs": ["t1", "t2"]}, "names 2 images .*takes 3"),
        ({"inputs": ["t2", "t1", "flair"]}, "has t2 where the nnU-Net folder says 'T1'"),
        ({"inputs": ["t1", "t2", "t1c"]}, "no gadolinium reaches a candidate"),
        ({"spacing_mm": 1.0}, "is 1, but the nnU-Net folder says 2 x 2 x 2"),
        ({"orientation": "LPS"}, "is LPS, but the nnU-Net folder says RAS"),
        ({"output": "map"}, "is map, but the nnU-Net folder says labels"),
        ({"normalisation": "zscore"}, "scales its images itself"),
        ({"patch": [32, 32, 32]}, "says this itself"),
        ({"folds": [1]}, "no fold_1/checkpoint_final.pth"),
        ({"labels_of": {0: 0, 1: 2, 2: 1}}, r"no place for its labels \[3\]"),
        ({"labels_of": None}, "labels_of: is missing"),
        ({"format": "monai"}, "is a nnU-Net folder, but `format` says monai"),
    ],
)
def test_what_contradicts_the_folder_is_a_sentence_at_the_start(trained, told, said):
    settings = Network(**{"weights": str(trained), "labels_of": CODING, **told})
    faults = check_network("theirs", settings)
    assert any(re.search(said, fault) for fault in faults), faults
    assert all(fault.startswith("networks.theirs.") for fault in faults)


class _Mischief:
    def __reduce__(self):
        return (exec, ("raise AssertionError('the pickle was run')",))


def _broken(folder, change):
    path = folder / "fold_0" / "checkpoint_final.pth"
    saved = torch.load(path, weights_only=False)
    change(saved)
    torch.save(saved, path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda saved: saved.update(logging=_Mischief()), "more than tensors and plain values"),
        (
            lambda saved: next(iter(saved["network_weights"].values())).fill_(np.nan),
            "holds NaN or infinity",
        ),
        (lambda saved: saved.update(trainer_name="Somebodys"), "cannot be built as nnU-Net"),
        (lambda saved: saved["network_weights"].popitem(), "cannot be built as nnU-Net"),
    ],
)
def test_a_checkpoint_that_cannot_be_trusted(change, said, folder, make_exam, networks, tmp_path):
    _broken(folder, change)
    settings = Network(weights=str(folder), labels_of=CODING)
    with pytest.raises(InputError, match=rf"networks\.theirs\.weights: .*{said}"):
        _segmented(make_exam(), settings, networks, tmp_path)


def test_a_cut_checkpoint(folder, make_exam, networks, tmp_path):
    path = folder / "fold_0" / "checkpoint_final.pth"
    path.write_bytes(path.read_bytes()[:-1000])
    settings = Network(weights=str(folder), labels_of=CODING)
    with pytest.raises(InputError, match=r"checkpoint_final\.pth is damaged"):
        _segmented(make_exam(), settings, networks, tmp_path)


def test_plans_that_name_somebody_elses_program(folder, make_exam, networks, tmp_path):
    plans = json.loads((folder / "plans.json").read_text())
    plans["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"]["nonlin"] = "os.system"
    (folder / "plans.json").write_text(json.dumps(plans))
    settings = Network(weights=str(folder), labels_of=CODING)
    with pytest.raises(InputError, match=r"its plans name os\.system, which is not nnU-Net's own"):
        _segmented(make_exam(), settings, networks, tmp_path)
