import re

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from matplotlib.text import Text

from gadless.report.drawing import colour, line, marker, save
from gadless.report.figures import curves, forest, incidence, swimmer
from gadless.report.figures.registry import FIGURES
from gadless.report.results import Results


@pytest.fixture
def results(write_tables, config):
    return Results(config, write_tables())


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_described_and_saved_twice(results, name, tmp_path):
    drawing = FIGURES[name].draw(results)
    assert drawing.name == name
    assert drawing.absent is None
    assert len(drawing.alt) > 40
    assert drawing.caption
    files = save(drawing, tmp_path)
    assert files["svg"].read_text().rstrip().endswith("</svg>")
    assert files["png"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", FIGURES)
def test_without_tables_every_figure_says_why_it_is_absent(config, name, tmp_path):
    drawing = FIGURES[name].draw(Results(config, {}))
    assert drawing.figure is None
    assert drawing.absent.endswith(".")
    assert all(path.exists() for path in save(drawing, tmp_path).values())


@pytest.mark.parametrize("rows", [None, []], ids=["missing", "empty"])
@pytest.mark.parametrize("name", FIGURES)
def test_any_table_may_be_missing_or_empty(write_tables, results, config, name, rows):
    """Each figure without each of the tables that it reads."""
    FIGURES[name].draw(results)
    for table in list(results._read):
        drawing = FIGURES[name].draw(Results(config, write_tables(**{table: rows})))
        assert (drawing.figure is None) == (drawing.absent is not None)


def test_a_figure_without_a_candidate_says_why_it_is_absent(write_tables, trial):
    results = Results(trial.make_config(candidates=[]), write_tables())
    for name, figure in FIGURES.items():
        drawing = figure.draw(results)
        if name in ("volume_agreement", "response_concordance", "equivalence", "sparing"):
            assert drawing.absent == "The configuration names no candidate, so nothing is compared."
        else:
            assert drawing.figure is not None


def test_one_arm_adjusts_for_no_treatment(write_tables, trial):
    config = trial.make_config(statistics={"covariates": ["age"]})
    assert (
        "adjusted for treatment and age;"
        in forest.draw_surrogate(Results(config, write_tables())).caption
    )
    patients = [row | {"arm": "drug"} for row in trial.patients()]
    alone = forest.draw_surrogate(Results(config, write_tables(patients=patients)))
    assert "adjusted for age;" in alone.caption


def test_labels_stand_in_every_figure(write_tables, trial):
    labels = {"gbca": "Central", "cgan": "Synthetic A", "unet": "Synthetic B"}
    results = Results(trial.make_config(labels=labels), write_tables())
    for figure in FIGURES.values():
        drawing = figure.draw(results)
        texts = [text.get_text() for text in drawing.figure.findobj(Text)]
        said = " ".join([drawing.title, drawing.caption, drawing.alt, *texts])
        assert not re.search(r"\b(gbca|cgan|unet)\b", said), drawing.name
        assert "Central" in said or "Synthetic A" in said


def test_no_two_contrasts_look_alike():
    looks = {(colour(place), str(line(place)), marker(place)) for place in range(24)}
    assert len(looks) == 24
    first = [(str(line(place)), marker(place)) for place in range(6)]
    assert len(set(first)) == 6


def test_dollar_signs_in_names_are_no_mathematics(write_tables, trial, config, tmp_path):
    odd = [row | {"patient": f"$\\frac{row['patient']}"} for row in trial.endpoints()]
    stopped = {"reason": "costs $\\frac{ and $2_", "outcome": "stopped"}
    flow = [row | stopped for row in trial.flow()]
    results = Results(config, write_tables(endpoints=odd, flow=flow))
    for name in ("flow", "swimmer"):
        assert save(FIGURES[name].draw(results), tmp_path)["svg"].exists()


@pytest.mark.parametrize("name", ["flow", "forest_treatment"])
def test_equal_tables_give_equal_bytes(results, name, tmp_path):
    first, second = (save(FIGURES[name].draw(results), tmp_path / part) for part in "ab")
    assert first["svg"].read_bytes() == second["svg"].read_bytes()
    assert first["png"].read_bytes() == second["png"].read_bytes()


def test_one_candidate_and_four_are_drawn_alike(write_tables, trial):
    paths = write_tables()
    for candidates in (["cgan"], ["cgan", "unet", "other", "fourth"]):
        raw = {"candidates": candidates, "visits": None, "measurements": "measured.tsv"}
        results = Results(trial.make_config(**raw), paths)
        assert all(figure.draw(results).figure is not None for figure in FIGURES.values())


def test_one_visit_a_patient_draws_no_curve_and_no_model(write_tables, trial, config):
    first = [row for row in trial.response() if row["visit"] == "v0"]
    results = Results(config, write_tables(response=first))
    for draw in (
        curves.draw_contrasts,
        curves.draw_arms,
        incidence.draw_incidence,
        swimmer.draw_swimmer,
        forest.draw_surrogate,
        forest.draw_treatment,
    ):
        assert "one visit" in draw(results).absent


def test_without_events_there_is_no_curve(write_tables, trial, config):
    rows = [row | {"events": 0, "estimate": 1.0} for row in trial.km()]
    drawing = curves.draw_contrasts(Results(config, write_tables(km=rows)))
    assert drawing.absent == "No event was observed, so there is no curve to draw."


def test_an_endpoint_without_events_is_named(write_tables, trial, config):
    rows = [
        row | ({"events": 0, "estimate": 1.0} if row["endpoint"] == "TTP" else {})
        for row in trial.km()
    ]
    drawing = curves.draw_contrasts(Results(config, write_tables(km=rows)))
    assert drawing.figure is not None
    assert "no event was observed: Time to progression (TTP)" in drawing.caption


def test_incidence_draws_its_own_estimator_and_rises(results):
    drawing = incidence.draw_incidence(results)
    first, *by_arm = [axes for axes in drawing.figure.axes if axes.get_ylabel() == "Progressed (%)"]
    assert [line.get_label() for line in first.lines] == ["gbca", "cgan", "unet"]
    assert [axes.get_title(loc="left") for axes in by_arm] == [
        f"Progression on {name}, by arm" for name in ("gbca", "cgan", "unet")
    ]
    for drawn in first.lines:
        share = drawn.get_ydata()
        assert share[0] == 0
        assert share[-1] == pytest.approx(100 * 0.8 * 5 / 12)
    assert "gbca: 12 patients, 5 events, 33% on day 300" in drawing.alt


def test_numbers_at_risk_are_those_of_lifelines():
    random = np.random.default_rng(4)
    days, event = random.integers(1, 40, 60) * 10, random.random(60) < 0.6
    table = KaplanMeierFitter().fit(days, event).event_table
    rows = pd.DataFrame(
        {"day": table.index, "at_risk": table["at_risk"], "events": table["observed"]}
    )
    for day in (0, 35, 100, 205, 399, 500):
        at_risk, events = curves.counts_at(rows, day)
        assert at_risk == (days >= day).sum()
        assert events == ((days <= day) & event).sum()


def test_a_hazard_ratio_beyond_all_measure_stays_on_the_page(write_tables, trial, config, tmp_path):
    rows = [
        row | ({"estimate": 3e8, "lower": 1e-9, "upper": 1e12} if row["contrast"] == "cgan" else {})
        for row in trial.survival()
        if "contrast" in row
    ]
    drawing = forest.draw_treatment(Results(config, write_tables(survival=rows)))
    assert drawing.figure.axes[0].get_xlim()[1] < 20
    assert save(drawing, tmp_path)["svg"].exists()


def test_a_large_trial_shows_an_even_subset_and_says_so(write_tables, trial, config):
    many = [
        row | {"patient": f"{row['patient']}-{copy}", "days": row["days"] + copy}
        for row in trial.endpoints()
        for copy in range(10)
    ]
    drawing = swimmer.draw_swimmer(Results(config, write_tables(endpoints=many)))
    assert "24 of 132 patients, evenly spaced in the order of PFS on gbca" in drawing.caption
    shown = [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()]
    assert len(set(shown)) == 24


def test_users_own_style_changes_nothing(results, tmp_path):
    import matplotlib as mpl

    plain = save(FIGURES["flow"].draw(results), tmp_path / "plain")["svg"].read_bytes()
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "none"}):
        assert save(FIGURES["flow"].draw(results), tmp_path / "own")["svg"].read_bytes() == plain
