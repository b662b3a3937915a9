"""The plan says all that the configuration decides, twice: as a page and as Markdown."""

import re

import pytest
from test_report_page import Page, sketch

from gadless.report.plan.build import build_plan
from gadless.report.plan.document import Bullets, Section, coded, markdown, numbered
from gadless.report.plan.estimands import ENDPOINTS
from gadless.report.plan.given import Given
from gadless.report.plan.verdict import terms
from gadless.response.censoring import load_censoring
from gadless.response.criteria import load_criteria
from gadless.response.described import censoring_values, criteria_values, intercurrent_events
from gadless.statistics.planning import power_curves, sizes
from gadless.trial.config import Margins, read_config
from gadless.trial.lock import Change, LockStatus

ATTRIBUTES = (
    "Population",
    "Treatment",
    "Variable (endpoint)",
    "Intercurrent events",
    "Population-level summary",
)

_MADE = {}


def make_config(**changes):
    raw = {"name": "GLIO-1", "patients": "p.tsv", "measurements": "m.tsv", "candidates": ["cgan"]}
    return read_config(raw | changes)


def given(config):
    key = config.model_dump_json(exclude={"name"})
    if key not in _MADE:
        _MADE[key] = tables(config)
    return _MADE[key]


def tables(config):
    return Given(
        criteria_values(config),
        censoring_values(load_censoring(config.endpoint)),
        intercurrent_events(config),
        sizes(config),
        power_curves(config),
    )


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Build plans; drawing is stubbed, as in the tests of the report's page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gadless.report.plan.build.save", sketch)
        yield from _plan(tmp_path_factory)


def _plan(tmp_path_factory):
    def build(lock=None, **changes):
        folder = tmp_path_factory.mktemp("plan")
        config = make_config(**changes)
        build_plan(config, given(config), lock or LockStatus(None), folder)
        page = Page((folder / "plan.html").read_text(encoding="utf-8"))
        return page, (folder / "plan.md").read_text(encoding="utf-8"), folder

    yield build


@pytest.fixture(scope="module")
def default(plan):
    return plan()


def chapter(text, heading):
    """Markdown under one heading, its number left open, down to the next of any level."""
    found = re.search(rf"^#+ [\d.]+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.S | re.M)
    assert found, heading
    return found.group(1)


def rows(text):
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def test_the_page_is_balanced_and_needs_no_network(default):
    page, _, folder = default
    assert page.faults == []
    assert page.open == []
    assert page.all("script") == []
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        target = link["href"]
        assert target[1:] in ids if target.startswith("#") else (folder / target).exists()
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("rules", ["fda", "ema"])
def test_every_endpoint_has_the_five_attributes_and_every_event(plan, endpoint, rules):
    _, text, _ = plan(endpoint={"censoring": rules})
    name = ENDPOINTS[endpoint].capitalize()
    role = " (primary endpoint)" if endpoint == "PFS" else ""
    found = {row[0]: row[1:] for row in rows(chapter(text, f"{name} ({endpoint}){role}"))}
    for attribute in ATTRIBUTES:
        assert len(found[attribute][0]) > 20, attribute
    config = make_config(endpoint={"censoring": rules})
    for said in load_censoring(config.endpoint).intercurrent(endpoint).values():
        assert found[said.label] == [said.strategy, said.handling]
        assert f"{said.label}: {said.strategy}" in found["Intercurrent events"][0]


def test_what_fda_and_ema_do_stands_side_by_side(default):
    _, text, _ = default
    found = rows(chapter(text, "The same events under other rules"))
    assert found[0] == ["Event", "fda (in use)", "ema"]
    therapy = next(row for row in found if row[0] == "New therapy")
    assert therapy[1].startswith("hypothetical")
    assert therapy[2].startswith("treatment policy")
    events = {row[0] for row in found}
    assert {"Death", "Missed visits", "No baseline", "Candidate failed"} <= events


def test_every_value_of_every_criteria_set_is_there_with_source_and_certainty(default):
    page, text, _ = default
    for one in load_criteria(make_config().response.criteria):
        primary = ", primary" if one.name == "rano2-2023-volume" else ""
        found = {row[0]: row[1:] for row in rows(chapter(text, one.name + primary))}
        for key, origin in one.origins.items():
            value, _, certainty, source = found[key]
            assert certainty == origin.certainty
            assert source == origin.source
            shown = getattr(one, key)
            if not isinstance(shown, bool | tuple) and shown is not None:
                assert value == str(shown)
        assert one.citation in page.text


def test_a_users_own_value_is_marked_as_such(plan):
    own = {"base": "rano2010", "growth": 0.3}
    _, text, _ = plan(response={"criteria": ["own"], "custom": {"own": own}})
    found = {row[0]: row[1:] for row in rows(chapter(text, "own, primary"))}
    assert found["growth"][0] == "0.3"
    assert found["growth"][2] == "user"
    assert "1 set by the trial" in text


def test_every_margin_is_a_term_with_its_hypothesis(plan):
    margins = {"discordance": 0.11, "hazard_ratio": 1.5, "rmst_days": 14, "evaluability": 0.9}
    _, text, _ = plan(statistics={"margins": margins, "equivalence_alpha": 0.025})
    with_repeat = terms(make_config(repeat="again"))
    assert {*terms(make_config()), *with_repeat} == set(Margins.model_fields)
    assert "discordance" not in with_repeat
    found = {row[0]: row[1:] for row in rows(chapter(text, "Hypotheses and verdict"))}
    assert found["Discordant progression"][1:3] == ["at least 11%", "below 11%"]
    assert found["Treatment effect on PFS"][2] == "0.67 to 1.5"
    assert found["Restricted mean PFS"][2] == "\N{MINUS SIGN}14 days to 14 days"
    assert found["Evaluability"][1:3] == ["at most 90%", "above 90%"]
    assert "95% interval" in found["Bias of the rano2-2023-volume measure"][3]


def test_one_side_is_said_where_one_side_is_judged(plan):
    statistics = {"noninferiority": {"hazard_ratio": "upper"}}
    _, text, _ = plan(statistics=statistics)
    found = {row[0]: row[1:] for row in rows(chapter(text, "Hypotheses and verdict"))}
    assert found["Treatment effect on PFS"][1:3] == ["at least 1.25", "below 1.25"]
    assert found["Treatment effect on PFS"][3].startswith("one-sided 95% limit")


def test_a_second_reading_changes_the_term_and_leaves_no_size(plan):
    _, text, _ = plan(repeat="again")
    found = {row[0]: row[1:] for row in rows(chapter(text, "Hypotheses and verdict"))}
    assert found["Excess discordance"][2] == "below 5%"
    sizes_of = rows(chapter(text, "Sample size and power"))
    assert not [row for row in sizes_of if row[0].startswith("Patients whose")]
    assert "no size is given for it here" in text


def test_multiplicity_is_an_intersection_union(plan):
    _, text, _ = plan(candidates=["cgan", "unet"])
    said = chapter(text, "Multiplicity")
    assert "intersection-union test" in said
    assert "without any correction (Berger 1982)" in said
    assert "There are 2 candidates" in said


def test_sizes_are_those_of_the_closed_form(default):
    _, text, folder = default
    found = rows(chapter(text, "Sample size and power"))
    assert ["Patients whose progression differs", "5%", "15%", "59", "68"] in found
    assert ["Patients whose progression differs", "10%", "15%", "281", "304"] in found
    assert ["Patients whose progression differs", "12%", "15%", "814", "864"] in found
    assert (folder / "power.svg").exists()
    assert "![Power of 80% by term." in text


def test_planned_patients_get_their_power(plan):
    _, text, _ = plan(plan={"patients": 281, "discordance": [0.10, 0.15]})
    found = rows(chapter(text, "Sample size and power"))
    assert found[0][-1] == "Power at n = 281"
    assert found[2][-1] == "81%"
    assert found[3][3:5] == ["none suffices", "none suffices"]


def test_the_lock_is_named_with_what_changed(plan):
    page, text, _ = plan(LockStatus("2026-03-01", (Change("statistics.alpha", "0.05", "0.1"),)))
    for said in (page.text, text):
        assert "Locked on 2026-03-01, and changed since: 1 key" in said
        assert "statistics.alpha: 0.05 → 0.1" in said


def test_the_protocols_words_take_the_place_of_ours(plan):
    words = {"population": "Adults with a first recurrence.", "treatment": "Drug, or placebo."}
    _, text, _ = plan(plan=words, statistics={"control_arm": "placebo"})
    assert text.count(words["population"]) == text.count(words["treatment"]) == 4
    assert "in general words" not in text
    assert "No control arm" not in text


def test_shells_are_empty(default):
    _, text, _ = default
    shells = [row for row in rows(chapter(text, "Tables to be filled")) if row[1:] and "…" in row]
    assert len(shells) > 40
    assert all(set(row[1:]) == {"…"} for row in shells)


def test_names_cannot_become_markup(plan):
    evil = "<img src=x onerror=alert(1)>|*a*"
    page, text, _ = plan(name=evil, plan={"population": evil})
    assert page.faults == []
    assert len(page.all("img")) == 1
    assert "<img" not in text
    assert evil in page.text


def test_the_configuration_stands_whole(default):
    _, text, _ = default
    found = {row[0]: row[1] for row in rows(chapter(text, "The whole configuration"))}
    assert found["statistics.margins.discordance"] == "0.15"
    assert found["plan.population"] == "not set"


def test_equal_configurations_give_equal_bytes(plan, default):
    _, text, folder = plan()
    assert text == default[1]
    assert (folder / "plan.html").read_bytes() == (default[2] / "plan.html").read_bytes()


def test_numbers_and_marks_of_a_document():
    sections = numbered([Section("A", ()), Section("B", ("x",), level=3), Section("C", ())])
    assert [section.number for section in sections] == ["1", "1.1", "2"]
    assert coded("a `b<` c") == "a <code>b&lt;</code> c"
    text = markdown("T", ["l"], [Section("A", (Bullets(("one", "two")),), number="1")])
    assert text == "# T\n\nl\n\n## 1 A\n\n- one\n- two\n"
