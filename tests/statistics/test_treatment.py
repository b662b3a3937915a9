"""The treatment as the trial analyses it: strata, log-rank, Wald; against R survival."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from small_trials import configuration, simulate, times_of

from gadless.errors import InputError
from gadless.statistics.analyse import analyse
from gadless.statistics.comparisons import times
from gadless.statistics.figures import Figure
from gadless.statistics.rows import Rows
from gadless.statistics.strata import Strata
from gadless.statistics.study import Study
from gadless.statistics.tables import Cohort
from gadless.statistics.time_to_event import TimeToEvent

SIZE = 90
STRATA = ["site", "mgmt"]
HR = [1.05775622712, 0.545993538449, 2.04919684433, 0.867828151298]
RANK = [0.0805680074792, 0.77652913548]
"""R 4.2, survival 3.5-3: arm B against A of the trial below, in its strata."""


def sheet(**columns: object) -> pd.DataFrame:
    at = np.arange(SIZE)
    own = {
        "patient": [f"P{one:03d}" for one in at],
        "arm": np.array(["A", "B", "C"])[at % 3],
        "os_days": 100,
        "os_event": 0,
        "site": np.where(at % 4 == 0, "north", "south"),
        "mgmt": (at // 3) % 2,
    }
    return pd.DataFrame(own | columns)


def observed(seed: int = 3) -> TimeToEvent:
    """Days by arm and stratum, with heavy ties."""
    rng = np.random.default_rng(seed)
    at = np.arange(SIZE)
    mean = 5 + 3 * (at % 3 == 1) + 4 * (at % 4 == 0) + 4 * ((at // 3) % 2)
    days = 14 * np.ceil(rng.exponential(mean))
    return times_of(list(days), list((rng.random(SIZE) < 0.8).astype(int)))


def study_of(patients: pd.DataFrame, **statistics: object) -> Study:
    config = configuration(covariates=[], **statistics)
    cohort = Cohort.of(patients, control=config.statistics.control_arm)
    return Study(cohort, config, {}, {}, np.full(len(patients), ""))


def by_key(study: Study, seen: TimeToEvent) -> dict[tuple[str, str], Figure]:
    return {(one.term, one.stratum): one for one in times.treatment(study, "PFS", seen)}


def shown(figure: Figure, level: float = 0.95) -> tuple[float, float, float, float]:
    lower, upper = figure.interval(level)
    return figure.shown.value, lower, upper, figure.p


def test_r_agrees_on_the_stratified_treatment_analysis(r, tmp_path) -> None:
    patients, seen = sheet(), observed()
    found = by_key(study_of(patients, strata=STRATA), seen)
    patients.assign(t=seen.days, e=seen.event.astype(int)).to_csv(tmp_path / "d.csv", index=False)
    code = (
        f"d <- read.csv('{tmp_path / 'd.csv'}'); d$B <- d$arm == 'B'; d$C <- d$arm == 'C';"
        "f <- coxph(Surv(t, e) ~ B + C + strata(site, mgmt), d, eps = 1e-12);"
        "cat(exp(coef(f)), exp(confint(f)), summary(f)$coefficients[, 5],"
        " cox.zph(f, 'log', terms = FALSE)$table[1:2, c(1, 3)], '');"
        "for (k in list(c('A', 'B'), c('A', 'C'), c('A', 'B', 'C'))) {"
        " s <- survdiff(Surv(t, e) ~ arm + strata(site, mgmt), d, subset = arm %in% k);"
        " cat(s$chisq, pchisq(s$chisq, length(k) - 1, lower.tail = FALSE), '') }"
    )
    expected = np.array(r(code))
    ratios = np.array([shown(found["treatment_hr", f"arm:{arm}"]) for arm in "BC"])
    np.testing.assert_allclose(ratios.T.ravel(), expected[:8], rtol=1e-7)
    tests = [found["ph_test", f"arm:{arm}"] for arm in "BC"]
    zph = [[one.value.value for one in tests], [one.p for one in tests]]
    np.testing.assert_allclose(np.ravel(zph), expected[8:12], rtol=1e-6)
    ranks = [found["logrank", stratum] for stratum in ("arm:B", "arm:C", "all")]
    ours = [[one.value.value, one.p] for one in ranks]
    np.testing.assert_allclose(np.ravel(ours), expected[12:], rtol=1e-9)
    assert "stratified by site, mgmt (4 strata)" in ranks[0].method
    assert "2 df" in ranks[2].method


def test_equals_r() -> None:
    found = by_key(study_of(sheet(), strata=STRATA), observed())
    np.testing.assert_allclose(shown(found["treatment_hr", "arm:B"]), HR, rtol=1e-7)
    rank = found["logrank", "arm:B"]
    np.testing.assert_allclose([rank.value.value, rank.p], RANK, rtol=1e-8)


def test_the_names_of_the_strata_change_nothing() -> None:
    seen = observed()
    first = by_key(study_of(sheet(), strata=STRATA), seen)
    renamed = sheet(site=np.where(np.arange(SIZE) % 4 == 0, "zurich", "aachen"))
    second = by_key(study_of(renamed, strata=STRATA[::-1]), seen)
    for key, one in first.items():
        other = second[key]
        np.testing.assert_allclose(
            [one.value.value, one.p], [other.value.value, other.p], rtol=1e-8, err_msg=str(key)
        )


def test_the_log_rank_test_decides_on_the_sample_and_on_each_resample() -> None:
    study, seen = study_of(sheet(), strata=STRATA, bootstrap=50), observed()
    found = by_key(study, seen)
    ratio, rank = found["treatment_hr", "arm:B"], found["logrank", "arm:B"]
    assert ratio.tested("two-sided") == pytest.approx(rank.p)
    assert ratio.tested("two-sided") != pytest.approx(ratio.p)
    assert ratio.tested("less") == pytest.approx(
        rank.p / 2 if ratio.value.value < 0 else 1 - rank.p / 2
    )
    assert ratio.z.shape == (51,)
    # A resample is the trial of those patients, each as often as he was drawn.
    copies = np.repeat(np.arange(SIZE), study.weights[7].astype(int))
    again = sheet().iloc[copies].assign(patient=[f"Q{at:03d}" for at in range(SIZE)])
    drawn = times_of(list(seen.days[copies]), list(seen.event[copies].astype(int)))
    alone = by_key(study_of(again, strata=STRATA), drawn)
    assert ratio.z[7] == pytest.approx(alone["treatment_hr", "arm:B"].z[0])


def test_a_larger_hazard_is_found_in_its_direction() -> None:
    days = [10.0 * (at + 1) for at in range(12)] + [5.0 * (at + 1) for at in range(12)]
    patients = sheet().head(24).assign(arm=["A"] * 12 + ["B"] * 12)
    ratio = by_key(study_of(patients, control_arm="A"), times_of(days, [1] * 24))
    one = ratio["treatment_hr", "arm:B"]
    assert one.shown.value > 1
    assert one.tested("greater") < 0.5 < one.tested("less")
    assert one.concluded("greater", 0.2)[0] == 1
    assert one.concluded("less", 0.2)[0] == 0


def test_events_in_one_arm_only_have_a_test_but_no_hazard_ratio() -> None:
    patients = sheet().head(24).assign(arm=["A"] * 12 + ["B"] * 12)
    seen = times_of([10.0 * (at % 12 + 1) for at in range(24)], [1] * 12 + [0] * 12)
    found = by_key(study_of(patients), seen)
    assert np.isnan(found["treatment_hr", "arm:B"].value.value)
    assert found["treatment_hr", "arm:B"].tested("two-sided") < 0.01


def test_one_stratum_each_tells_nothing() -> None:
    patients = sheet(site=[f"S{at}" for at in range(SIZE)])
    found = by_key(study_of(patients, strata=["site"]), observed())
    rank = found["logrank", "arm:B"]
    assert np.isnan(rank.p)
    assert "never at risk together" in " ".join(rank.warning)
    assert f"{SIZE} patients have nobody of another arm in their stratum" in " ".join(rank.warning)


def test_an_unknown_stratum_is_one_of_its_own_and_named() -> None:
    patients = sheet()
    patients["mgmt"] = patients["mgmt"].astype("Int64")
    patients.loc[[4, 7], "mgmt"] = pd.NA
    found = Strata.of(Cohort.of(patients), STRATA)
    assert found.labels[4] == "site=north, mgmt=unknown"
    said, *_ = found.warning
    assert "2 patients lack a value" in said
    assert "(P004, P007)" in said
    kept = by_key(study_of(patients, strata=STRATA), observed())["treatment_hr", "arm:B"]
    assert kept.n == SIZE
    assert "P004" in " ".join(kept.warning)


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(InputError, match=r"statistics\.strata names centre.*mgmt"):
        Strata.of(Cohort.of(sheet()), ["centre"])


def test_without_strata_everyone_is_in_one() -> None:
    found = Strata.of(Cohort.of(sheet()), [])
    assert (found.labels == "").all()
    assert (found.method, found.warning) == ("", ())


@pytest.fixture(scope="module")
def tables_of_results():
    config = configuration(strata=["site"], covariates=["age"], bootstrap=40)
    return analyse(simulate(60, 3), config, kernel_only=True)


def test_a_wald_interval_stands_beside_a_wald_p(tables_of_results) -> None:
    rows = tables_of_results["survival"]
    ratios = rows[rows["term"].str.startswith(("treatment_hr", "hr_")) & rows["contrast"].notna()]
    known = ratios[ratios["lower"].notna()]
    # Too few sites for a sandwich, or no estimate.
    assert ratios.loc[ratios["lower"].isna(), "p"].isna().all()
    assert set(known["analysis"]) >= {"covariate_adjusted", "unstratified", "interval_censored"}
    assert known["method"].str.endswith("Wald").all()
    estimate, lower, upper = (np.log(known[name]) for name in ("estimate", "lower", "upper"))
    half = (upper - lower) / 2
    np.testing.assert_allclose((upper + lower) / 2, estimate, atol=1e-7)
    error = half / norm.ppf(0.975)
    np.testing.assert_allclose(2 * norm.sf(abs(estimate) / error), known["p"], rtol=1e-5)


def test_an_interval_by_the_bootstrap_stands_beside_no_p(tables_of_results) -> None:
    rows = tables_of_results["survival"]
    resampled = rows[rows["method"].str.contains("bootstrap")]
    assert len(resampled) > 10
    assert resampled["p"].isna().all()
    both = rows[rows["p"].notna() & rows["lower"].notna()]
    assert both["method"].str.contains("Wald|sign test").all()


def test_only_what_is_said_is_stratified(tables_of_results) -> None:
    rows = tables_of_results["survival"]
    cox = rows[rows["method"].fillna("").str.startswith("Cox")]
    apart = cox["method"].str.contains(r"stratified by site \(2 strata\)")
    assert (apart == (cox["analysis"] != "unstratified")).all()
    assert "site_strata" not in set(rows["analysis"])


def test_a_figure_without_a_test_says_so() -> None:
    rows = Rows(0.95)
    assert not rows.rows
    figure = next(times.summaries(study_of(sheet()), "PFS", observed()))
    with pytest.raises(ValueError, match="median_days is not tested"):
        figure.tested("less")
