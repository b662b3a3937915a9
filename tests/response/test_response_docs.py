"""The table of criteria in the manual is that of the files; run this file to write it anew."""

import re
from pathlib import Path

from gadless.response.criteria import Criteria, known_criteria, load_criteria
from gadless.response.criteria_table import text_of

MANUAL = Path(__file__).parents[2] / "docs" / "response.md"
MARKED = re.compile(r"(<!-- criteria -->\n).*?(<!-- /criteria -->)", re.DOTALL)


def _cell(criteria: Criteria, field: str) -> str:
    text = text_of(getattr(criteria, field)).replace("none", "-")
    return f"{text} ({criteria.origins[field].certainty[0]})"


def criteria_table() -> str:
    sets = [each for each in load_criteria(known_criteria()) if not each.as_read]
    fields = list(sets[0].origins)
    lines = [
        "| | " + " | ".join(f"`{each.name}`" for each in sets) + " |",
        "| --- " * (len(sets) + 1) + "|",
    ]
    for field in fields:
        cells = " | ".join(_cell(each, field) for each in sets)
        lines.append(f"| `{field}` | {cells} |")
    return "\n".join(lines) + "\n"


def test_manual_shows_the_criteria_as_they_are():
    found = MARKED.search(MANUAL.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group(0) == f"<!-- criteria -->\n{criteria_table()}<!-- /criteria -->"


if __name__ == "__main__":
    text = MANUAL.read_text(encoding="utf-8")
    MANUAL.write_text(MARKED.sub(rf"\g<1>{criteria_table()}\g<2>", text), encoding="utf-8")
