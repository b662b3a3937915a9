import ast
import pickle
import re
from pathlib import Path

import pytest

from gadless import vocabulary
from gadless.statistics.rows import Rows
from gadless.vocabulary.documentation import MANUAL, rewritten
from gadless.vocabulary.records import RATIO, Term
from gadless.vocabulary.survival import HR_PROGRESSION, TREATMENT_EFFECT

ROOT = Path(__file__).parents[2]
EVERY = [(analysis, term) for analysis in vocabulary.ANALYSES.values() for term in analysis.terms]


def test_the_manual_is_the_vocabulary():
    """When this fails: ``python -m gadless.vocabulary``."""
    text = (ROOT / MANUAL).read_text(encoding="utf-8")
    assert rewritten(text) == text
    for analysis, term in EVERY:
        assert f"`{analysis}`" in text
        assert f"| `{term}` |" in text


def test_a_mark_of_nothing_is_refused():
    with pytest.raises(KeyError, match="colours"):
        rewritten("<!-- vocabulary: colours -->\n<!-- /vocabulary -->")


def test_the_statistics_write_nothing_that_is_not_in_it():
    rows = Rows(0.95).under(analysis="volume")
    rows.add("ccc", 0.5)
    with pytest.raises(ValueError, match="'volume' has no term 'median_bias_litres'"):
        rows.add("median_bias_litres", 0.5)
    with pytest.raises(ValueError, match="'kappa'"):
        rows.add("kappa", 0.5)
    with pytest.raises(ValueError, match="None"):
        Rows(0.95).add("ccc", 0.5)


@pytest.mark.parametrize(("analysis", "term"), EVERY, ids=str)
def test_every_term_says_what_it_is(analysis, term):
    assert term.label
    assert term.meaning
    assert vocabulary.term(analysis, term) == term
    # A difference, a bias and a ratio have a direction, which a reader must be told.
    directed = re.search(r"difference|_bias|_ratio$|^hr_|hazard_ratio|gain|_hr$", str(term))
    if directed and not term.startswith("site_sd") and term != "ccc_bias_factor":
        assert term.sign


def test_a_name_in_a_table_has_the_units_that_it_names():
    for _, term in EVERY:
        for ending, unit in {"_days": "days", "_cm3": "cm3", "_mm": "mm", "_percent": "%"}.items():
            if term.endswith(ending) and not term.startswith("ccc_"):
                assert term.unit.name == unit
        if term.endswith("_ratio"):
            assert term.unit == RATIO


def test_covariates_are_named_after_their_columns():
    assert vocabulary.term("surrogate_fixed", "hr_age").label == "Hazard ratio, age"
    assert vocabulary.term("surrogate_fixed", "hr_arm:drug").label == "Hazard ratio, arm drug"
    assert vocabulary.term("surrogate_fixed", "hr_progression") is HR_PROGRESSION


def test_restricted_means_are_differences_in_equivalence():
    assert vocabulary.term("equivalence_flip", "rmst_days").label.startswith("Difference")
    assert vocabulary.term("time_to_event", "rmst_days").label == "Restricted mean"


def test_a_word_is_its_name_and_survives_a_process():
    again = pickle.loads(pickle.dumps(HR_PROGRESSION))
    assert again == HR_PROGRESSION == "hr_progression"
    assert isinstance(again, Term)
    assert again.label == HR_PROGRESSION.label
    assert {TREATMENT_EFFECT: 1}["treatment_effect"] == 1


def literals(folder):
    """Texts in the code of a package; the plan's are names of the configuration's keys."""
    found = set()
    for path in (ROOT / "src" / "gadless" / folder).rglob("*.py"):
        if path.parent.name == "plan":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_the_report_spells_no_term_or_analysis_by_itself():
    # Names of tables and sections, a stage of the flow, a value of the configuration.
    others = {"agreement", "survival", "best_response", "incidence", "patients", "visits"}
    others |= {"image", "equivalence", "common", "volume"}
    known = {str(word) for pair in EVERY for word in pair} | {
        str(word) for word in (*vocabulary.OUTCOMES, *vocabulary.ANALYSIS_SETS)
    }
    assert literals("report") & known - others == set()
