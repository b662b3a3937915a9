"""What the methods say of the treatment's analysis."""

from gadless.report.methods import methods
from gadless.report.results import Results


def said(config):
    return dict(methods(Results(config, {})))["Treatment"]


def test_strata_and_covariates_are_named(trial):
    statistics = {"strata": ["site", "mgmt"], "covariates": ["age"], "control_arm": "control"}
    text = said(trial.make_config(statistics=statistics))
    assert "compared with control within the strata of randomisation (site and mgmt)" in text
    assert "repeated adjusted for age and without the strata" in text


def test_without_either_nothing_is_said_of_them(trial):
    text = said(trial.make_config(statistics={"strata": [], "covariates": []}))
    assert "strata" not in text
    assert "repeated" not in text
    assert "A log-rank test (two-sided, level 0.05) decides" in text


def test_a_one_sided_test_is_said_to_be(trial):
    statistics = {"treatment_direction": "less", "control_arm": "control", "alpha": 0.025}
    text = said(trial.make_config(statistics=statistics))
    assert "one-sided (hazard ratio below 1), level 0.025" in text
