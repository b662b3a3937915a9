"""The patients' listing: how each was read on every contrast, and where the contrasts disagree."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gadless.report import words
from gadless.report.results import Results
from gadless.vocabulary.names import ALL
from gadless.vocabulary.responses import (
    BOTH_IMAGELESS,
    BOTH_OTHER_VISIT,
    BOTH_SAME_VISIT,
    DISCORDANT,
    NEITHER,
    NOT_ASSESSED,
    ONLY_CANDIDATE,
    ONLY_REFERENCE,
)

BASELINE = "BL"
"""Stands in a course for the visit that the others are compared with."""


@dataclass(frozen=True)
class Read:
    """One patient on one contrast: the categories of the visits in order, and what ended it."""

    course: str = ""
    event: str = ""


@dataclass(frozen=True)
class Listed:
    """One row.

    Attributes
    ----------
    patient, arm, site : str
    reads : list of Read
        By contrast, the reference first.
    compared : list of str
        By candidate: how its progression stands to the reference's.
    not_evaluable : int
        Exams that came to no measurement, all contrasts.
    discordant : bool
    distance : tuple of float
        How far the contrasts disagree; the largest is the worst.
    """

    patient: str
    arm: str
    site: str
    reads: list[Read]
    compared: list[str]
    not_evaluable: int
    discordant: bool
    distance: tuple[float, float, float]

    @property
    def flags(self) -> str:
        """What the row is found by, besides its words."""
        found = {DISCORDANT: self.discordant, "not-evaluable": self.not_evaluable > 0}
        return " ".join(name for name, yes in found.items() if yes)


@dataclass(frozen=True)
class Listing:
    """All patients of a trial, in the order of the sheet."""

    columns: tuple[str, ...]
    rows: list[Listed] = field(default_factory=list)

    @property
    def sites(self) -> list[str]:
        """Sites, where there are any."""
        return sorted({row.site for row in self.rows} - {"", words.DASH})

    @property
    def worst_first(self) -> list[Listed]:
        """Rows by how far the contrasts disagree."""
        return sorted(self.rows, key=lambda row: row.distance, reverse=True)


def listing(results: Results) -> Listing:
    """List the patients of a trial."""
    config, patients = results.config, results.table("patients")
    columns = (
        *("Patient", "Site", "Arm"),
        *(results.label(name) for name in config.shown),
        *(f"{results.label(name)} against {results.reference}" for name in config.candidates),
        "Exams not evaluable",
    )
    reads = {name: _reads(results, name) for name in config.shown}
    compared = {name: _compared(results, name) for name in config.candidates}
    sites, stopped = _sites(results), _stopped(results)
    unlike = _unlike(results)
    rows = []
    for patient, arm in zip(patients["patient"], patients["arm"], strict=True):
        told = [compared[name].get(patient) or Compared() for name in config.candidates]
        rows.append(
            Listed(
                patient=str(patient),
                arm=words.DASH if words.missing(arm) else str(arm),
                site=sites.get(patient, words.DASH),
                reads=[reads[name].get(patient, Read()) for name in config.shown],
                compared=[one.words for one in told],
                not_evaluable=stopped.get(patient, 0),
                discordant=any(one.discordant for one in told),
                distance=max(
                    ((*one.distance, float(unlike.get(patient, 0))) for one in told),
                    default=(0.0, 0.0, 0.0),
                ),
            )
        )
    return Listing(columns, rows)


def _reads(results: Results, contrast: str) -> dict[str, Read]:
    """Return every patient's course and event on one contrast, on its own visits."""
    where = {"criteria": results.primary, "analysis_set": ALL, "contrast": contrast}
    seen = results.select("response", **where).sort_values(["patient", "day"], kind="stable")
    baseline = seen["rule"].astype("string").str.startswith("baseline", na=False)
    words_of = seen["response"].astype("string").fillna("NE").where(~baseline, BASELINE)
    courses = words_of.groupby(seen["patient"]).agg(" ".join).to_dict()
    ended = results.select("endpoints", endpoint=results.config.endpoint.primary, **where)
    events = {row["patient"]: _event(row) for row in ended.to_dict("records")}
    return {
        patient: Read(courses.get(patient, ""), events.get(patient, ""))
        for patient in {**courses, **events}
    }


def _event(row: Mapping[Hashable, Any]) -> str:
    """Say what ended a patient's time, and when."""
    if words.missing(row["days"]):
        return str(row["description"])
    what = "event" if words.missing(row["description"]) else str(row["description"])
    if not words.missing(row["trigger"]) and row["trigger"] != what:
        what += f" ({str(row['trigger']).replace('_', ' ')})"
    return f"day {words.number(row['days'], 0)}: {what}"


@dataclass(frozen=True)
class Compared:
    """How a candidate's progression stands to the reference's, of one patient."""

    words: str = "not assessed"
    discordant: bool = False
    distance: tuple[float, float] = (0.0, 0.0)


def _compared(results: Results, candidate: str) -> dict[str, Compared]:
    label, found = results.label(candidate), {}
    said = {
        BOTH_SAME_VISIT: "same day on both",
        BOTH_IMAGELESS: "same day on both, without an image",
        ONLY_REFERENCE: f"progression on {results.reference} only",
        ONLY_CANDIDATE: f"progression on {label} only",
        NEITHER: "no progression on either",
        NOT_ASSESSED: "not assessed",
    }
    for row in results.select("progressions", candidate=candidate).to_dict("records"):
        status, days = row["status"], 0.0
        if status == BOTH_OTHER_VISIT:
            days = float(row["candidate_days"]) - float(row["reference_days"])
            text = f"{words.count(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
        else:
            text = said.get(status, str(status))
        alone = float(status in (ONLY_REFERENCE, ONLY_CANDIDATE))
        found[row["patient"]] = Compared(text, bool(row[DISCORDANT]), (alone, abs(days)))
    return found


def _unlike(results: Results) -> dict[str, int]:
    """Count the visits of every patient that are not of one category on all contrasts."""
    seen = results.select("response", criteria=results.primary, analysis_set=ALL)
    seen = seen[seen["response"].notna() & (seen["response"] != "NE")]
    kinds = seen.groupby(["patient", "visit"])["response"].nunique()
    counts = (kinds > 1).groupby("patient").sum()
    return {str(patient): int(count) for patient, count in counts.items()}


def _sites(results: Results) -> dict[str, str]:
    """Return where each patient was seen: the sheet of patients, else of visits, says so."""
    found: dict[str, str] = {}
    for table in (results.table("patients"), results.table("visits")):
        if "site" in table:
            known = table.dropna(subset=["site"])
            for patient, names in known.groupby("patient")["site"]:
                found.setdefault(str(patient), ", ".join(map(str, dict.fromkeys(names))))
    return found


def _stopped(results: Results) -> dict[str, int]:
    """Count exams that came to no measurement; a visit that stopped counts once a contrast."""
    flow = results.table("flow")
    own = flow["contrast"].isna() | flow["contrast"].isin(results.config.shown)
    found = flow[(flow["outcome"] == "stopped") & flow["visit"].notna() & own]
    weights = found["contrast"].isna().map({True: len(results.config.shown), False: 1})
    counts = weights.groupby(found["patient"]).sum()
    return {str(patient): int(count) for patient, count in counts.items()}


def as_table(results: Results, found: Listing) -> pd.DataFrame:
    """Return the listing as a table to be written beside the page."""
    config = results.config
    rows = []
    for row in found.rows:
        rows.append(
            {"patient": row.patient, "site": row.site, "arm": row.arm}
            | {
                f"{what}_{name}": getattr(read, what)
                for name, read in zip(config.shown, row.reads, strict=True)
                for what in ("course", "event")
            }
            | dict(
                zip((f"compared_{name}" for name in config.candidates), row.compared, strict=True)
            )
            | {str(DISCORDANT): int(row.discordant), "exams_not_evaluable": row.not_evaluable}
        )
    return pd.DataFrame(rows)
