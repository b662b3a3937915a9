"""A trial of two patients on disk, and all that its rules ask of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gadless
from gadless.jobs import Jobs, prepare
from gadless.provenance import fingerprint

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

    def jobs(self, made: str = "nowhere", asked: tuple[str, ...] = ()) -> Jobs:
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


def name_training_exams(sheets: Sheets) -> None:
    """Two exams with masks to train on, in sheets of their own."""
    lines = ["patient\tvisit\tday\tt1\tt2\tflair\tt1c\tmask_gbca"]
    for patient in ("T1", "T2"):
        names = ("t1", "t2", "flair", "t1c", "mask")
        scans = [sheets.scan(f"{patient}_{name}.nii.gz") for name in names]
        lines.append("\t".join([patient, "V1", "0", *scans]))
    visits, patients = (sheets.folder / f"learnt_{name}.tsv" for name in ("visits", "patients"))
    visits.write_text("\n".join(lines) + "\n")
    patients.write_text("patient\tarm\tos_days\tos_event\nT1\ta\t\t\nT2\ta\t\t\n")
    named = {"patients": str(patients), "visits": str(visits)}
    sheets.config["training"] = {**named, "labels": "gadless"}


def asked(jobs: Jobs) -> dict[str, Any]:
    """What every job is asked for, by its name: what it is told, its files, and what it reads."""
    return {
        ask.job.words: (
            ask.parts,
            {
                (part, role): fingerprint(path)
                for part, files in ask.files.items()
                for role, path in files.items()
            },
            ask.reads,
        )
        for ask in jobs.asks.trial()
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Jobs that are asked for something else, or are new."""
    return {name for name, what in after.items() if before.get(name) != what}
