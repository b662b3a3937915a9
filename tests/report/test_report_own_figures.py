"""Every figure on the page is the one that its heading says."""

import pytest

from gadless.report import sections
from gadless.report.answer import answers
from gadless.report.figures import equivalence
from gadless.report.figures.intervals import Row
from gadless.report.results import Results
from gadless.report.words import TIED
from gadless.vocabulary import SEPARATOR
from gadless.vocabulary.equivalence import DISCORDANCE, EXCESS_DISCORDANCE, RMST


@pytest.fixture
def row(trial):
    """Make a row of a result table from an existing one."""
    base = next(row for row in trial.agreement() if row["term"] == "median_bias_cm3")
    bare = dict.fromkeys(("lower", "upper", "conf_level", "n", "events", "contrast"))
    return lambda **columns: base | bare | columns


@pytest.fixture
def grids(write_tables, config):
    def make(section, **tables):
        found = sections.SECTIONS[section](Results(config, write_tables(**tables)))
        return {grid.title: {row[0]: row[1:] for row in grid.rows} for grid in found}

    return make


def test_each_contrast_has_its_own_median_in_each_pair(row, grids):
    medians = {("cgan", "gbca"): 5.0, ("cgan", "cgan"): 4.0, ("unet", "gbca"): 7.0}
    medians["unet", "unet"] = 6.5
    rows = [
        row(term="median_volume_cm3", candidate=pair, contrast=contrast, estimate=value)
        for (pair, contrast), value in medians.items()
    ]
    found = grids("volumes", agreement=rows)["Enhancing volume"]
    assert len(found) == 2
    assert found["Median volume of enhancing tumour: gbca"] == (
        f"5.00{TIED}cm³",
        f"7.00{TIED}cm³",
    )
    assert found["Median volume of enhancing tumour: the candidate"] == (
        f"4.00{TIED}cm³",
        f"6.50{TIED}cm³",
    )


def test_the_abnormality_is_not_called_enhancing(row, grids):
    terms = ("median_volume_cm3", "detection_sensitivity", "false_positive_cm3", "ccc")
    rows = [row(analysis="volume_abnormality", term=term, estimate=0.5) for term in terms]
    found = grids("volumes", agreement=rows)["T2/FLAIR abnormality"]
    assert len(found) == 4
    assert not [label for label in found if "nhanc" in label]
    assert "Detection of any T2/FLAIR abnormality: sensitivity" in found


def test_an_incidence_prints_no_fraction_of_something_else(row, grids):
    """Seen: 68%, 336 of 521; the estimate allows for censoring, 336 are the events of all time."""
    mine = {"analysis": "time_to_event", "analysis_set": "all", "endpoint": "TTP"}
    mine |= {"candidate": None, "contrast": "gbca", "events": 336, "n": 521}
    rows = [row(**mine, term="incidence", estimate=0.68)]
    found = grids("times", survival=rows)["TTP on each contrast"]
    assert found["Cumulative incidence of progression"] == ("68%",)


def test_own_visits_and_those_of_a_pair_stand_under_headings_of_their_own(row, grids):
    mine = {"analysis": "treatment_effect", "endpoint": "PFS", "stratum": "arm:drug"}
    mine |= {"term": "treatment_hr", "contrast": "gbca"}
    rows = [
        row(**mine, analysis_set="all", candidate=None, estimate=0.69),
        row(**mine, analysis_set="common", candidate="cgan", estimate=0.88),
        row(**mine, analysis_set="common", candidate="unet", estimate=0.49),
    ]
    found = grids("treatment", survival=rows)
    assert found["Treatment effect on PFS, drug"] == {"Hazard ratio of treatment": ("0.69",)}
    paired = found["Treatment effect on PFS, drug: compared"]
    assert paired == {"Hazard ratio of treatment: gbca": ("0.88", "0.49")}


@pytest.fixture
def answered(write_tables, trial):
    def make(change):
        rows = trial.equivalence("cgan", "equivalent")
        found = change(rows)
        config = trial.make_config(candidates=["cgan"])
        (answer,) = answers(Results(config, write_tables(agreement=found)))
        return answer

    return make


def test_informative_failing_stands_in_the_first_sentence(answered):
    def change(rows):
        said = ("failing is informative by progression", "rmst_days wholly outside on own visits")
        return [*rows[:-1], rows[-1] | {"outcome": "undecided", "warning": SEPARATOR.join(said)}]

    answer = answered(change)
    assert answer.sentence == (
        "Whether the trial would have concluded the same had cgan taken the place of gbca is"
        " undecided, because failing is informative by progression and difference of restricted"
        " mean time wholly outside on own visits, with 4 of 4 comparisons inside the margin."
    )


def test_a_least_share_is_a_margin_with_one_side(answered, row):
    mine = {"term": "evaluability", "candidate": "cgan", "stratum": "all"}

    def change(rows):
        more = [
            row(**mine, analysis="equivalence", estimate=0.97, lower=0.931, upper=0.989)
            | {"conf_level": 0.9, "outcome": "undecided"},
            row(**mine, analysis="equivalence_margin", estimate=0.95, lower=0.95),
            row(**mine, analysis="equivalence_flip", estimate=0.931, lower=0.989),
            row(**mine, analysis="evaluability", estimate=0.97, events=97, n=100),
            row(analysis="worst_case", term="discordance", estimate=0.31, outcome="outside"),
            row(analysis="tipping_point", term="visits", estimate=3.0, outcome="falls"),
        ]
        return [*more, *rows]

    answer = answered(change)
    (one,) = [each for each in answer.comparisons if each.label.startswith("Share of the ref")]
    assert one.margin == "at least 95%"
    assert one.flip == "inside up to 93.1%, outside above 98.9%"
    assert answer.failing == (
        "cgan could evaluate 97 of 100 visits that gbca could: 97.0%.",
        "With every visit that it could not evaluate taken as discordant, the share of patients"
        " whose progression differs would be 31%: outside.",
        "The verdict falls if 3 not evaluable visits, each in another patient, were discordant.",
    )


def test_comparisons_on_own_visits_do_not_stand_among_those_that_decide(answered):
    def change(rows):
        own = [row | {"analysis_set": "all", "estimate": 99.0} for row in rows[:-1]]
        return [*own, *rows]

    assert len(answered(change).comparisons) == 4


def test_an_axis_of_differences_of_shares_holds_both_signs():
    rows = [Row("cgan", 1, -0.02, -0.06, 0.01, "inside")]
    margin = {"lower": float("nan"), "upper": 0.05}
    low, high = equivalence._linear(rows, margin, EXCESS_DISCORDANCE)
    assert low < -0.06
    assert high > 0.05
    assert equivalence._linear(rows, margin, DISCORDANCE)[0] == 0
    one_sided = {"lower": -21.0, "upper": float("nan")}
    assert equivalence._linear(rows, one_sided, RMST)[0] < -21
