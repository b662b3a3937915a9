"""CPU time and memory of one exam: Gadless from scanner to numbers, and the usual chain of ANTs.

    pip install "gadless[bench]"
    python benchmarks/peers.py --spacing 1.0

Draws a phantom exam at that voxel. Ours: preprocessing with brain extraction, two generators, three
segmentations, measurement (`benchmarks/exam.py`). The usual chain, by ANTsPy with its own settings:
N4 of four sequences, T2, FLAIR and T1c rigidly to T1, T1 rigidly to the template; no brain
extraction and no network. One thread, each stage in a process of its own. Prints CPU seconds and
peak memory of both, and the ratio, which is what can be compared between machines.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

# Before ITK is loaded.
os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")

import exam

SEQUENCES = ("t1", "t2", "flair", "t1c")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=1.0)
    parser.add_argument("--usual", type=Path, help="run the usual chain on the scans of a folder")
    arguments = parser.parse_args()
    if arguments.usual:
        usual_chain(arguments.usual)
        return
    if find_spec("ants") is None:
        print('ANTsPy is not installed (pip install "gadless[bench]"): nothing to compare with')
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exam.measure("scan", folder, arguments.spacing)
        ours = [exam.measure(stage, folder, arguments.spacing) for stage in exam.STAGES]
        command = [sys.executable, __file__, "--usual", str(folder / "scans")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    *steps, last = done.stdout.splitlines()
    print(*steps, sep="\n")
    cpu_s, peak_mb = (float(word) for word in last.split())
    own_s, own_mb = sum(one["cpu_s"] for one in ours), max(one["peak_mb"] for one in ours)
    print(f"{'usual chain':24} {cpu_s:7.1f} CPU s  {peak_mb:6.0f} MB peak")
    print(f"{'Gadless, to the numbers':24} {own_s:7.1f} CPU s  {own_mb:6.0f} MB peak")
    print(f"usual chain over Gadless: {cpu_s / own_s:.1f} at {arguments.spacing} mm")


def usual_chain(scans: Path) -> None:
    """Correct, register, and print what each took; last line: CPU seconds and peak MB."""
    import ants
    import nibabel

    from gadless.images.space import template

    begun = exam.usage()["cpu_s"]
    images = {name: ants.image_read(str(scans / f"{name}.nii.gz")) for name in SEQUENCES}
    images = {name: ants.n4_bias_field_correction(image) for name, image in images.items()}
    corrected = exam.usage()["cpu_s"]
    print(f"{'  N4 of four sequences':24} {corrected - begun:7.1f} CPU s")
    volume, _ = template()
    with tempfile.TemporaryDirectory() as name:
        path = str(Path(name) / "template.nii.gz")
        nibabel.save(nibabel.Nifti1Image(volume.data, volume.affine), path)
        goal = ants.image_read(path)
    pairs = [(images["t1"], images[name]) for name in SEQUENCES[1:]] + [(goal, images["t1"])]
    for fixed, moving in pairs:
        ants.registration(fixed, moving, type_of_transform="Rigid", random_seed=1)
    done = exam.usage()
    print(f"{'  four rigid motions':24} {done['cpu_s'] - corrected:7.1f} CPU s")
    print(done["cpu_s"], done["peak_mb"])


if __name__ == "__main__":
    main()
