"""How long Snakemake takes to see that nothing, or one visit, is to be done in a large trial.

    python benchmarks/scale.py --visits 7000

Builds a trial whose outputs all exist (empty files that `snakemake --touch` records as made), then
measures the CPU and wall time and the memory of a dry run, unchanged and with one more visit; and
what a look at every scan's header takes of a start, the first time and later (`--headers`: only
that, which takes no hour to prepare).
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import yaml

from gadless.jobs.start_scans import scan_faults
from gadless.trial.config import read_config
from gadless.trial.sheets import read_trial

ROOT = Path(__file__).parents[1]
COPIED = ("Snakefile", "workflow", "profiles", "envs", "config")
STAGES = ("preprocessed", "synthetic", "segmented")
PATIENT_TABLES = ("measurements", "lesions", "image_metrics", "quality", "flow")
TRIAL_FILES = (
    *(f"trial/{name}.tsv" for name in ("patients", "visits", *PATIENT_TABLES)),
    *(f"trial/{name}.tsv" for name in ("response", "best_response", "endpoints", "intervals")),
    *(f"trial/{name}.tsv" for name in ("agreement", "survival", "km", "paired_volumes")),
    "trial/confusion.tsv",
    *(f"cdisc/{name}.xpt" for name in ("adsl", "adrs", "adtte")),
    "report/index.html",
)
SEQUENCES = ("t1", "t2", "flair", "t1c")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=7000)
    parser.add_argument("--headers", action="store_true")
    arguments = parser.parse_args()
    count = arguments.visits
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        visits = build(folder, count)
        for start in ("first", "later"):
            print(f"headers of {len(SEQUENCES) * count} scans, {start} start: {looks(folder)}")
        if arguments.headers:
            return
        took = snakemake(folder, "--touch", "--forceall", "--cores", "1")
        print(f"recording {count} visits as made: {took}")
        print(f"nothing to do: {snakemake(folder, '-n')}")
        new = visits.iloc[[-1]].assign(visit="V99", day=visits["day"].max() + 7)
        pd.concat([visits, new]).to_csv(folder / "visits.tsv", sep="\t", index=False)
        print(f"one new visit: {snakemake(folder, '-n')}")


def build(folder: Path, count: int) -> pd.DataFrame:
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    rows = [(f"P{k // 4:05d}", f"V{k % 4}", 42 * (k % 4)) for k in range(count)]
    visits = pd.DataFrame(rows, columns=["patient", "visit", "day"])
    scan = nibabel.Nifti1Image(np.zeros((9, 9, 9), np.int16), np.eye(4)).to_bytes()
    (folder / "scans").mkdir()
    for name in SEQUENCES:
        visits[name] = [f"scans/{patient}_{visit}_{name}.nii" for patient, visit, _ in rows]
        for path in visits[name]:
            (folder / path).write_bytes(scan)
    visits.to_csv(folder / "visits.tsv", sep="\t", index=False)
    patients = pd.DataFrame({"patient": visits["patient"].unique()})
    patients[["arm", "os_days", "os_event"]] = ["a", 900, 1]
    patients.to_csv(folder / "patients.tsv", sep="\t", index=False)
    trial = {"patients": "patients.tsv", "visits": "visits.tsv"}
    (folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    results = folder / "results"
    for patient, visit, _ in rows:
        for stage in STAGES:
            place = results / "visits" / patient / visit / stage
            place.mkdir(parents=True)
            (place / "status.json").touch()
    for patient in patients["patient"]:
        place = results / "patients" / patient
        place.mkdir(parents=True)
        for table in PATIENT_TABLES:
            (place / f"{table}.tsv").touch()
    for name in TRIAL_FILES:
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).touch()
    return visits


def looks(folder: Path) -> str:
    paths = {name: str(folder / f"{name}.tsv") for name in ("patients", "visits")}
    trial = read_trial(read_config(paths))
    start = time.perf_counter()
    faults = scan_faults(trial.visits, SEQUENCES, lambda _: False, folder / "results")
    if faults:
        sys.exit("\n".join(faults))
    return f"{time.perf_counter() - start:.2f} s"


def snakemake(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [*command, "trial.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = (done.stdout + done.stderr).splitlines()
    jobs = [line for line in lines if line.startswith("total")]
    counted = jobs[-1].split()[-1] if jobs else "0"
    return f"{wall:.1f} s wall, {cpu:.1f} CPU s, {after.ru_maxrss // 1024} MB peak, {counted} jobs"


if __name__ == "__main__":
    main()
