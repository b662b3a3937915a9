import re
from pathlib import Path

from gadless.report import labels

VOCABULARY = Path(__file__).parents[2] / "docs" / "tables.md"


def documented_terms():
    """Names in code type in the first two columns of the tables of `docs/tables.md`."""
    text = VOCABULARY.read_text(encoding="utf-8")
    body = text[text.index("## `agreement.tsv`") : text.index("## `km.tsv`")]
    rows = [line for line in body.splitlines() if line.startswith("|")]
    cells = [cell for row in rows for cell in row.split("|")[1:3]]
    names = [name for cell in cells for name in re.findall(r"`([a-z0-9_:A-Z]+)`", cell)]
    return sorted(set(names))


def test_every_documented_term_has_a_name_on_the_page():
    terms = [name for name in documented_terms() if "_" in name and name == name.lower()]
    assert len(terms) > 60
    # What is no term of a printed table: analyses, counts told in sentences, columns.
    others = {
        "unequal_visits",
        "follow_up",
        "shared_events",
        "equivalence_margin",
        "equivalence_flip",
        "patients_complete_covariates",
        "patients_arm",
        "patients_baseline",
        "patients_assessed",
        "visits_evaluable",
        "visits_common",
        *(name for name in labels.ANALYSES if name in terms),
    }
    assert [name for name in terms if labels.term(name) == name and name not in others] == []


def test_covariates_are_named_after_their_columns():
    assert labels.term("hr_age") == "Hazard ratio, age"
    assert labels.term("hr_arm:drug") == "Hazard ratio, arm drug"
    assert labels.term("something_new") == "something_new"


def test_restricted_means_are_differences_in_equivalence():
    assert labels.term("rmst_days", "equivalence_flip").startswith("Difference")
    assert labels.term("rmst_days", "time_to_event") == "Restricted mean"
