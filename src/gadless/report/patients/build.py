"""Write the page of every patient, and the index of them."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gadless.files import write_text
from gadless.report import words
from gadless.report.build import environment
from gadless.report.listing import Listed, listing
from gadless.report.patients.content import Patients
from gadless.report.results import Results
from gadless.trial.config import Config

logger = logging.getLogger(__name__)

FOLDER, INDEX = "patients", "patients.html"


def build_pages(
    config: Config, tables: Mapping[str, Path], views: Mapping[str, Path], folder: Path
) -> None:
    """Write ``patients/ID.html`` and ``patients.html``, and remove pages of nobody.

    Parameters
    ----------
    config : Config
    tables : mapping of str to path
        As of `gadless.report.build.build_report`.
    views : mapping of str to path
        Patient to its ``view.json``; none where tumours were measured elsewhere.
    folder : path
        The report's.
    """
    results = Results(config, tables)
    listed, patients = listing(results), Patients(results, views)
    template = environment().get_template("patient.html")
    order = listed.worst_first
    thumbnails: dict[str, str] = {}
    for place, row in enumerate(order):
        view = patients.view(row.patient)
        if view and view.get("thumbnail"):
            thumbnails[row.patient] = view.pop("thumbnail")
        page = template.render(
            trial=config.report.title or config.name,
            patient=row.patient,
            row=row,
            columns=listed.columns,
            categories=words.CATEGORIES,
            before=order[place - 1].patient if place else None,
            after=order[place + 1].patient if place + 1 < len(order) else None,
            **_content(patients, row, view),
        )
        write_text(page, folder / FOLDER / f"{row.patient}.html")
    for old in (folder / FOLDER).glob("*.html"):
        if old.stem not in {row.patient for row in order}:
            old.unlink()
    index = environment().get_template("patients.html")
    text = index.render(
        trial=config.report.title or config.name,
        columns=listed.columns,
        sites=listed.sites,
        rows=order,
        thumbnails=thumbnails,
        reference=results.reference,
        categories=words.CATEGORIES,
    )
    write_text(text, folder / INDEX)
    logger.info("%d patients, %d with images", len(order), len(thumbnails))


def _content(patients: Patients, row: Listed, view: dict[str, Any] | None) -> dict[str, Any]:
    flagged, quality = patients.quality(row.patient)
    told = {
        "patient": row.patient,
        "labels": dict(patients.contrasts),
        "view": view,
    }
    return {
        "view": view,
        "data": in_script(told),
        "about": patients.about(row.patient, row),
        "contrasts": patients.contrasts,
        "exams": patients.exams(row.patient),
        "charts": patients.charts(row.patient),
        "judged": patients.judged(row.patient),
        "responses": patients.responses(row.patient),
        "endpoints": patients.endpoints(row.patient),
        "lesions": patients.lesions(row.patient),
        "flagged": flagged,
        "quality": quality,
        "stopped": patients.stopped(row.patient),
    }


def in_script(content: Any) -> Markup:
    """Write JSON so that nothing in it ends the script that holds it."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        plain = plain.replace(character, f"\\u{ord(character):04x}")
    return Markup(plain)
