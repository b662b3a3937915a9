"""Text of others in real pages: it is read as text, wherever it stands, and does nothing."""

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
from measured_trial import run, sheets

from gadless.report.plan.build import build_plan
from gadless.report.plan.given import Given
from gadless.response.censoring import load_censoring
from gadless.response.described import censoring_values, criteria_values, intercurrent_events
from gadless.statistics.planning import power_curves, sizes
from gadless.trial.config import read_config
from gadless.trial.lock import Change, LockStatus

BREAKS = (
    "\"'><script>alert({0})</script><img src=x onerror=alert({0})><!-- {{{{7*7}}}} ${{7*7}} $x^2$"
)
CAPITAL = "</title></style></svg>]]>"


def evil(number: int) -> str:
    """Return a text that breaks out of any place that does not escape it, and says which it is."""
    return f"T{number}{BREAKS.format(number)}{CAPITAL}&amp;`id`\\input{{x}}|"


class Seen(HTMLParser):
    """What a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.said += [value for _, value in attrs if value]

    def handle_data(self, data):
        self.said.append(data)


def check_page(text: str) -> str:
    """Check that a page has no tag, handler or address but its own; return all that it says."""
    page = Seen(text)
    tags = [tag for tag, _ in page.tags]
    # Two scripts are the page's own; what a sheet says never becomes a third.
    assert tags.count("script") == text.count("<script>") <= 2
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("src", "href"):
            address = attributes.get(name)
            if address is not None:
                assert re.match(
                    r"#|data:(image/|,$)|patients(\.html$|/)|figures/|tables/|\.\./[\w-]+\.json|https://|\w+\.(svg|png|md)",
                    address,
                )
    return "".join(page.said)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evil")
    patients, measured = sheets(12)
    patients["arm"] = patients["arm"].map({"A": evil(1), "B": evil(2)})
    patients["site"] = evil(3)
    patients[evil(4)] = [evil(5), evil(6)] * 6
    measured["contrast"] = measured["contrast"].replace({"cgan": evil(7)})
    measured["evaluable"] = 1
    lost = measured.index[measured["contrast"] == evil(7)][3]
    measured.loc[lost, ["evaluable", "reason"]] = [0, evil(8)]
    measured.loc[lost, "enhancing_cm3"] = None
    return run(
        folder,
        patients,
        measured,
        name=evil(9),
        candidates=[evil(7)],
        labels={"gbca": evil(10), evil(7): evil(11)},
        title=evil(12),
        statistics={"covariates": ["age", evil(4)], "control_arm": evil(1)},
        endpoint={"censoring": "mine", "custom": {"mine": {"base": "fda", "title": evil(13)}}},
    )


def test_of_the_report(outcome):
    said = check_page(outcome.page)
    for number in (1, 2, 8, 10, 11, 12):
        assert evil(number) in said, f"text {number} is not shown as it stands"


def test_of_the_figures(outcome):
    figures = list((outcome.folder / "report" / "figures").glob("*.svg"))
    assert figures
    for path in figures:
        tree = ElementTree.parse(path)
        names = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert "script" not in names
        assert not names & {"foreignObject", "img", "iframe"}
        for element in tree.iter():
            assert not [name for name in element.attrib if name.startswith("on")]


def test_of_the_plan(tmp_path):
    config = read_config(
        {
            "name": evil(1),
            "patients": "p.tsv",
            "measurements": "m.tsv",
            "candidates": [evil(2)],
            "labels": {"gbca": evil(3), evil(2): evil(4)},
            "plan": {"population": evil(5), "treatment": evil(6)},
            "report": {"title": evil(7)},
            "statistics": {"control_arm": evil(8), "covariates": [evil(9)]},
            "endpoint": {
                "censoring": "mine",
                "custom": {"mine": {"base": "fda", "title": evil(10)}},
            },
        }
    )
    given = Given(
        criteria_values(config),
        censoring_values(load_censoring(config.endpoint)),
        intercurrent_events(config),
        sizes(config),
        power_curves(config),
    )
    changes = (Change("statistics.control_arm", evil(11), evil(12)),)
    build_plan(config, given, LockStatus("2026-01-01", changes), tmp_path)
    said = check_page((tmp_path / "plan.html").read_text())
    for number in (1, 5, 6):
        assert evil(number).replace("`id`", "id") in said.replace("`", "")
    # Whoever shows the Markdown makes a page of it.
    text = (tmp_path / "plan.md").read_text()
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"<(script|img|/title|/style|!--)", outside)
