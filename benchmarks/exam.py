"""CPU time and memory of one exam from scanner to measurements.

    python benchmarks/exam.py --spacing 1.0

Draws a phantom exam at that voxel, then runs every stage once in a process of its own, as a job
does, so that imports count and peaks do not add up.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("preprocess", "synthesise", "segment", "measure")
CONTRASTS = ("gbca", "cgan", "unet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=1.0)
    parser.add_argument("--stage", choices=("scan", *STAGES))
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.stage:
        run_stage(arguments.stage, arguments.folder, arguments.spacing)
        return
    total = 0.0
    with tempfile.TemporaryDirectory() as name:
        for stage in ("scan", *STAGES):
            figures = measure(stage, Path(name), arguments.spacing)
            if stage != "scan":
                total += figures["cpu_s"]
                cpu, peak = figures["cpu_s"], figures["peak_mb"]
                print(f"{stage:12} {cpu:6.1f} CPU s  {peak:6.0f} MB peak")
    print(f"{'in all':12} {total:6.1f} CPU s at {arguments.spacing} mm")


def measure(stage: str, folder: Path, spacing: float) -> dict[str, float]:
    start = time.perf_counter()
    command = [sys.executable, __file__, "--stage", stage, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--spacing", str(spacing)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return {"wall_s": time.perf_counter() - start, **json.loads(done.stdout.splitlines()[-1])}


def run_stage(stage: str, folder: Path, spacing: float) -> None:
    globals()[f"_{stage}"](folder, spacing)
    print(json.dumps(usage()))


def usage() -> dict[str, float]:
    """CPU seconds and peak memory (MB) of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def _scan(folder: Path, spacing: float) -> None:
    from gadless.phantom.acquisition import render_exam
    from gadless.phantom.cohort import grow

    render_exam(grow("demo").state("P001", "V1"), folder / "scans", spacing)


def _preprocess(folder: Path, spacing: float) -> None:
    from gadless.images.preprocess import preprocess_visit
    from gadless.trial.config import Preprocess
    from gadless.trial.config.sequences import built_in

    scans = {name: folder / "scans" / f"{name}.nii.gz" for name in built_in()}
    settings = Preprocess(spacing_mm=spacing)
    preprocess_visit(
        "P001", "V1", scans, None, settings, built_in(), _place(folder, "preprocessed")
    )


def _place(folder: Path, stage: str) -> Path:
    return folder / "visits" / "P001" / "V1" / stage


def _synthesise(folder: Path, _spacing: float) -> None:
    from gadless.manifest import Manifest
    from gadless.networks.synthesise import synthesise_visit
    from gadless.trial.config import Network

    exam = Manifest.read(_place(folder, "preprocessed") / "status.json")
    place = _place(folder, "synthetic")
    synthesise_visit(exam, dict.fromkeys(CONTRASTS[1:], Network()), place).write()


def _segment(folder: Path, _spacing: float) -> None:
    from gadless.manifest import Manifest
    from gadless.networks.segment import segment_visit
    from gadless.trial.config import Network

    exam = Manifest.read(_place(folder, "preprocessed") / "status.json")
    synthetic = Manifest.read(_place(folder, "synthetic") / "status.json")
    place = _place(folder, "segmented")
    networks = {"segmenter": Network()}
    done = segment_visit(exam, synthetic, CONTRASTS, CONTRASTS[0], networks, place)
    done.write()


def _measure(folder: Path, _spacing: float) -> None:
    from gadless.measurement.measure import measure_patient
    from gadless.measurement.panels import draw_panels
    from gadless.measurement.visit import read_visits
    from gadless.trial.config import Measurement
    from gadless.trial.config.sequences import built_in

    visits = read_visits("P001", {"V1": 0}, ["V1"], CONTRASTS, folder)
    measure_patient("P001", visits, CONTRASTS, Measurement())
    draw_panels(visits, ["V1"], CONTRASTS, built_in(), folder / "panels")


if __name__ == "__main__":
    main()
