"""CPU time and memory of networks made elsewhere on one 1 mm exam, beside ours in the same run.

    python benchmarks/models.py

Draws and preprocesses a phantom exam, then runs each network once, in a process of its own and on
one thread: our cGAN and our segmenter; the same cGAN as ONNX, on its own grid and on the exam's;
and an nnU-Net as nnU-Net plans it for BraTS (patches of 128 voxels, six stages, 31 million
weights), untrained, because time does not depend on what was learnt. What is not installed is left
out.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from exam import measure as run_stage

IMPORTS = "imports alone"
CASES = (
    (IMPORTS, ()),
    ("ours, cGAN, 2 mm grid", ()),
    ("the same as ONNX, 2 mm grid", ("onnxruntime", "onnx")),
    ("the same as ONNX, 1 mm grid", ("onnxruntime", "onnx")),
    ("ours, segmenter, 2 mm grid", ()),
    ("nnU-Net, one fold, 1 mm", ("nnunetv2",)),
)
CONTRACT = {"inputs": ["t1", "t2", "flair"], "orientation": "RAS", "normalisation": "gadless"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=[name for name, _ in CASES])
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.case:
        run_case(arguments.case, arguments.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Each in a process of its own: a child begins with its parent's peak.
        for stage in ("scan", "preprocess"):
            run_stage(stage, folder, 1.0)
        ours = 0.0
        for case, needed in CASES:
            if not all(find_spec(package) for package in needed):
                print(f"{case:30} not installed: {', '.join(needed)}")
                continue
            figures = measure(case, folder)
            if case.startswith("ours"):
                ours = figures["cpu_s"]
            ratio = f"  {figures['cpu_s'] / ours:6.1f} times ours" if ours else ""
            print(f"{case:30} {figures['cpu_s']:7.1f} CPU s {figures['peak_mb']:7.0f} MB{ratio}")


def measure(case: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--case", case, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_case(case: str, folder: Path) -> None:
    from gadless.manifest import Manifest
    from gadless.networks.segment import segment_visit
    from gadless.networks.synthesise import synthesise_visit
    from gadless.trial.config import Network

    exam = Manifest.read(folder / "visits/P001/V1/preprocessed/status.json")
    work = folder / "models" / str(abs(hash(case)))
    if case.startswith("the same as ONNX"):
        settings = Network(
            weights=str(write_onnx(work)),
            output="map",
            spacing_mm=2.0 if "2 mm" in case else 1.0,
            **CONTRACT,
        )
        made = synthesise_visit(exam, {"theirs": settings}, work)
    elif case.startswith("ours, cGAN"):
        made = synthesise_visit(exam, {"cgan": Network()}, work)
    elif case.startswith("ours, segmenter"):
        made = segment_visit(exam, exam, ["gbca"], "gbca", {"segmenter": Network()}, work)
    elif case.startswith("nnU-Net"):
        settings = Network(weights=str(write_nnunet(work)), labels_of={0: 0, 1: 2, 2: 3, 3: 1})
        made = segment_visit(
            exam, exam, ["gbca"], "acquired", {"segmenter": Network(), "gbca": settings}, work
        )
    assert case == IMPORTS or made.files, made.faults
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
    print(json.dumps(figures))


def write_onnx(folder: Path) -> Path:
    """Export our cGAN, of any size of image; in a process of its own, so that it does not count."""
    folder.mkdir(parents=True)
    path = folder / "cgan.onnx"
    axes = {name: {2: "x", 3: "y", 4: "z"} for name in ("images", "map")}
    program = f"""
import torch
from gadless.networks.weights import load
module, _ = load(None, "cgan", "generator")
torch.onnx.export(module, (torch.zeros(1, 3, 32, 32, 32),), {str(path)!r}, dynamo=False,
    input_names=["images"], output_names=["map"], dynamic_axes={axes!r})
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return path


def write_nnunet(folder: Path) -> Path:
    """Write a model folder as nnU-Net's planner does for four-channel BraTS, with three inputs."""
    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    name = "nnUNetTrainer__nnUNetPlans__3d_fullres"
    stages = 6
    architecture = {
        "n_stages": stages,
        "features_per_stage": [32, 64, 128, 256, 320, 320],
        "conv_op": "torch.nn.modules.conv.Conv3d",
        "kernel_sizes": [[3, 3, 3]] * stages,
        "strides": [[1, 1, 1], *([[2, 2, 2]] * (stages - 1))],
        "n_conv_per_stage": [2] * stages,
        "n_conv_per_stage_decoder": [2] * (stages - 1),
        "conv_bias": True,
        "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    scheme = "resample_data_or_seg_to_shape"
    order = {"order": 3, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": [128, 128, 128],
        "median_image_size_in_voxels": [140.0, 171.0, 137.0],
        "spacing": [1.0, 1.0, 1.0],
        "normalization_schemes": ["ZScoreNormalization"] * 3,
        "use_mask_for_norm": [True] * 3,
        "resampling_fn_data": scheme,
        "resampling_fn_seg": scheme,
        "resampling_fn_data_kwargs": {"is_seg": False, **order},
        "resampling_fn_seg_kwargs": {"is_seg": True, **order, "order": 1},
        "resampling_fn_probabilities": scheme,
        "resampling_fn_probabilities_kwargs": {"is_seg": False, **order, "order": 1},
        "architecture": {
            "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
            "arch_kwargs": architecture,
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
        },
        "batch_dice": True,
    }
    plans = {
        "dataset_name": "Dataset900_Benchmark",
        "plans_name": "nnUNetPlans",
        "image_reader_writer": "NibabelIOWithReorient",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {str(n): {} for n in range(3)},
        "configurations": {"3d_fullres": configuration},
    }
    dataset = {
        "channel_names": {"0": "T1", "1": "T2", "2": "FLAIR"},
        "labels": {"background": 0, "oedema": 1, "core": 2, "enhancing": 3},
        "file_ending": ".nii.gz",
    }
    model = folder / name
    (model / "fold_0").mkdir(parents=True)
    (model / "plans.json").write_text(json.dumps(plans))
    (model / "dataset.json").write_text(json.dumps(dataset))
    torch.manual_seed(0)
    built = {
        **architecture,
        "conv_op": torch.nn.Conv3d,
        "norm_op": torch.nn.InstanceNorm3d,
        "nonlin": torch.nn.LeakyReLU,
    }
    network = PlainConvUNet(3, num_classes=4, deep_supervision=True, **built)
    saved = {
        "network_weights": network.state_dict(),
        "init_args": {"configuration": "3d_fullres"},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": (0, 1, 2),
    }
    torch.save(saved, model / "fold_0" / "checkpoint_final.pth")
    return model


if __name__ == "__main__":
    main()
