"""A trial of two patients on disk, and all that its rules ask of it."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gadless
from gadless.jobs import Jobs, prepare

SCRIPTS = Path(gadless.__file__).parents[2] / "workflow" / "scripts"
SEQUENCES = ("t1", "t2", "flair", "t1c")
VISITS = {"P1": {"V1": 0, "V2": 42}, "P2": {"V1": -3, "V2": 40}}


@dataclass
class Sheets:
    """Sheets to change at will; every scan is a small file of its own."""

    folder: Path
    config: dict[str, Any]
    visits: list[dict[str, Any]]
    patients: list[dict[str, Any]]

    def scan(self, name: str, content: str = "scan") -> str:
        path = self.folder / "scans" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        return f"scans/{name}"

    def row(self, patient: str, visit: str) -> dict[str, Any]:
        return next(r for r in self.visits if (r["patient"], r["visit"]) == (patient, visit))

    def write(self) -> None:
        for name, rows in (("visits", self.visits), ("patients", self.patients)):
            header = list(dict.fromkeys(key for row in rows for key in row))
            lines = ["\t".join(header)]
            lines += ["\t".join(str(row.get(key, "")) for key in header) for row in rows]
            (self.folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")

    def jobs(self, *made: str, asked: tuple[str, ...] = ()) -> Jobs:
        self.write()
        paths = {name: str(self.folder / f"{name}.tsv") for name in ("patients", "visits")}
        return prepare({**paths, **self.config}, [], asked, SCRIPTS, made, str)


def small_trial(folder: Path) -> Sheets:
    sheets = Sheets(folder, {}, [], [])
    for at, (patient, visits) in enumerate(VISITS.items()):
        sheets.patients.append({"patient": patient, "arm": "ab"[at], "os_days": 400, "os_event": 0})
        for visit, day in visits.items():
            scans = {name: sheets.scan(f"{patient}_{visit}_{name}.nii.gz") for name in SEQUENCES}
            sheets.visits.append({"patient": patient, "visit": visit, "day": day, **scans})
    return sheets


def asked(jobs: Jobs) -> dict[str, Any]:
    """What every job is asked for, by its name, as the rules ask it."""
    found: dict[str, Any] = {}
    for patient, visit in jobs.visits.exams:
        w = SimpleNamespace(folder=jobs.results, patient=patient, visit=visit)
        found[f"preprocess {patient} {visit}"] = (
            jobs.inputs_of_preprocess(w),
            jobs.fingerprints(w),
            jobs.preprocess_settings(w),
            jobs.sequences(w),
        )
        found[f"synthesise {patient} {visit}"] = (
            jobs.generators(w),
            jobs.visits.images(w),
            jobs.visits.units(w),
            jobs.registration(w),
        )
        found[f"segment {patient} {visit}"] = (
            jobs.networks.segmenter(w),
            jobs.config.readings,
            jobs.config.repeat,
            jobs.visits.masks(w),
            jobs.visits.codings(w),
            jobs.drawn(),
        )
    for patient in jobs.visits.plan.patients:
        w = SimpleNamespace(patient=patient)
        settings = jobs.config.measurement.model_dump()
        found[f"measure {patient}"] = (
            jobs.visits.inputs_of_measure(w),
            jobs.visits.days(w),
            settings,
        )
    trial = jobs.trial
    found["collect"] = (trial.sheets_hash(), trial.settings_of_sheets())
    found["response"] = trial.settings("measurement", "response", "endpoint")
    found["endpoints"] = trial.settings("response", "endpoint")
    found["cdisc"] = trial.settings("name", "response", "endpoint")
    found["statistics"] = trial.settings("measurement", "response", "endpoint", "statistics")
    found["report"] = (jobs.config.model_dump(), jobs.provenance(), trial.lock_standing())
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Jobs that are asked for something else, or are new."""
    return {name for name, what in after.items() if before.get(name) != what}
