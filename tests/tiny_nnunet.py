"""Train a tiny nnU-Net by nnU-Net's own planner and trainer: ``python tiny_nnunet.py FOLDER``.

A program of its own, because nnU-Net takes its folders from the environment and starts processes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

CHANNELS = ("T1", "T2", "FLAIR")
LABELS = {"background": 0, "oedema": 1, "rim": 2, "core": 3}
# Ours (0 background, 1 enhancing, 2 non-enhancing abnormality, 3 necrosis) to its.
THEIRS = (0, 2, 1, 3)
FOLDERS = ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")
AUGMENTING = "nnUNet_n_proc_DA"
SETTINGS = {AUGMENTING: "1", "nnUNet_def_n_proc": "1", "nnUNet_compile": "false"}
EXAMS = 3
DATASET = "Dataset901_Tiny"
MODEL = "nnUNetTrainer__nnUNetPlans__3d_fullres"


def trained(root: Path, steps: int) -> Path:
    """Train in a process of its own; return the model folder."""
    program = [sys.executable, __file__, root, str(steps)]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return root / FOLDERS[2] / DATASET / MODEL


def write_dataset(folder: Path, exams: int) -> None:
    """Write exams as nnU-Net wants them."""
    import nibabel
    import numpy as np
    from tiny_exams import SPACING_MM, tiny_images

    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    for part in ("imagesTr", "labelsTr"):
        (folder / part).mkdir(parents=True)
    for seed in range(exams):
        images, labels = tiny_images(seed)
        for number, name in enumerate(CHANNELS):
            image = nibabel.Nifti1Image(images[name.lower()], affine)
            nibabel.save(image, folder / "imagesTr" / f"case{seed}_{number:04d}.nii.gz")
        theirs = nibabel.Nifti1Image(np.array(THEIRS, np.uint8)[labels], affine)
        nibabel.save(theirs, folder / "labelsTr" / f"case{seed}.nii.gz")
    dataset = {
        "channel_names": {str(number): name for number, name in enumerate(CHANNELS)},
        "labels": LABELS,
        "numTraining": exams,
        "file_ending": ".nii.gz",
        "overwrite_image_reader_writer": "NibabelIOWithReorient",
    }
    (folder / "dataset.json").write_text(json.dumps(dataset))


def main(root: Path, steps: int) -> None:
    """Plan, preprocess and train one fold."""
    import torch
    from nnunetv2.experiment_planning import plan_and_preprocess_api as api
    from nnunetv2.run.run_training import get_trainer_from_args

    write_dataset(root / FOLDERS[0] / DATASET, EXAMS)
    api.extract_fingerprints([901], num_processes=1)
    api.plan_experiments([901])
    api.preprocess([901], configurations=("3d_fullres",), num_processes=(1,))
    fold = {"train": ["case0", "case1"], "val": ["case2"]}
    splits = root / FOLDERS[1] / DATASET / "splits_final.json"
    splits.write_text(json.dumps([fold]))
    # Planning wants a process for augmentation; training does without.
    os.environ.update({**SETTINGS, AUGMENTING: "0"})
    torch.manual_seed(0)
    trainer = get_trainer_from_args("901", "3d_fullres", 0, device=torch.device("cpu"))
    trainer.num_epochs = trainer.num_val_iterations_per_epoch = 1
    trainer.num_iterations_per_epoch = steps
    trainer.run_training()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent / "networks"))
    given = Path(sys.argv[1])
    for name in FOLDERS:
        (given / name).mkdir(parents=True)
        os.environ[name] = str(given / name)
    os.environ.update(SETTINGS)
    main(given, int(sys.argv[2]))
