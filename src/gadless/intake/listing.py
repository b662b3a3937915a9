"""``series.tsv``: every series, what it was taken for and whether it is used; a person corrects it.

Its rows hold no identity. What leads from a row back to the archive stands in the private folder.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gadless.errors import InputError
from gadless.intake.classify import STATED, Judged
from gadless.intake.contrast import has_agent
from gadless.intake.found import Cell
from gadless.intake.key import write_private
from gadless.intake.sheet import Rows, add_rows, as_text, read_rows
from gadless.trial.reading import IDENTIFIER

SERIES, ARCHIVE = "series.tsv", "series_key.tsv"
COLUMNS = (
    *("series", "patient", "visit", "day", "sequence", "use", "confidence", "reason"),
    *("proposed_sequence", "proposed_use", "words", "vendor", "tesla", "agent", "minute"),
    *("te_ms", "tr_ms", "ti_ms", "flip_deg", "echo", "plane", "slices", "volumes", "rows"),
    *("columns", "spacing_mm", "step_mm", "image_type"),
)
_ARCHIVE = (
    *("series", "patient_id", "date", "study_uid", "series_uid", "part", "series_number"),
    *("description", "protocol", "files", "folder"),
)
_KEY = ("patient_id", "study_uid", "series_uid", "part")
# Spreadsheets and R have words of their own for 1.
_USED = ("1", "yes", "true")
_NEEDED = ("series", "patient", "visit", "day", "sequence", "use")


@dataclass(frozen=True)
class Listed:
    """What a row of the table says of a series.

    Attributes
    ----------
    patient, visit : str
    day : int or None
    sequence : str
    use : bool
    by_hand : bool
        Whether `sequence` or `use` is no longer what was proposed.
    """

    patient: str
    visit: str
    day: int | None
    sequence: str
    use: bool
    by_hand: bool = False


@dataclass
class Listing:
    """The table, and the private one that says what its rows are.

    Attributes
    ----------
    sheet : Rows
    listed : dict of str to Listed
        By name of the series.
    names : dict
        Name of a series by its patient, identifiers and part (`Series.key`).
    archive : dict of str to dict
        Private rows by name.
    visits : dict
        Days of visits by patient and name.
    used : set
        Patient, visit and sequence of what is in use.
    """

    sheet: Rows
    listed: dict[str, Listed]
    names: dict[tuple[str, ...], str]
    archive: dict[str, dict[str, str]]
    visits: dict[str, dict[str, int | None]] = field(default_factory=lambda: defaultdict(dict))
    used: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._taken = set(self.names.values())
        for said in self.listed.values():
            self._index(said)

    def add(self, name: str, said: Listed) -> None:
        """Take a further series in."""
        self.listed[name] = said
        self._index(said)

    def _index(self, said: Listed) -> None:
        if said.visit:
            self.visits[said.patient].setdefault(said.visit, said.day)
        if said.use:
            self.used.add((said.patient, said.visit, said.sequence))

    def visit(self, patient: str, day: int | None) -> str:
        """Return the name of a visit: as it was, or the next that is free."""
        if day is None:
            return ""
        known = self.visits[patient]
        for name, its_day in known.items():
            if its_day == day:
                return name
        number = 1
        while f"V{number:02d}" in known:
            number += 1
        return f"V{number:02d}"

    def name(self, one: Judged, patient: str, visit: str) -> str:
        """Return the name of a series, which it keeps for good."""
        key = one.series.key
        if key not in self.names:
            number = int(one.series.head.series_number or 0) % 1_000_000
            stem = f"{patient}-{visit or 'undated'}-{number:03d}"
            name, more = stem, 1
            while name in self._taken:
                more += 1
                name = f"{stem}.{more}"
            self.names[key] = name
            self._taken.add(name)
        return self.names[key]


def read_listing(folder: Path, private: Path, given: Path | None = None) -> Listing:
    """Read what earlier runs wrote and a person may have corrected.

    Parameters
    ----------
    folder, private : Path
        The trial's folder, and the private one.
    given : Path, optional
        A corrected table that lies elsewhere.

    Raises
    ------
    InputError
        With every row that cannot be followed.
    """
    path = folder / SERIES if given is None else given
    if given is not None and not given.is_file():
        raise InputError(f"{given}: no such file; give the corrected series.tsv")
    sheet = read_rows(path, _NEEDED)
    listed, faults = {}, []
    for row in sheet.rows:
        name = row.get("series") or ""
        said, wrong = _followed(row)
        if name in listed:
            wrong.append("stands twice; remove one row")
        faults += [f"{path}, series {name or '(no name)'}: {what}" for what in wrong]
        if said is not None:
            listed[name] = said
    faults += _used_twice(listed, path)
    if faults:
        raise InputError("the table of series cannot be followed:\n  " + "\n  ".join(faults))
    known = read_rows(private / ARCHIVE, ("series", *_KEY))
    archive = {row["series"] or "": {k: v or "" for k, v in row.items()} for row in known.rows}
    names = {tuple(row[column] for column in _KEY): name for name, row in archive.items()}
    if listed and not archive:
        raise InputError(
            f"{private / ARCHIVE}: no such file, but {path} lists series: without it nobody knows"
            " which is which. Bring the private folder back, or begin with a new trial's folder"
        )
    return Listing(sheet, listed, names, archive)


def _followed(row: Mapping[str, str | None]) -> tuple[Listed | None, list[str]]:
    wrong = []
    sequence = (row.get("sequence") or "unsure").casefold()
    if sequence not in STATED:
        wrong.append(f"sequence {sequence!r} is none of {', '.join(STATED)}")
    use = (row.get("use") or "0").casefold()
    if use not in (*_USED, "0", "no", "false"):
        wrong.append(f"use {use!r} is neither 1 nor 0")
    patient, visit = row.get("patient") or "", row.get("visit") or ""
    for what, value in (("patient", patient), ("visit", visit)):
        if value and not IDENTIFIER.fullmatch(value):
            wrong.append(f"{what} {value!r}: use letters, digits, `_`, `-` and `.`")
    day = row.get("day")
    if day is not None and not day.lstrip("+-").isdigit():
        wrong.append(f"day {day!r} is no whole number")
    if wrong:
        return None, wrong
    used = use in _USED
    proposed = (row.get("proposed_sequence"), row.get("proposed_use"))
    by_hand = proposed[0] is not None and proposed != (sequence, str(int(used)))
    return Listed(patient, visit, None if day is None else int(day), sequence, used, by_hand), []


def _used_twice(listed: Mapping[str, Listed], path: Path) -> list[str]:
    cells: dict[tuple[str, str, str], list[str]] = {}
    for name, said in listed.items():
        if said.use:
            cells.setdefault((said.patient, said.visit, said.sequence), []).append(name)
    return [
        f"{path}: {' and '.join(names)} are both to be used as {sequence} of {patient} {visit};"
        " set `use` of all but one to 0"
        for (patient, visit, sequence), names in cells.items()
        if len(names) > 1
    ]


def row_of(name: str, one: Judged, said: Listed, minute: int | None) -> dict[str, Cell]:
    """Return the row of a series: what it was taken for, why, and the numbers that say so."""
    series, head = one.series, one.series.head
    use = int(said.use)
    return {
        "series": name,
        "patient": said.patient,
        "visit": said.visit,
        "day": said.day,
        "sequence": said.sequence,
        "use": use,
        "confidence": one.confidence,
        "reason": "; ".join(one.reasons),
        "proposed_sequence": said.sequence,
        "proposed_use": use,
        "words": " ".join(one.words),
        "vendor": head.vendor,
        "tesla": _short(head.tesla),
        "agent": "named" if has_agent(one) else "",
        "minute": minute,
        "te_ms": _short(series.te),
        "tr_ms": _short(series.tr),
        "ti_ms": _short(series.ti),
        "flip_deg": _short(series.flip),
        "echo": series.echo or None,
        "plane": series.plane,
        "slices": series.slices,
        "volumes": series.volumes,
        "rows": head.rows,
        "columns": head.columns,
        "spacing_mm": "x".join(f"{edge:.2f}" for edge in series.spacing or ()),
        "step_mm": _short(series.step),
        "image_type": "original" if head.image_type[:1] == ("ORIGINAL",) else "derived",
    }


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.5g}"


def archive_row(name: str, one: Judged) -> dict[str, str]:
    """Return the private row of a series: how to find it in the archive."""
    head = one.series.head
    number = "" if head.series_number is None else f"{head.series_number:.0f}"
    cells = {
        "series": name,
        "patient_id": head.patient_id,
        "date": str(head.date or ""),
        "study_uid": head.study,
        "series_uid": head.series,
        "part": one.series.part,
        "series_number": number,
        "description": head.descriptions[0],
        "protocol": head.descriptions[1],
        "files": str(len(one.series.files)),
        "folder": str(Path(one.series.files[0]).parent),
    }
    return {key: as_text(value) for key, value in cells.items()}


def write_listing(
    listing: Listing, rows: Iterable[Mapping[str, Cell]], folder: Path, private: Path
) -> None:
    """Add rows to the table, and write the private one anew."""
    target = folder / SERIES
    sheet = listing.sheet
    if sheet.exists and sheet.path.absolute() != target.absolute():
        # A corrected copy is the table from now on.
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(sheet.path.read_bytes())
    add_rows(Rows(target, sheet.columns, sheet.rows), COLUMNS, list(rows))
    lines = ["\t".join(_ARCHIVE)]
    lines += ["\t".join(row.get(name, "") for name in _ARCHIVE) for row in listing.archive.values()]
    write_private("\n".join(lines) + "\n", private / ARCHIVE)
