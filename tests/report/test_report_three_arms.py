"""A trial of three arms: one that concludes otherwise is enough."""

import itertools

import pytest

from gadless.report.answer import answers
from gadless.report.results import Results

ARMS = ("arm:high", "arm:low")
SETS = ("all", "common")


@pytest.fixture
def answer_of(write_tables, trial):
    """Answer on an equivalent candidate, by what both contrasts conclude on each arm."""

    def make(outcomes, order=ARMS):
        left = ("conclusion", "conclusion_agreement")
        rows = [row for row in trial.survival() if row["term"] not in left]
        base = next(row for row in trial.survival() if row["term"] == "conclusion")
        agreed = next(row for row in trial.survival() if row["term"] == "conclusion_agreement")
        for arm, set_name in itertools.product(order, SETS):
            here = {"endpoint": "PFS", "stratum": arm, "analysis_set": set_name}
            other = "significant" if outcomes[arm] == "same" else "not significant"
            for contrast, said in (("gbca", "significant"), ("cgan", other)):
                rows.append(base | here | {"contrast": contrast, "outcome": said, "method": said})
            said = outcomes[arm]
            rows.append(agreed | here | {"candidate": "cgan", "outcome": said, "method": said})
        tables = write_tables(agreement=trial.equivalence("cgan", "equivalent"), survival=rows)
        config = trial.make_config(candidates=["cgan"])
        (found,) = answers(Results(config, tables))
        return found

    return make


@pytest.mark.parametrize("order", [ARMS, ARMS[::-1]])
@pytest.mark.parametrize("other", ARMS)
def test_one_arm_that_concludes_otherwise_is_another_conclusion(answer_of, other, order):
    outcomes = {arm: "different" if arm == other else "same" for arm in ARMS}
    found = answer_of(outcomes, order)
    assert found.verdict == "equivalent"
    assert "would have concluded the same" not in found.sentence
    assert "would have been another one" in found.sentence
    assert len(found.conclusions) == 2
    (differs,) = [said for said in found.conclusions if "not significant" in said]
    assert other.removeprefix("arm:") in differs


def test_three_arms_that_all_conclude_alike_concluded_the_same(answer_of):
    found = answer_of(dict.fromkeys(ARMS, "same"))
    assert found.sentence.startswith("The trial would have concluded the same")


def test_no_arm_that_concludes_alike_is_another_conclusion(answer_of):
    found = answer_of(dict.fromkeys(ARMS, "different"))
    assert "would have been another one" in found.sentence
