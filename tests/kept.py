"""A small results folder with records, made by hand."""

import hashlib
import json
from pathlib import Path

from gadless.audit.provenance import write_provenance
from gadless.record import Part, Record


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def put(folder: Path, name: str, text: str) -> dict[str, object]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return {"size": len(text), "sha256": checksum(text)}


def record(
    folder: Path, label: str, files: list[str], parts: dict[str, Part] | None = None
) -> None:
    made = {name: put(folder, name, f"{name} of {label}") for name in files}
    rule = label.split("/", maxsplit=1)[0]
    path = folder / "records" / f"{label}.json"
    Record(rule, parts or {"": Part({"code": "1"}, {})}, {}, made).write(path)


def exam(folder: Path, patient: str, visit: str, candidates: tuple[str, ...] = ("cgan",)) -> None:
    """One visit's three stages, with their logs and benchmarks."""
    base = f"visits/{patient}/{visit}"
    stages = {
        "preprocess": ("preprocessed", ("t1", "brain"), ()),
        "synthesise": ("synthetic", candidates, candidates),
        "segment": ("segmented", ("gbca", *candidates), ("gbca", *candidates)),
    }
    for rule, (stage, images, products) in stages.items():
        files = [f"{base}/{stage}/{name}.nii.gz" for name in images]
        parts = {name: Part({"networks": name}, {}) for name in ("", *products)}
        record(folder, f"{rule}/{patient}/{visit}", [*files, f"{base}/{stage}/status.json"], parts)
        put(folder, f"logs/{rule}/{patient}/{visit}.log", "log\n")
        put(folder, f"benchmarks/{rule}/{patient}/{visit}.tsv", "s\tmax_rss\tcpu_time\n2\t100\t3\n")


def patient(folder: Path, name: str) -> None:
    tables = ("measurements", "lesions", "flow")
    record(folder, f"measure/{name}", [f"patients/{name}/{table}.tsv" for table in tables])
    put(folder, f"logs/measure/{name}.log", "log\n")
    put(folder, f"benchmarks/measure/{name}.tsv", "s\tmax_rss\tcpu_time\n1\t50\t-\n")


def results(folder: Path) -> Path:
    """Two patients, three visits, and the trial's tables; with a scan beside the results."""
    kept = folder / "results"
    for visit in ("V1", "V2"):
        exam(kept, "P001", visit)
    exam(kept, "P002", "V1")
    for name in ("P001", "P002"):
        patient(kept, name)
    record(kept, "statistics", ["trial/survival.tsv", "trial/survival.parquet"])
    put(kept, "records/trial.json", "{}")
    given = put(folder, "scans/t1.nii.gz", "a scan")
    named = {"record": "preprocess/P001/V1", "role": "t1", "path": "../scripts/../scans/t1.nii.gz"}
    (folder / "scripts").mkdir()
    seal(kept, [{**named, **given}])
    return kept


def seal(kept: Path, inputs: list[dict[str, object]]) -> None:
    paths = [path for path in (kept / "records").rglob("*.json") if path.name != "trial.json"]
    records = {
        path.relative_to(kept / "records").with_suffix("").as_posix(): checksum(path.read_text())
        for path in paths
    }
    write_provenance({"records": records, "inputs": inputs}, kept)
    text = (kept / "provenance.json").read_text()
    about = {"@id": "provenance.json", "sha256": checksum(text)}
    (kept / "ro-crate-metadata.json").write_text(json.dumps({"@graph": [about]}))
