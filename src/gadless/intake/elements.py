"""Elements of a header as what they mean: dates, times, codes, a vendor, an agent."""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from gadless.intake.frames import text

_DATES = ("StudyDate", "AcquisitionDate", "SeriesDate", "ContentDate")


def identifier_of(ds: Dataset) -> str:
    """Return a site's identifier of the patient, with its issuer where one is named."""
    issuer = text(ds, "IssuerOfPatientID")
    own = text(ds, "PatientID")
    return f"{own}@{issuer}" if own and issuer else own


def date_of(ds: Dataset) -> datetime.date | None:
    """Return the day of the exam, by whichever element has one."""
    dated = [text(ds, name) for name in _DATES] + [text(ds, "AcquisitionDateTime")]
    for given in dated:
        digits = re.sub(r"[.\-/]", "", given)[:8]
        try:
            return datetime.datetime.strptime(digits, "%Y%m%d").date()
        except ValueError:
            continue
    return None


def clock(given: str) -> float | None:
    """Return seconds of the day of a DICOM time (TM), or of a date and time (DT)."""
    digits = re.sub(r"[+-]\d{4}$", "", given).replace(":", "")
    # `9:30:00`, and what a program made of it that takes times for numbers.
    digits = f"0{digits}" if re.fullmatch(r"[1-9]\d{4}(\..*)?", digits) else digits
    digits = digits[8:] if re.fullmatch(r"\d{12,14}(\..*)?", digits) else digits
    found = re.match(r"(\d\d)(\d\d)(\d\d(?:\.\d+)?)?", digits)
    if not found:
        return None
    return int(found[1]) * 3600.0 + int(found[2]) * 60.0 + float(found[3] or 0)


def vendor_of(given: str) -> str:
    """Return a manufacturer in one small word; empty where none is stated."""
    known = ("siemens", "ge", "philips", "canon", "toshiba", "hitachi", "uih", "fujifilm")
    words = re.findall(r"[a-z]+", given.casefold())
    found = next((name for name in known if name in words), "other" if words else "")
    return {"toshiba": "canon", "hitachi": "fujifilm"}.get(found, found)


def codes_of(ds: Dataset, name: str) -> tuple[str, ...]:
    """Return an element's codes in capitals."""
    value: Any = ds.get(name) or ()
    values: Sequence[Any] = [value] if isinstance(value, str) else value
    return tuple(str(one).strip().upper() for one in values)


def scanning_of(ds: Dataset) -> tuple[str, ...]:
    """Codes SE, GR, IR, EP; from the enhanced elements where `ScanningSequence` is absent."""
    codes = list(codes_of(ds, "ScanningSequence"))
    if not codes:
        kinds = {"SPIN": ["SE"], "GRADIENT": ["GR"], "BOTH": ["SE", "GR"]}
        codes += kinds.get(text(ds, "EchoPulseSequence").upper(), [])
        codes += ["IR"] if text(ds, "InversionRecovery").upper() == "YES" else []
    return (*codes, *(code for code in codes_of(ds, "SequenceVariant") if code == "MP"))


def agent_of(ds: Dataset) -> str:
    """Return the contrast agent that a header names; empty where it names none."""
    if text(ds, "ContrastBolusAgent"):
        return text(ds, "ContrastBolusAgent")
    for item in ds.get("ContrastBolusAgentSequence") or ():
        return text(item, "CodeMeaning") or text(item, "CodeValue") or "coded"
    return ""
