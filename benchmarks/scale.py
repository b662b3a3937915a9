"""What a large trial costs the engine: to see that nothing is to be done, and to start on a visit.

    python benchmarks/scale.py --visits 7000
    python benchmarks/scale.py --visits 20000 --engine

Makes a trial of so many visits (four a patient, three contrasts) with stand-ins for scans and for
what the image stages make, of the usual number of files, each with the record that its job would
have left; all else is real: Snakefile, rules, sheets, records. The trial stages run for real, once
(``--bootstrap``); with ``--engine``, they have stand-ins as well. Then, each in a Snakemake of its
own: a dry run with nothing to do, the same with the whole graph (``--forceall``), a dry run with
one new visit, and a real run until the first job of the new visit starts. CPU and wall time, peak
memory and jobs of each.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import yaml

from gadless.files import sha256, write_json
from gadless.jobs import Jobs, prepare
from gadless.jobs.ask import Ask, by_rule
from gadless.jobs.start_scans import scan_faults
from gadless.measurement.figures import FIGURES
from gadless.provenance import fingerprint
from gadless.record import JobName, Part, Record, digest
from gadless.tables import write_table
from gadless.trial.config import read_config
from gadless.trial.sheets import read_trial

ROOT = Path(__file__).parents[1]
COPIED = ("Snakefile", "workflow", "profiles", "envs", "config")
SEQUENCES = ("t1", "t2", "flair", "t1c")
CONTRASTS = ("gbca", "cgan", "unet")
FILES = {
    "preprocess": ("t1", "t2", "flair", "t1c", "subtraction", "brain", "quality", "transforms"),
    "synthesise": ("cgan", "unet"),
    "segment": CONTRASTS,
}
PER_PATIENT = 4
LESIONS = (
    *("patient", "visit", "day", "contrast", "lesion", "compartment", "long_mm", "short_mm"),
    *("product_mm2", "volume_cm3", "measurable", "new", "merged"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=7000)
    parser.add_argument("--bootstrap", type=int, default=20)
    parser.add_argument("--engine", action="store_true", help="leave the trial stages out")
    parser.add_argument("--headers", action="store_true", help="look at the headers alone")
    parser.add_argument("--folder", type=Path, help="keep the trial here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.folder or Path(name)
        visits = build(folder, arguments.visits, arguments.bootstrap)
        if arguments.headers:
            for start in ("first", "later"):
                print(f"headers of all scans, {start} start: {looks(folder)}", flush=True)
            return
        count = stand_in(folder, visits, engine=arguments.engine)
        print(f"stand-ins for jobs: {count} records", flush=True)
        if not arguments.engine:
            print(f"the trial stages: {snakemake(folder, '--cores', '2')}", flush=True)
        print(f"nothing to do: {snakemake(folder, '-n')}", flush=True)
        print(f"nothing to do, again: {snakemake(folder, '-n')}", flush=True)
        print(f"the whole graph: {snakemake(folder, '-n', '--forceall')}", flush=True)
        new = visits.iloc[[-1]].assign(visit="V99", day=visits["day"].max() + 7)
        for sequence in SEQUENCES:
            new[sequence] = [f"scans/new_{sequence}.nii"]
            (folder / new[sequence].item()).write_bytes(scan())
        pd.concat([visits, new]).to_csv(folder / "visits.tsv", sep="\t", index=False)
        print(f"one new visit, planned: {snakemake(folder, '-n')}", flush=True)
        print(f"one new visit, to its first job: {first_job(folder)}", flush=True)


def scan() -> bytes:
    return nibabel.Nifti1Image(np.zeros((9, 9, 9), np.int16), np.eye(4)).to_bytes()


def build(folder: Path, count: int, bootstrap: int) -> pd.DataFrame:
    """Write configuration, sheets and scans."""
    folder.mkdir(exist_ok=True)
    for name in COPIED:
        (folder / name).symlink_to(ROOT / name)
    rows = [(f"P{k // PER_PATIENT:05d}", f"V{k % PER_PATIENT}") for k in range(count)]
    visits = pd.DataFrame(rows, columns=["patient", "visit"])
    visits["day"] = [42 * (k % PER_PATIENT) for k in range(count)]
    (folder / "scans").mkdir()
    content = scan()
    for name in SEQUENCES:
        visits[name] = [f"scans/{patient}_{visit}_{name}.nii" for patient, visit in rows]
        for path in visits[name]:
            (folder / path).write_bytes(content)
    visits.to_csv(folder / "visits.tsv", sep="\t", index=False)
    rng = np.random.default_rng(1)
    patients = pd.DataFrame({"patient": visits["patient"].unique()})
    patients["arm"] = np.where(np.arange(len(patients)) % 2, "a", "b")
    patients["os_days"] = 300 + rng.integers(0, 900, len(patients))
    patients["os_event"] = rng.integers(0, 2, len(patients))
    patients.to_csv(folder / "patients.tsv", sep="\t", index=False)
    trial = {
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "response": {"criteria": ["rano2-2023-volume"]},
        "statistics": {"bootstrap": bootstrap},
    }
    (folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    return visits


def looks(folder: Path) -> str:
    """Look at every scan's header, as a start does."""
    paths = {name: str(folder / f"{name}.tsv") for name in ("patients", "visits")}
    trial = read_trial(read_config(paths))
    start = time.perf_counter()
    faults = scan_faults(trial.visits, SEQUENCES, lambda _: False, folder / "results")
    if faults:
        sys.exit("\n".join(faults))
    return f"{time.perf_counter() - start:.2f} s"


def stand_in(folder: Path, visits: pd.DataFrame, *, engine: bool) -> int:
    """Leave what the image jobs and the measurements would leave, records included.

    With `engine`, what the trial's jobs would leave as well.
    """
    os.chdir(folder)
    raw = yaml.safe_load(Path("trial.yaml").read_text())
    scripts = folder.resolve() / "workflow" / "scripts"
    # As the Snakefile says it, seen through the link.
    phantoms = str(ROOT / "results" / "phantom")
    jobs: Jobs = prepare(raw, ["trial.yaml"], (), scripts, phantoms, str)
    measured = dict(list(simulated(visits).groupby("patient")))
    known: dict[JobName, str] = {}
    for ask in jobs.asks.trial():
        if ask.job.rule in FILES:
            record(ask, image(ask), known)
        elif ask.job.rule == "measure":
            record(ask, tables(ask, measured[ask.job.key[0]]), known)
        elif engine:
            record(ask, placeholders(ask), known)
    os.chdir(ROOT)
    return len(known)


def image(ask: Ask) -> list[Path]:
    """Write a manifest and its files."""
    status = Path(ask.outputs[0])
    status.parent.mkdir(parents=True)
    files = {name: f"{name}.nii.gz" for name in FILES[ask.job.rule]}
    for file in files.values():
        (status.parent / file).write_bytes(b"stand-in")
    patient, visit = ask.job.key
    known = dict.fromkeys(files, sha256(status.parent / files[next(iter(files))]))
    content = {"patient": patient, "visit": visit, "stage": ask.job.rule, "files": files}
    write_json({**content, "faults": {}, "checksums": known, "notes": {}}, status)
    return [status, *(status.parent / file for file in files.values())]


def simulated(visits: pd.DataFrame) -> pd.DataFrame:
    """Give every visit a volume on every contrast."""
    rng = np.random.default_rng(2)
    table = visits[["patient", "visit", "day"]].merge(
        pd.DataFrame({"contrast": CONTRASTS}), "cross"
    )
    table["evaluable"], table["reason"] = 1, pd.NA
    start = table.groupby("patient")["day"].transform("size") * 0 + 8.0
    table["enhancing_cm3"] = (start * np.exp(rng.normal(0.004 * table["day"], 0.3))).round(3)
    table["nonenhancing_cm3"], table["necrosis_cm3"] = 20.0, 1.0
    table["abnormality_cm3"] = table["enhancing_cm3"] + 21
    table["spd_mm2"] = (table["enhancing_cm3"] * 90).round(1)
    table["nonenhancing_spd_mm2"], table["sld_mm"] = 1500.0, 30.0
    return table.assign(lesions=1, measurable_lesions=1, new_lesion=0)


def tables(ask: Ask, measured: pd.DataFrame) -> list[Path]:
    """Write a patient's tables."""
    folder = Path(ask.outputs[0]).parent
    folder.mkdir(parents=True)
    flow = measured[["patient", "visit", "contrast"]].assign(
        stage="segmented", outcome="reached", reason=pd.NA
    )
    metrics = measured[["patient", "visit", "contrast"]].assign(
        region="enhancing", metric="left_out_components", value=0.0
    )
    made = {
        "measurements": measured,
        "lesions": pd.DataFrame(columns=list(LESIONS)),
        "image_metrics": metrics,
        "quality": pd.DataFrame(columns=list(FIGURES)),
        "flow": flow,
    }
    for name, table in made.items():
        write_table(table, folder / f"{name}.tsv")
    return [folder / f"{name}.{kind}" for name in made for kind in ("tsv", "parquet")]


def placeholders(ask: Ask) -> list[Path]:
    """Write something under the name of every output."""
    made = [Path(path) for path in ask.outputs]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("stand-in")
    return made


def record(ask: Ask, made: list[Path], known: dict[JobName, str]) -> None:
    """Write the record that the job would have left."""
    parts = {
        name: Part(
            told,
            {
                role: {"stat": fingerprint(path), "sha256": sha256(path)}
                for role, path in ask.files.get(name, {}).items()
            },
        )
        for name, told in ask.parts.items()
    }
    read = {rule: digest(known[job] for job in jobs) for rule, jobs in by_rule(ask.reads).items()}
    files = {
        path.relative_to(ask.job.folder).as_posix(): {
            "size": path.stat().st_size,
            "sha256": sha256(path),
        }
        for path in made
    }
    left = Record(ask.job.rule, parts, read, files)
    left.write(ask.job.record)
    known[ask.job] = left.digest


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "snakemake", *arguments, "--configfile", "trial.yaml"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def snakemake(folder: Path, *arguments: str) -> str:
    """Run Snakemake to its end."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command(*arguments), cwd=folder, stdout=log, stderr=log, env=environment()
        )
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = (folder / "log").read_text()
    if status:
        sys.exit(text[-3000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    jobs = [line for line in text.splitlines() if line.startswith("total")]
    counted = jobs[-1].split()[-1] if jobs else "0"
    return f"{wall:.1f} s wall, {cpu:.1f} CPU s, {used.ru_maxrss // 1024} MB peak, {counted} jobs"


def first_job(folder: Path) -> str:
    """Run Snakemake until it starts a job of the new visit, then end it."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command("--cores", "2"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Preprocess patient" in line:
            wall = time.perf_counter() - start
            used = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            cpu = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"{wall:.1f} s wall, {cpu:.1f} CPU s"
    sys.exit("no job of the new visit was started")


if __name__ == "__main__":
    main()
