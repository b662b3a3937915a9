"""Small trials for the tests: one patient in a few lines."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import known_criteria, load_criteria
from gadless.response.endpoints import endpoints
from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Endpoint, Response

DEFAULTS = {"steroid": 0.0, "clinical": "stable", "t2": 0}
CLINICAL = {
    "steroid": "steroid_mg",
    "reason": "steroid_reason",
    "clinical": "clinical_status",
    "t2": "t2flair_worse",
    "outside": "outside_field",
    "histology": "histology_pd",
}


def measured_criteria() -> list[str]:
    """Criteria sets that compare a measure."""
    return [each.name for each in load_criteria(known_criteria()) if not each.as_read]


def settings_of(**values: Any) -> Response:
    return Response.model_validate(values)


def endpoint_of(**values: Any) -> Endpoint:
    return Endpoint.model_validate(values)


def tables(
    visits: Sequence[Mapping[str, Any]],
    patient: Mapping[str, Any] | None = None,
    contrasts: Sequence[str] = ("gbca",),
    name: str = "P1",
) -> dict[str, pd.DataFrame | None]:
    """Tables of one patient; a visit is written as in ``worked_patients.yaml``."""
    visit_rows, rows, lesion_rows = [], [], []
    for number, visit in enumerate(visits, start=1):
        label = visit.get("visit", f"V{number}")
        key = {"patient": name, "visit": label, "day": visit["day"]}
        known = DEFAULTS | dict(visit)
        visit_rows.append(key | {column: known.get(short) for short, column in CLINICAL.items()})
        for contrast in contrasts:
            value = visit.get(contrast, visit.get("value"))
            reason = visit.get("ne")
            count = visit.get("count", int(bool(value)))
            rows.append(
                key
                | {
                    "contrast": contrast,
                    "evaluable": 0 if reason else 1,
                    "reason": reason,
                    "enhancing_cm3": None if reason else visit.get("cm3", value),
                    "spd_mm2": None if reason else visit.get("spd", value),
                    "sld_mm": None if reason else visit.get("sld", value),
                    "nonenhancing_cm3": visit.get("nonenh"),
                    "nonenhancing_spd_mm2": visit.get("nonenh"),
                    "abnormality_cm3": visit.get("abnormality"),
                    "lesions": None if reason else count,
                    "measurable_lesions": None if reason else visit.get("measurable", count),
                    "new_lesion": visit.get("new", 0),
                }
            )
            lesion_rows.extend(
                key
                | {
                    "contrast": contrast,
                    "lesion": lesion,
                    "compartment": "nonenhancing" if lesion.startswith("N") else "enhancing",
                    "product_mm2": product,
                    "measurable": measurable,
                    "new": new,
                }
                | dict(zip(("long_mm", "short_mm"), diameters, strict=False))
                for lesion, product, measurable, new, *diameters in visit.get("lesions", ())
            )
    person = {"patient": name, "arm": "A", "os_days": 2000, "os_event": 0} | dict(patient or {})
    return {
        "measurements": pd.DataFrame(rows),
        "visits": pd.DataFrame(visit_rows),
        "patients": pd.DataFrame([person]),
        "lesions": pd.DataFrame(lesion_rows) if lesion_rows else None,
    }


def respond(
    visits: Sequence[Mapping[str, Any]],
    criteria: str = "rano2010",
    patient: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    contrasts: Sequence[str] = ("gbca",),
    custom: Mapping[str, Any] | None = None,
    measurement: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Response table of one patient."""
    own = {"own": {"base": criteria, **custom}} if custom else {}
    chosen = load_criteria(["own" if custom else criteria], own)
    return classify(
        **tables(visits, patient, contrasts),
        criteria=chosen,
        settings=settings_of(**(settings or {})),
        contrasts=contrasts,
        measurement=Measurement(**(measurement or {})),
    )


def derive(
    visits: Sequence[Mapping[str, Any]],
    patient: Mapping[str, Any] | None = None,
    criteria: str = "rano2010",
    settings: Mapping[str, Any] | None = None,
    endpoint: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of response and of endpoints of one patient."""
    response = respond(visits, criteria, patient, settings, custom=custom)
    made = tables(visits, patient)
    derived = endpoints(
        response,
        made["patients"],
        made["visits"],
        made["measurements"],
        endpoint_of(**(endpoint or {})),
        settings_of(**(settings or {})),
    )
    return response, derived


def outcomes(*course: Any, **how: Any) -> dict[str, dict[str, Any]]:
    """Endpoints of one patient on its own visits, by name; arguments as of `derive`."""
    _, derived = derive(*course, **how)
    own = derived[derived["analysis_set"] == "all"]
    return {row["endpoint"]: row for row in own.to_dict("records")}


def best(
    visits: Sequence[Mapping[str, Any]],
    criteria: str = "rano2010",
    patient: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
    endpoint: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Best response of one patient on its own visits."""
    response = respond(visits, criteria, patient, settings, custom=custom)
    found = best_response(
        response,
        tables(visits, patient)["patients"],
        settings_of(**(settings or {})),
        endpoint_of(**(endpoint or {})),
    )
    return found[found["analysis_set"] == "all"].iloc[0].to_dict()
