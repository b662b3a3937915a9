"""TU and TR: lesions that were seen, and what was measured, as SDTM-like findings."""

import pandas as pd

from gadless.export.cdisc.analyses import Trial
from gadless.export.cdisc.dataset import Dataset, Variable, numbered
from gadless.export.cdisc.readings import IDENTITY, placed

_TU = (
    *("TU", "Tumor/Lesion Identification", "One record per subject, contrast and lesion"),
    "FINDINGS",
)
_TR = (
    *("TR", "Tumor/Lesion Results"),
    "One record per subject, visit, contrast, measure and lesion",
    "FINDINGS",
)


def _timing(domain: str) -> tuple[Variable, ...]:
    return (
        Variable(f"{domain}LOC", "Location of the Tumor/Lesion", "text", "", "Assigned", "TULOC")
        if domain == "TU"
        else Variable(
            *("TRSTAT", "Completion Status", "text"),
            *("Where the contrast could not be evaluated", "Derived", "ND"),
        ),
        Variable(f"{domain}METHOD", "Method of Identification", "text", "", "Assigned", "METHOD"),
        Variable(f"{domain}EVAL", "Evaluator", "text", "Software", "Assigned", "EVAL"),
        Variable(f"{domain}EVALID", "Evaluator Identifier", "text", "The contrast", "Assigned"),
        Variable(
            *(f"{domain}ACPTFL", "Accepted Record Flag", "text"),
            "Y: on the acquired contrast",
            codes="Y",
        ),
        Variable("VISITNUM", "Visit Number", "integer", "As AVISITN", "Assigned"),
        Variable("VISIT", "Visit Name", "text", "`visit`", "Collected"),
        Variable(f"{domain}DTC", "Date/Time of the Scan", "text", "Day 0 and `day`, ISO 8601"),
        Variable(f"{domain}DY", "Study Day of the Scan", "integer", "`day`, no day 0"),
    )


TU_VARIABLES = (
    *IDENTITY,
    Variable("TUSEQ", "Sequence Number", "integer", "Records of a subject, from 1"),
    Variable("TUGRPID", "Group ID", "text", "`compartment` of lesions.tsv"),
    Variable("TULNKID", "Link ID", "text", "Contrast's character, compartment, lesion, piece"),
    Variable("TUTESTCD", "Tumor/Lesion ID Short Name", "text", "", "Assigned"),
    Variable("TUTEST", "Tumor/Lesion ID Test Name", "text", "", "Assigned"),
    Variable(
        *("TUORRES", "Tumor/Lesion ID Result", "text"),
        *("`new` and `measurable` where the lesion is first seen", "Derived", "TUIDRS"),
    ),
    Variable(
        *("TUSTRESC", "Tumor/Lesion ID Result Std. Format", "text"),
        *("As TUORRES", "Derived", "TUIDRS"),
    ),
    *_timing("TU"),
)
TR_VARIABLES = (
    *IDENTITY,
    Variable("TRSEQ", "Sequence Number", "integer", "Records of a subject, from 1"),
    Variable("TRGRPID", "Group ID", "text", "`compartment` of lesions.tsv; empty of sums"),
    Variable("TRLNKID", "Link ID", "text", "TU.TULNKID; empty of what is measured of the whole"),
    Variable("TRTESTCD", "Tumor/Lesion Assessment Short Name", "text", "", "Assigned"),
    Variable("TRTEST", "Tumor/Lesion Assessment Test Name", "text", "", "Assigned"),
    Variable("TRORRES", "Result or Finding in Original Units", "text", "The measurement"),
    Variable("TRORRESU", "Original Units", "text", "", "Assigned", "UNIT"),
    Variable("TRSTRESC", "Character Result/Finding in Std Format", "text", "As TRORRES"),
    Variable("TRSTRESN", "Numeric Result/Finding in Standard Units", "float", "The measurement"),
    Variable("TRSTRESU", "Standard Units", "text", "", "Assigned", "UNIT"),
    Variable("TRREASND", "Reason Not Done", "text", "`reason` of measurements.tsv"),
    *_timing("TR"),
)

WHOLE = {
    "VOLENH": ("enhancing_cm3", "Volume of Enhancing Tumor", "cm3"),
    "VOLNEN": ("nonenhancing_cm3", "Volume of Non-Enhancing Abnormality", "cm3"),
    "VOLNEC": ("necrosis_cm3", "Volume of Necrosis", "cm3"),
    "VOLABN": ("abnormality_cm3", "Volume of T2/FLAIR Abnormality", "cm3"),
    "SPDENH": ("spd_mm2", "Sum of Products, Enhancing", "mm2"),
    "SPDNEN": ("nonenhancing_spd_mm2", "Sum of Products, Non-Enhancing", "mm2"),
    "SLDENH": ("sld_mm", "Sum of Longest Diameters, Enhancing", "mm"),
    "NLESENH": ("lesions", "Number of Enhancing Lesions", ""),
    "NMEAENH": ("measurable_lesions", "Number of Measurable Lesions", ""),
}
"""What is measured of the whole tumour: column of measurements, name, unit."""
NOT_DONE = "TRALL"
"""Test of a visit at which the contrast could not be evaluated."""
PARTS = {
    "LDIAM": ("long_mm", "Longest Diameter", "mm"),
    "LPERP": ("short_mm", "Longest Perpendicular", "mm"),
    "LPROD": ("product_mm2", "Product of Diameters", "mm2"),
    "LVOL": ("volume_cm3", "Volume", "cm3"),
}
"""What is measured of each lesion: column of lesions, name, unit."""


def tu(trial: Trial, lesions: pd.DataFrame) -> Dataset:
    """Make the data set of lesions, each at the visit at which it is first seen."""
    known = _linked(trial, lesions).sort_values(["USUBJID", "LNKID", "day"], kind="stable")
    first = known.drop_duplicates(["USUBJID", "LNKID"]).reset_index(drop=True)
    measurable = first["measurable"].astype("float64") == 1
    state = measurable.map({True: "MEASURABLE", False: "NON-MEASURABLE"})
    state = state.astype(object).mask(first["new"].astype("float64") == 1, "NEW")
    frame = placed(trial, first, "TU").assign(
        TUGRPID=first["compartment"],
        TULNKID=first["LNKID"],
        TUTESTCD="TUMIDENT",
        TUTEST="Tumor Identification",
        TUORRES=state,
        TUSTRESC=state,
        TULOC="BRAIN",
        TUMETHOD="MRI",
        TUACPTFL=_accepted(trial, first),
    )
    keys = ("STUDYID", "USUBJID", "TULNKID")
    return Dataset.of(_TU, keys, TU_VARIABLES, numbered(frame, "TUSEQ"))


def tr(results: pd.DataFrame) -> Dataset:
    """Make the data set of measurements of what :func:`measured` gives."""
    keys = ("STUDYID", "USUBJID", "TRTESTCD", "TREVALID", "TRLNKID", "VISITNUM")
    return Dataset.of(_TR, keys, TR_VARIABLES, results)


def measured(trial: Trial, measurements: pd.DataFrame, lesions: pd.DataFrame) -> pd.DataFrame:
    """One row a value; what could not be evaluated has a row that says so.

    Parameters
    ----------
    trial : Trial
    measurements, lesions : DataFrame
        The trial's tables.

    Returns
    -------
    DataFrame
        The variables of TR, and the tables' own ``patient``, ``visit``, ``day`` and ``contrast``.
    """
    known = measurements[measurements["contrast"].isin(trial.scheme.contrasts)]
    failed = _failed(known)
    parts = [_tests(known[~failed], WHOLE), _not_done(known[failed])]
    if len(lesions):
        parts.append(_tests(_linked(trial, lesions), PARTS))
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    order = ["patient", "day", "visit", "place", "LNKID", "TESTCD"]
    rows["place"] = rows["contrast"].map(trial.scheme.contrasts.index)
    rows["LNKID"] = rows["LNKID"].fillna("") if "LNKID" in rows else ""
    rows = rows.sort_values(order, kind="stable").reset_index(drop=True)
    text = rows["value"].map(_written, na_action="ignore")
    units = rows["unit"].where(rows["value"].notna(), "")
    frame = placed(trial, rows, "TR").assign(
        TRGRPID=rows.get("compartment"),
        TRLNKID=rows["LNKID"],
        TRTESTCD=rows["TESTCD"],
        TRTEST=rows["TEST"],
        TRORRES=text,
        TRORRESU=units,
        TRSTRESC=text,
        TRSTRESN=rows["value"],
        TRSTRESU=units,
        TRREASND=rows["reason"].where(rows["value"].isna(), None) if "reason" in rows else None,
        TRSTAT=rows["value"].isna().map({True: "NOT DONE", False: ""}),
        TRMETHOD="MRI",
        TRACPTFL=_accepted(trial, rows),
    )
    return numbered(frame, "TRSEQ")


def _failed(measurements: pd.DataFrame) -> pd.Series:
    if "evaluable" not in measurements:
        return pd.Series(False, index=measurements.index)
    return measurements["evaluable"].astype("float64") == 0


def _tests(rows: pd.DataFrame, tests: dict[str, tuple[str, str, str]]) -> pd.DataFrame:
    """One row a value."""
    kept = ["patient", "visit", "day", "contrast", "compartment", "LNKID"]
    kept = [name for name in kept if name in rows]
    parts = [
        rows[kept].assign(
            TESTCD=code, TEST=name, unit=unit, value=pd.to_numeric(rows[column]).astype("float64")
        )
        for code, (column, name, unit) in tests.items()
        if column in rows
    ]
    if not parts:
        return rows[kept].iloc[:0].assign(TESTCD="", TEST="", unit="", value=0.0)
    made = pd.concat(parts, ignore_index=True)
    return made[made["value"].notna()]


def _not_done(rows: pd.DataFrame) -> pd.DataFrame:
    reason = rows.get("reason")
    made = rows[["patient", "visit", "day", "contrast"]].assign(reason=reason)
    return made.assign(TESTCD=NOT_DONE, TEST="Tumor/Lesion Results", unit="", value=float("nan"))


def _linked(trial: Trial, lesions: pd.DataFrame) -> pd.DataFrame:
    """Lesions with a name that tells them apart within a subject; pieces are .2, .3 and so on."""
    known = lesions[lesions["contrast"].isin(trial.scheme.contrasts)].reset_index(drop=True)
    places = {name: trial.scheme.place(name) for name in known["contrast"].unique()}
    part = known["compartment"].astype(str).str[:1].str.upper()
    names = known["contrast"].map(places).astype(str) + part + "-" + known["lesion"].astype(str)
    known = known.assign(USUBJID=known["patient"].astype(str), LNKID=names)
    piece = known.groupby(["patient", "visit", "LNKID"]).cumcount() + 1
    again = ("." + piece.astype(str)).where(piece > 1, "")
    return known.assign(LNKID=names + again)


def _accepted(trial: Trial, rows: pd.DataFrame) -> pd.Series:
    return (rows["contrast"] == trial.scheme.reference).map({True: "Y", False: ""})


def _written(value: float) -> str:
    return f"{value:.10g}"
