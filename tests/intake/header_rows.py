"""Series as the rows of ``series_headers.tsv`` describe them."""

import csv
from pathlib import Path

from gadless.intake.classify import Judged, judge
from gadless.intake.contrast import told_apart
from gadless.intake.elements import vendor_of
from gadless.intake.headers import Instance
from gadless.intake.series import Series

TABLE = Path(__file__).parent / "series_headers.tsv"
MR = "1.2.840.10008.5.1.4.1.1.4"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def series_of(row: dict[str, str]) -> Series:
    """A series with what a row says, and nothing where it says nothing."""

    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    def codes(name: str) -> tuple[str, ...]:
        return tuple(row[name].split("\\")) if row[name] else ()

    head = Instance(
        **dict.fromkeys(("file", "sop", "study", "series", "patient_id", "name", "birth"), "x"),
        **dict.fromkeys(("date", "tesla", "train", "thickness", "gap", "bolus_time"), None),
        **dict.fromkeys(("series_number", "instance_number", "images"), None),
        sop_class=MR,
        sex="",
        modality="MR",
        vendor=vendor_of(row["vendor"]),
        body_part="",
        descriptions=(row["description"], row["protocol"], row["pulse"], ""),
        image_type=codes("image_type") or ("ORIGINAL", "PRIMARY"),
        scanning=codes("scanning"),
        dimension=row["dimension"],
        rows=256,
        columns=256,
        samples=1,
        agent=row["agent"],
        lossy=False,
        burned=False,
        frames=(),
    )
    return Series(
        head=head,
        files=("x",),
        part="",
        slices=int(row["slices"] or 24),
        volumes=int(row["volumes"] or 1),
        plane="axial",
        step=None,
        extent=None,
        spacing=None,
        te=number("te"),
        tr=number("tr"),
        ti=number("ti"),
        flip=number("flip"),
        b_value=number("b_value"),
        echo=0,
        component="PHASE" if "PHASE" in codes("image_type") else "",
        start=None,
        administered="",
    )


def taken_for(row: dict[str, str]) -> Judged:
    (one,) = told_apart([judge(series_of(row))])
    return one
