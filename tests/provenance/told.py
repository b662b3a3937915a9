"""What a run tells of itself, made by hand."""

from pathlib import Path
from typing import Any

from gadless.files import sha256

STAGE = {
    "jobs": 3,
    "outstanding": 0,
    "first_ended": "2026-11-01T10:00:00+00:00",
    "last_ended": "2026-11-01T10:05:00+00:00",
    "measured": {"jobs": 3, "seconds": 60.0, "cpu_seconds": 90.0, "max_rss_mb": 1800.0},
}


def put(folder: Path, name: str, text: str) -> dict[str, Any]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return {"size": len(text), "sha256": sha256(path)}


def told(folder: Path) -> dict[str, Any]:
    """Return the provenance of a small trial whose files it makes."""
    made = {
        name: {"rule": rule, **put(folder, name, name)}
        for rule, name in (
            ("statistics", "trial/survival.tsv"),
            ("statistics", "trial/survival.parquet"),
            ("report", "report/index.html"),
            ("report", "report/figures/flow.svg"),
            ("cdisc", "cdisc/adsl.xpt"),
        )
    }
    for name in ("visits/P001/V1/segmented/gbca.nii.gz", "patients/P001/lesions.tsv"):
        put(folder, name, name)
    put(folder, "records/statistics.json", "{}")
    scan = {"size": 6, "sha256": "b" * 64}
    return {
        "format": 1,
        "trial": {"name": 'a "trial" <of> two'},
        "complete": True,
        "outstanding": {},
        "run": {
            "started": "2026-11-01T09:00:00+00:00",
            "ended": "2026-11-01T10:06:00+00:00",
            "outcome": "completed",
        },
        "stages": {
            rule: dict(STAGE) for rule in ("preprocess", "measure", "statistics", "report", "cdisc")
        },
        "machine": {"processor": "a CPU", "cores": 2, "memory_gb": 8.0, "system": "Linux"},
        "code": {"gadless": "0.1.0", "commit": "c" * 40, "changed": True, "scripts": {}},
        "packages": {"python": "3.11.7", "numpy": "2.4.6"},
        "networks": {
            "cgan": {
                "weights": "d" * 64,
                "source": "shipped with Gadless",
                "learnt_from": "digital phantoms",
                "licence": "Apache-2.0",
            },
            "theirs": {
                "weights": None,
                "source": "theirs.onnx",
                "learnt_from": "not stated by whoever gave it",
                "licence": "",
            },
        },
        "brought": {},
        "seeds": {"statistics.seed": 1},
        "configuration": {"name": "two"},
        "records": {"statistics": "e" * 64},
        "inputs": [
            {"record": "", "role": "visits sheet", "path": "../visits.tsv", **scan},
            {"record": "preprocess/P001/V1", "role": "t1", "path": "../scans/t1.nii.gz", **scan},
        ],
        "made": made,
        "reads": {"statistics": ["measure"], "measure": ["preprocess"], "report": ["statistics"]},
    }
