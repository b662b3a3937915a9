"""What the stages of the whole trial take, from the patients' tables to the report.

    python benchmarks/trial_stages.py                   7,000 visits of 2,061 patients, resampled
    python benchmarks/trial_stages.py --patients 500    a smaller trial
    python benchmarks/trial_stages.py --profile         where each stage spends its time, one worker

Makes the tables that 2,061 patients' images would have left (simulated measurements on three
contrasts, lesions, similarity of images, quality), then runs each stage in a process of its own, as
the workflow does. `--keep FOLDER` keeps the tables.
"""

import argparse
import cProfile
import hashlib
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from gadless.export.cdisc import Tables, export_cdisc
from gadless.jobs.trial import TABLES
from gadless.manifest import Manifest
from gadless.measurement.collect import collect
from gadless.measurement.figures import QUALITY
from gadless.measurement.flow import FLOW
from gadless.measurement.measure import IMAGE_METRICS
from gadless.phantom.cohort import grow_plan
from gadless.phantom.measurements import simulate_trial
from gadless.phantom.plans import SIMULATED
from gadless.phantom.schedule import Schedule
from gadless.report.build import build_report
from gadless.response.best_response import best_response
from gadless.response.checks import endpoint_checks
from gadless.response.classify import classify
from gadless.response.criteria_table import criteria_of, criteria_table
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals
from gadless.statistics.analyse import analyse
from gadless.statistics.tables import TrialTables
from gadless.tables import MISSING, read_table, write_table
from gadless.trial.columns import LESIONS
from gadless.trial.config import Config, read_config
from gadless.trial.sequences import path_columns
from gadless.trial.sheets import read_trial

# Visits further apart than in the simulated trial: 3.4 a patient, as in a large published trial.
SCHEDULE = Schedule(interval_days=63, late_interval_days=126)
CONTRASTS = ("gbca", "cgan", "unet")
COLLECTED = ("measurements", "lesions", "image_metrics", "flow")
REGIONS = ("brain", "enhancing", "abnormality", "normal")
# Each visit's figures of quality in the demo.
FIGURES = [(sequence, step) for sequence in ("t1", "t2", "flair", "t1c") for step in "abcdef"]
PANEL = b"\x89PNG\r\n\x1a\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=2061)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run_stage(arguments)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        if not (folder / "patients.tsv").exists():
            visits = build(folder, arguments.patients)
            print(f"{arguments.patients} patients, {visits} visits, {len(CONTRASTS)} contrasts")
        whole = [run(stage, folder) for stage in arguments.stages]
        print(f"all: {sum(whole):.1f} s wall")
        print(f"tables: {digest(folder)}, {size_mb(folder / 'trial'):.1f} MB;", end=" ")
        print(f"report {size_mb(folder / 'report'):.1f} MB")


def configuration(folder: Path, resamples: int) -> Config:
    """Configure the trial, all criteria sets that are on by default."""
    covariates = {"covariates": ["age", "mgmt", "kps"], "control_arm": "control"}
    return read_config(
        {
            "name": "scale",
            "patients": str(folder / "patients.tsv"),
            "visits": str(folder / "visits.tsv"),
            "results": str(folder),
            "reference": CONTRASTS[0],
            "candidates": list(CONTRASTS[1:]),
            "statistics": {**covariates, "bootstrap": resamples, "rmst_days": 365},
        }
    )


def build(folder: Path, patients: int) -> int:
    """Write the sheets and every patient's tables; return the number of visits."""
    plan = replace(SIMULATED, patients=patients, schedule=SCHEDULE)
    cohort = grow_plan(plan)
    sheet, measured = simulate_trial(cohort)
    folder.mkdir(parents=True, exist_ok=True)
    # Drawn independently of each other; one in thousands would be treated after his death.
    sheet["treatment_day"] = np.minimum(sheet["treatment_day"], sheet["os_days"])
    sheet.to_csv(folder / "patients.tsv", sep="\t", index=False)
    keys = measured[["patient", "visit"]].drop_duplicates()
    visits = cohort.visits.merge(keys, on=["patient", "visit"])
    for name in ("t1", "t2", "flair", "t1c"):
        visits[name] = "scans/" + visits["patient"] + visits["visit"] + f"{name}.nii.gz"
    visits.to_csv(folder / "visits.tsv", sep="\t", index=False)
    tables = patient_tables(measured, keys)
    for name, table in tables.items():
        for patient, own in table.groupby("patient"):
            path = folder / "patients" / str(patient) / f"{name}.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            own.to_csv(path, sep="\t", index=False, na_rep=MISSING)
    # What the rule of this name makes of the figures of every image.
    write_table(crossed(keys, quality(), QUALITY, np.random.default_rng(8)), at(folder, "quality"))
    for patient, visit in keys.itertuples(index=False):
        place = folder / "visits" / patient / visit / "segmented"
        place.mkdir(parents=True)
        (place / "panel.png").write_bytes(PANEL)
        manifest = Manifest(patient, visit, "segment", place, {"panel": "panel.png"})
        manifest.write()
    return len(keys)


def patient_tables(measured: pd.DataFrame, keys: pd.DataFrame) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(7)
    place = pd.Categorical(measured["contrast"], CONTRASTS)
    order = measured.assign(_at=place).sort_values(["patient", "day", "_at"], kind="stable")
    drop = ["_at", "steroid_mg", "clinical_status", "site"]
    return {
        "measurements": order.drop(columns=drop),
        "lesions": lesions_of(measured),
        "image_metrics": crossed(keys, metrics(), IMAGE_METRICS, rng),
        "flow": crossed(keys, flow(), FLOW, rng),
    }


def lesions_of(measured: pd.DataFrame) -> pd.DataFrame:
    """Share each visit's enhancing volume and products among its lesions."""
    seen = measured[(measured["evaluable"] == 1) & (measured["lesions"] > 0)]
    many = seen["lesions"].astype(int)
    rows = seen.loc[seen.index.repeat(many)].reset_index(drop=True)
    count = rows["lesions"].astype(int)
    number = rows.groupby(["patient", "visit", "contrast"]).cumcount() + 1
    measurable = number <= rows["measurable_lesions"].astype(int)
    share = rows["spd_mm2"] / rows["measurable_lesions"].astype(int).clip(lower=1)
    length = np.sqrt(share.where(measurable, 40.0)).round(1)
    return rows.assign(
        lesion=number.astype(str),
        compartment="enhancing",
        long_mm=length,
        short_mm=length,
        product_mm2=(length**2).round(2),
        volume_cm3=(rows["enhancing_cm3"] / count).round(4),
        measurable=measurable.astype(int),
        new=((number == count) & (rows["new_lesion"] == 1)).astype(int),
        merged=None,
    )[list(LESIONS)]


def metrics() -> pd.DataFrame:
    names = [(region, metric) for region in REGIONS for metric in ("ssim", "mae", "psnr")]
    names += [("enhancing", "contrast_recovery"), ("enhancing", "dice")]
    more = [("abnormality", "dice"), ("necrosis", "dice")]
    rows = [(name, *key) for name in CONTRASTS[1:] for key in names + more]
    rows += [("zero_map", *key) for key in names]
    return pd.DataFrame(rows, columns=["contrast", "region", "metric"])


def quality() -> pd.DataFrame:
    rows = [(*key, "figure", "pass", "at least 0.23; fails below 0.2") for key in FIGURES]
    return pd.DataFrame(rows, columns=["sequence", "step", "figure", "outcome", "limit"])


def flow() -> pd.DataFrame:
    rows = [(None, "listed"), (None, "preprocessed"), (CONTRASTS[0], "segmented")]
    rows += [(name, step) for name in CONTRASTS[1:] for step in ("synthesised", "segmented")]
    return pd.DataFrame(rows, columns=["contrast", "stage"]).assign(outcome="reached", reason=None)


def crossed(
    keys: pd.DataFrame, rows: pd.DataFrame, columns: tuple[str, ...], rng: np.random.Generator
) -> pd.DataFrame:
    table = keys.merge(rows, how="cross")
    if "value" in columns:
        table["value"] = rng.random(len(table)).round(4)
    return table[list(columns)]


def collected(folder: Path, config: Config, _: int) -> None:
    trial = read_trial(config, made=[str(folder / "scans")], analysed=False)
    names = trial.patients["patient"]
    tables = {
        name: [folder / "patients" / patient / f"{name}.tsv" for patient in names]
        for name in COLLECTED
    }
    for name, table in collect(trial, CONTRASTS, tables, path_columns(config)).items():
        write_table(table, folder / "trial" / f"{name}.tsv")


def responded(folder: Path, config: Config, _: int) -> None:
    tables = read(folder, "patients", "visits", "measurements", "lesions")
    criteria = criteria_of(config.response, config.readings)
    write_table(
        criteria_table(criteria, config.response, config.measurement), at(folder, "criteria")
    )
    response = classify(
        tables["measurements"],
        tables["visits"],
        tables["patients"],
        tables["lesions"],
        criteria,
        config.response,
        config.readings,
        config.measurement,
    )
    write_table(response, at(folder, "response"))
    best = best_response(response, tables["patients"], config.response, config.endpoint)
    write_table(best, at(folder, "best_response"))


def ended(folder: Path, config: Config, _: int) -> None:
    tables = read(folder, "response", "patients", "visits", "measurements")
    response, *sheets = tables.values()
    derived = endpoints(response, *sheets, config.endpoint, config.response)
    write_table(derived, at(folder, "endpoints"))
    intervals = progression_intervals(response, derived, sheets[0], config.endpoint)
    write_table(intervals, at(folder, "intervals"))
    checks = endpoint_checks(derived, *sheets, config.endpoint)
    write_table(checks, at(folder, "endpoint_checks"))


def exported(folder: Path, config: Config, _: int) -> None:
    names = [field.name for field in fields(Tables)]
    export_cdisc(config, Tables(**read(folder, *names)), folder / "cdisc")


def compared(folder: Path, config: Config, workers: int) -> None:
    tables = TrialTables.read(folder / "trial", at(folder, "patients"))
    for name, table in analyse(tables, config, workers=workers).items():
        write_table(table, at(folder, name))


def reported(folder: Path, config: Config, _: int) -> None:
    statuses = sorted((folder / "visits").glob("*/*/segmented/status.json"))
    segmented = [Manifest.read(path) for path in statuses]
    panels = [(each.patient, each.visit, each.path("panel")) for each in segmented]
    paths = {name: at(folder, name) for name in TABLES}
    build_report(config, paths, panels, {}, folder / "report")


STAGES: dict[str, Callable[[Path, Config, int], None]] = {
    "collect": collected,
    "response": responded,
    "endpoints": ended,
    "cdisc": exported,
    "statistics": compared,
    "report": reported,
}


def at(folder: Path, name: str) -> Path:
    return folder / "trial" / f"{name}.tsv"


def read(folder: Path, *names: str) -> dict[str, pd.DataFrame]:
    return {name: read_table(at(folder, name)) for name in names}


def run_stage(arguments: argparse.Namespace) -> None:
    config = configuration(arguments.keep, arguments.resamples)
    stage = STAGES[arguments.run]
    if not arguments.profile:
        stage(arguments.keep, config, arguments.workers)
        return
    profile = cProfile.Profile()
    profile.runcall(stage, arguments.keep, config, 1)
    pstats.Stats(profile).sort_stats("cumulative").print_stats("gadless|pandas.*read_csv", 40)


def run(stage: str, folder: Path) -> float:
    """Run a stage in a process of its own; tell and return what it took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, __file__, *sys.argv[1:], "--keep", str(folder), "--run", stage]
    done = subprocess.Popen(command)
    peak = 0.0
    while done.poll() is None:
        peak = max(peak, together_mb(done.pid))
        time.sleep(0.1)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{stage} failed")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{stage}: {wall:.1f} s wall, {cpu:.1f} CPU s, {peak:.0f} MB peak", flush=True)
    return wall


def together_mb(process: int) -> float:
    """Memory of a process and its workers, what they share counted once."""
    try:
        parent = psutil.Process(process)
        family = [parent, *parent.children(recursive=True)]
        return sum(each.memory_full_info().pss for each in family) / 2**20
    except psutil.Error:
        return 0.0


def digest(folder: Path) -> str:
    """Checksum over every table, for comparing two versions of the code."""
    found = hashlib.sha256()
    for path in sorted((folder / "trial").glob("*.tsv")):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


if __name__ == "__main__":
    main()
