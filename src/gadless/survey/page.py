"""The pictures of a survey on one page that opens from disk with no network, worst first."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from gadless.files import write_text
from gadless.survey.patient import Seen

_TEMPLATES = Path(__file__).parent / "templates"


def write_page(
    seen: Sequence[Seen], titles: Mapping[str, str], name: str, most: int, path: Path
) -> None:
    """Write the page.

    Parameters
    ----------
    seen : sequence of Seen
        Worst first.
    titles : mapping of str to str
        Of the sequences, by name.
    name : str
        Of the trial.
    most : int
        Visits that are shown with pictures; the table has all of them.
    path : Path
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    visits = [_visit(one, titles) for one in seen[:most]]
    counts = {word: sum(one.outcome == word for one in seen) for word in ("fail", "warn", "pass")}
    page = environment.get_template("scans.html").render(
        name=name, visits=visits, counts=counts, left_out=max(len(seen) - most, 0)
    )
    write_text(page, path)


def _visit(one: Seen, titles: Mapping[str, str]) -> dict[str, object]:
    pictures = [
        (titles.get(name, name), f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}")
        for name, picture in one.pictures.items()
    ]
    flagged = [row for row in one.figures if row["outcome"] != "pass"]
    return {
        "patient": one.patient,
        "visit": one.visit,
        "outcome": one.outcome,
        "reasons": list(one.faults.values()),
        "flagged": sorted(flagged, key=lambda row: str(row["outcome"])),
        "pictures": pictures,
    }
