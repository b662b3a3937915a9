import pytest

from gadless.report import sections, traps
from gadless.report.answer import answers
from gadless.report.results import Results
from gadless.report.words import TIED
from gadless.vocabulary import SEPARATOR


def plain(text):
    return text.replace(TIED, " ")


@pytest.fixture
def results_with(write_tables, trial):
    def make(outcome, **changes):
        rows = trial.equivalence("cgan", outcome)
        config = trial.make_config(candidates=["cgan"], **changes)
        return Results(config, write_tables(agreement=rows))

    return make


def test_an_undecided_sentence_gives_what_is_not_settled(results_with):
    (answer,) = answers(results_with("undecided"))
    assert answer.verdict == "undecided"
    assert "2 of 4 comparisons inside the margin" in answer.sentence
    assert (
        "ratio of the treatment's hazard ratios of 1.04"
        " (90% interval 0.81 to 1.34; margin 0.80 to 1.25)" in plain(answer.sentence)
    )
    assert "median volume bias" not in answer.sentence


def test_a_refusal_gives_what_lies_outside(results_with):
    (answer,) = answers(results_with("not equivalent"))
    assert "not equivalent" in answer.sentence
    assert (
        "Wholly outside: share of patients whose progression differs of 28%"
        " (90% interval 21% to 36%; margin at most 15%)" in plain(answer.sentence)
    )


@pytest.mark.parametrize(
    ("outcome", "because"),
    [
        ("equivalent", ""),
        ("undecided", "Not known to be within what the plan tolerates: the "),
        ("not equivalent", "Beyond what the plan tolerates: the share of patients whose"),
    ],
)
def test_the_plain_answer_is_one_sentence_and_what_it_rests_on_another(
    results_with, outcome, because
):
    (answer,) = answers(results_with(outcome))
    assert answer.plain.endswith(".")
    assert ". " not in answer.plain
    assert answer.because.startswith(because)
    assert bool(answer.because) == bool(because)


def test_equivalence_gives_all_intervals(results_with):
    (answer,) = answers(results_with("equivalent"))
    assert "4 of 4 comparisons inside the margin" in answer.sentence
    for part in ("−7.1%", "1.04", "+4.6 days", "28%"):
        assert part in plain(answer.sentence)


@pytest.fixture
def concluded(write_tables, trial):
    """Answer on an equivalent candidate whose trial concludes as told."""

    def make(outcome, estimate=0.93, stratum="arm:drug"):
        base = {"analysis": "treatment_effect", "endpoint": "PFS", "stratum": stratum}
        left = ("conclusion", "conclusion_agreement")
        kept = [row for row in trial.survival() if row["term"] not in left]
        one = next(row for row in trial.survival() if row["term"] == "conclusion") | base
        rows = [
            one | {"contrast": "gbca", "outcome": "not significant", "estimate": 0.81, "p": 0.076},
            one | {"contrast": "cgan", "outcome": "significant", "estimate": 0.79, "p": 0.049},
            one
            | {
                "contrast": None,
                "analysis_set": "all",
                "candidate": "cgan",
                "term": "conclusion_agreement",
            }
            | {"outcome": outcome, "estimate": estimate},
        ]
        tables = write_tables(
            agreement=trial.equivalence("cgan", "equivalent"), survival=kept + rows
        )
        config = trial.make_config(candidates=["cgan"])
        return answers(Results(config, tables))[0]

    return make


def test_an_equivalent_candidate_that_concludes_otherwise_did_not_conclude_the_same(concluded):
    answer = concluded("different")
    assert answer.verdict == "equivalent"
    assert "would have concluded the same" not in answer.sentence
    assert "another one" in answer.sentence
    (said,) = answer.conclusions
    assert "0.81 on gbca (log-rank p = 0.076, not significant)" in plain(said)
    assert "0.79 on cgan (log-rank p = 0.049, significant)" in plain(said)
    assert "93% of the resamples" in said


def test_an_equivalent_candidate_that_concludes_alike_concluded_the_same(concluded):
    assert concluded("same").sentence.startswith("The trial would have concluded the same")


def test_each_arm_has_its_own_margin_at_which_it_flips(write_tables, trial):
    rows = trial.equivalence("cgan", "undecided")
    ratio = [row for row in rows if row["term"] == "hazard_ratio"]
    others = [row for row in rows if row["term"] != "hazard_ratio"]
    flips = {"arm:B": (1.2531, 1.1049), "arm:C": (1.548, None)}
    by_arm = []
    for arm, (needed, excluded) in flips.items():
        for row in ratio:
            flip = row["analysis"] == "equivalence_flip"
            own = {"estimate": needed, "lower": excluded} if flip else {}
            by_arm.append(row | {"stratum": arm} | own)
    tables = write_tables(agreement=others + by_arm)
    (answer,) = answers(Results(trial.make_config(candidates=["cgan"]), tables))
    found = {one.label: one.flip for one in answer.comparisons}
    label = "Ratio of the treatment's hazard ratios"
    # Rounded so that the margin named does hold the interval, or does not.
    assert found[f"{label} (arm B)"] == "inside from 1.26, outside below 1.10"
    assert found[f"{label} (arm C)"] == "inside from 1.55"


def test_the_reason_repeats_no_outcome_that_the_table_shows(results_with, write_tables, trial):
    rows = trial.equivalence("cgan", "undecided")
    parts = ("discordance undecided", "hazard_ratio undecided (too few events; a second reason)")
    rows[-1]["warning"] = SEPARATOR.join(parts)
    results = Results(trial.make_config(candidates=["cgan"]), write_tables(agreement=rows))
    (answer,) = answers(results)
    assert answer.reason == (
        "ratio of the treatment's hazard ratios undecided (too few events; a second reason)"
    )


def test_without_a_verdict_it_is_undecided(trial):
    found = answers(Results(trial.make_config(), {}))
    assert [answer.verdict for answer in found] == ["undecided", "undecided"]
    assert "the tables hold no verdict" in found[0].sentence


def test_one_visit_a_patient_is_said_in_the_sentence(write_tables, trial):
    first = [row for row in trial.response() if row["visit"] == "v0"]
    results = Results(trial.make_config(), write_tables(response=first))
    assert "Each patient has one visit, so no endpoint" in answers(results)[0].sentence


def test_traps_give_counts_with_their_denominators(write_tables, config):
    found = traps.traps(Results(config, write_tables()))
    assert [trap.title for trap in found] == [
        "Unequal visits",
        "Scanning stops because of the reference",
        "Shared events",
    ]
    assert "6 of 12 (50%) patients progress on gbca" in found[1].figures[0]
    assert "1 of 6 (17%) a later progression on the candidate could not" in found[1].figures[0]


def test_traps_without_figures_say_so(config):
    for trap in traps.traps(Results(config, {})):
        assert all("nothing of this could be counted" in text for text in trap.figures)


def test_only_sensitivities_that_were_done_are_named(write_tables, trial, config):
    assert "Sensitivity" not in traps.traps(Results(config, write_tables()))[1].what
    done = [row | {"analysis_set": "no_new_therapy"} for row in trial.survival()]
    what = traps.traps(Results(config, write_tables(survival=done)))[1].what
    assert "ignore the day of new therapy" in what
    assert "first progression" not in what


def test_what_stopping_biases_stands_beside_the_set_without_it(write_tables, trial, config):
    cut_there = {"analysis_set": "first_progression"}
    discordant = next(row for row in trial.agreement() if row["term"] == "discordant")
    mcnemar = discordant | {"term": "mcnemar"}
    agreement = [*trial.agreement(), mcnemar, mcnemar | cut_there | {"estimate": 0.5}]
    ratio = {
        "analysis": "surrogate_time_dependent",
        "term": "hr_progression_ratio",
        "stratum": "all",
    }
    base = next(row for row in trial.survival() if row["term"] == "rmst_difference_days")
    survival = [
        *trial.survival(),
        base | ratio | {"estimate": 0.7551},
        base | ratio | {"estimate": 0.9485} | cut_there,
    ]
    paths = write_tables(agreement=agreement, survival=survival)
    grid = traps.traps(Results(config, paths))[1].grids[0]
    rows = {row[:2]: row[2] for row in grid.rows}
    cut = "both cut at the first progression on either"
    primary = "visits evaluable on both of a pair"
    ratios = "Ratio of the hazard ratios of death on progression"
    assert rows[ratios, primary].startswith("0.76")
    assert rows[ratios, cut].startswith("0.95")
    only = "Of the discordant in status, only on the candidate (exact McNemar)"
    assert rows[only, primary].startswith("28%")
    assert rows[only, cut].startswith("50%")


def test_other_assumptions_stand_below_the_primary_one(write_tables, trial, config):
    """The reference of a pair is another in each: its figures stand beside their candidate."""

    def under(analysis, estimate):
        where = {"analysis": analysis, "endpoint": "PFS", "analysis_set": "common"}
        base = next(row for row in trial.survival() if row["term"] == "treatment_hr") | where
        return [
            base | {"candidate": candidate, **more}
            for place, candidate in enumerate(("cgan", "unet"))
            for more in (
                {"contrast": "gbca", "estimate": estimate + place / 10},
                {"contrast": candidate, "estimate": estimate - 0.1},
                {"contrast": None, "term": "treatment_hr_ratio", "estimate": 1.04},
            )
        ]

    kept = [row for row in trial.survival() if row["analysis"] != "treatment_effect"]
    rows = [*kept, *under("treatment_effect", 0.62), *under("site_strata", 0.77)]
    grids = sections.treatment(Results(config, write_tables(survival=rows)))
    (found,) = [grid for grid in grids if grid.title.endswith("other assumptions")]
    assert found.title == "Treatment effect on PFS, drug, other assumptions"
    assert found.columns == ("Analysis", "Candidate", "On gbca", "On the candidate", "Ratio")
    assert [(row[1], *(cell[:4] for cell in row[2:])) for row in found.rows] == [
        ("cgan", "0.62", "0.52", "1.04"),
        ("cgan", "0.77", "0.67", "1.04"),
        ("unet", "0.72", "0.52", "1.04"),
        ("unet", "0.87", "0.67", "1.04"),
    ]


def test_a_stability_that_was_not_estimated_is_said_not_to_be(concluded):
    (said,) = concluded("same", estimate=None).conclusions
    assert "in \N{EN DASH} of" not in said
    assert "was not estimated" in said
