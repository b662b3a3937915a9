"""The report says since when its rules stand, and how certain they are."""

import pytest
from test_report_page import build  # noqa: F401
from test_report_plan import make_config

from gadless.report.certainty import summary
from gadless.report.locked import sentences
from gadless.response.criteria import known_criteria
from gadless.response.described import criteria_values
from gadless.trial.lock import Change, LockStatus


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (LockStatus(None), "Not locked: nothing shows"),
        (LockStatus("2026-03-01"), "Locked on 2026-03-01; nothing that decides the answer"),
        (
            LockStatus("2026-03-01", (Change("endpoint.primary", '"TTP"', '"PFS"'),)),
            "changed since: 1 key that decides the answer. Old value → new value: endpoint.primary:"
            ' "TTP" → "PFS".',
        ),
    ],
)
def test_the_methods_say_when_it_was_locked_and_what_changed(build, status, expected):  # noqa: F811
    page, _ = build(lock=status)
    methods = page.text.split("Methods")[-1]
    assert expected in methods


def test_two_changes_are_two_sentences():
    status = LockStatus("2026-03-01", (Change("a", "1", "2"), Change("b", "absent", "3")))
    first, *each = sentences(status)
    assert "2 keys that decide the answer" in first
    assert each == ["a: 1 → 2.", "b: absent → 3."]


def test_the_methods_say_how_certain_the_criteria_are(build):  # noqa: F811
    page, folder = build()
    said = "own: 1 of 4 values verified at source; 2 assumed here and 1 set by the trial."
    assert said in page.text
    assert (folder / "tables" / "criteria.tsv").exists()
    page, _ = build(criteria=None)
    assert "The tables do not say where the criteria come from." in page.text


def test_every_value_of_every_set_is_counted():
    config = make_config(response={"criteria": known_criteria()})
    table = criteria_values(config)
    said = summary(table)
    assert len(said) == len(config.response.criteria)
    for name, sentence in zip(config.response.criteria, said, strict=True):
        rows = table[table["criteria"] == name]
        verified = (rows["certainty"] == "verified").sum()
        assert sentence.startswith(f"{name}: {verified} of {len(rows)} value")
    assert (table["meaning"].str.len() > 10).all()
