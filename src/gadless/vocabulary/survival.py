"""The analyses of `survival.tsv`: times, survival on progression, the treatment's effect."""

from gadless.vocabulary.records import (
    CHI_SQUARE,
    COEFFICIENT,
    DAYS,
    INDEX,
    PROBABILITY,
    RATIO,
    SHARE,
    Analysis,
    Term,
)

LATER = "later on the candidate"

MEDIAN_DAYS = Term(
    "median_days",
    "Median",
    "Kaplan-Meier median; `NA` when not reached. Of `DOR`, `n` are those who responded",
    DAYS,
)
RMST_DAYS = Term(
    "rmst_days",
    "Restricted mean",
    "mean restricted to `rmst_days` (`method` names the horizon); `NA` where nobody is followed so"
    " far",
    DAYS,
)
INCIDENCE = Term(
    "incidence",
    "Cumulative incidence of progression",
    "Aalen-Johansen cumulative incidence of progression at that horizon, death competing (`TTP`"
    " only); `events` are those until then, of which censoring makes another share",
    PROBABILITY,
)
TIME_TO_EVENT = Analysis(
    "time_to_event",
    "Time to event",
    "Each contrast, level `patient`; `stratum` `all` or `arm:NAME`. `OS` does not depend on the"
    " contrast: its rows have `criteria`, `analysis_set` and `contrast` `NA`.",
    (MEDIAN_DAYS, RMST_DAYS, INCIDENCE),
)

RMST_DIFFERENCE = Term(
    "rmst_difference_days",
    "Difference of restricted means (primary)",
    "the primary comparison, candidate minus reference",
    DAYS,
    LATER,
)
MEDIAN_DIFFERENCE = Term(
    "median_difference_days",
    "Difference of medians",
    "difference of the medians",
    DAYS,
    LATER,
)
SIGN_TEST = Term(
    "sign_test",
    "Earlier on the candidate, of the informative (sign test)",
    "patient-stratified log-rank = sign test: of the informative patients (`n`), the share with the"
    " earlier event on the candidate (`events`); exact `p`; secondary",
    SHARE,
)
CCC_DAYS = Term(
    "ccc_days",
    "Concordance of dates, event on both",
    "CCC of the dates, patients with the event on both (`n`)",
    COEFFICIENT,
)
PROGRESS_ON_BOTH = Term("progress_on_both", "Event on both", "how many these are, of all", SHARE)
MEAN_DIFFERENCE_BOTH = Term(
    "mean_difference_both_days",
    "Mean difference among these",
    "mean difference among these",
    DAYS,
    LATER,
)
PAIRED_TIME = Analysis(
    "paired_time",
    "Times of the same patients",
    "TTP and PFS of the same patients, paired rows.",
    (
        RMST_DIFFERENCE,
        MEDIAN_DIFFERENCE,
        SIGN_TEST,
        CCC_DAYS,
        PROGRESS_ON_BOTH,
        MEAN_DIFFERENCE_BOTH,
    ),
)

HR_PROGRESSION = Term(
    "hr_progression",
    "Hazard ratio of death: progressed against not",
    "hazard ratio of death: progressed against not (fixed: progressed by the reference's median TTP"
    " against not, as if known from the start)",
    RATIO,
    "death is more frequent after progression",
)
HR_COVARIATE = Term(
    "hr_NAME",
    "Hazard ratio, NAME",
    "of each covariate; treatment is `hr_arm:NAME` (against the control arm), a category"
    " `hr_COLUMN:LEVEL`",
    RATIO,
    "death is more frequent",
)
HR_PROGRESSION_RATIO = Term(
    "hr_progression_ratio",
    "Ratio of the hazard ratios of death on progression",
    "paired: candidate over reference",
    RATIO,
    "progression foretells death more strongly on the candidate",
)
C_INDEX = Term(
    "c_index",
    "C-index (apparent)",
    "concordance of the model, apparent (time-dependent: counting process, as R's `concordance`;"
    " landmark and fixed: Harrell)",
    INDEX,
)
C_INDEX_COVARIATES = Term(
    "c_index_covariates",
    "C-index without progression",
    "of the model without progression (not in the set cut at the first progression, where each"
    " contrast knows another part of survival; nor the next)",
    INDEX,
)
C_INDEX_GAIN = Term(
    "c_index_gain",
    "Gain by progression",
    "the one minus the other",
    INDEX,
    "progression adds to what the covariates foretell",
)
C_INDEX_UNO = Term("c_index_uno", "Uno's C", "Uno's, landmarks only", INDEX)
C_INDEX_UNO_COVARIATES = Term(
    "c_index_uno_covariates", "Uno's C without progression", "Uno's, without progression", INDEX
)
C_INDEX_DIFFERENCE = Term(
    "c_index_difference",
    "Difference of C-indices",
    "paired: candidate minus reference",
    INDEX,
    "the candidate foretells death better",
)
C_INDEX_UNO_DIFFERENCE = Term(
    "c_index_uno_difference",
    "Difference of Uno's C",
    "paired: candidate minus reference",
    INDEX,
    "the candidate foretells death better",
)
PH_TEST = Term(
    "ph_test",
    "Proportional hazards, chi-square",
    "proportional hazards of progression, or of the treatment: `estimate` is chi-square, `p`",
    CHI_SQUARE,
)
PH_TEST_GLOBAL = Term(
    "ph_test_global",
    "… of all coefficients together",
    "proportional hazards of all coefficients together",
    CHI_SQUARE,
)
_SURROGATE = (
    HR_PROGRESSION,
    HR_PROGRESSION_RATIO,
    HR_COVARIATE,
    C_INDEX,
    C_INDEX_COVARIATES,
    C_INDEX_GAIN,
    C_INDEX_UNO,
    C_INDEX_UNO_COVARIATES,
    C_INDEX_DIFFERENCE,
    C_INDEX_UNO_DIFFERENCE,
    PH_TEST,
    PH_TEST_GLOBAL,
)
SURROGATE_TIME_DEPENDENT = Analysis(
    "surrogate_time_dependent",
    "Primary",
    "Overall survival on progression as a state that begins after its day. `endpoint` is `TTP`: the"
    " progression that enters. One contrast a row, then paired rows for the differences.",
    _SURROGATE,
)
SURROGATE_LANDMARK = Analysis(
    "surrogate_landmark",
    "Landmark",
    "The same from a landmark on (`stratum` `landmark:DAY`), by who had progressed by then.",
    _SURROGATE,
)
SURROGATE_FIXED = Analysis(
    "surrogate_fixed",
    "Fixed covariate (biased)",
    "The paper-style model, which says in `warning` that it is biased.",
    _SURROGATE,
)

TREATMENT_HR = Term(
    "treatment_hr",
    "Hazard ratio of treatment",
    "hazard ratio of the arm in `stratum` (`arm:NAME`) against the control arm, one contrast a row,"
    " in the strata of randomisation (`method` names them), with Wald interval and Wald `p`",
    RATIO,
    "the event is more frequent in the arm",
)
LOGRANK = Term(
    "logrank",
    "Log-rank test, chi-square",
    "log-rank test of the arm in `stratum` against the control arm, in the strata of randomisation:"
    " `estimate` is chi-square, `p` two-sided; with three arms or more also of all of them"
    " (`stratum` `all`). This test decides the `conclusion`",
    CHI_SQUARE,
)
CONCLUSION = Term(
    "conclusion",
    "Conclusion",
    "one contrast: `outcome` is `significant` or `not significant` by the config's alternative and"
    " alpha; `estimate` the hazard ratio, `p` that of the log-rank test in that direction",
    RATIO,
    "the event is more frequent in the arm",
)
TREATMENT_HR_RATIO = Term(
    "treatment_hr_ratio",
    "Ratio of the treatment's hazard ratios",
    "paired: candidate over reference",
    RATIO,
    "the treatment looks worse on the candidate",
)
CONCLUSION_AGREEMENT = Term(
    "conclusion_agreement",
    "Same conclusion, share of resamples",
    "paired: the share of resamples in which both contrasts conclude the same (a stability"
    " proportion, not a probability); `outcome` is `same` or `different` on the trial itself",
    SHARE,
)
TREATMENT_EFFECT = Analysis(
    "treatment_effect",
    "Primary",
    "The treatment's effect, endpoints `TTP` (cause-specific), `PFS`, `OS`.",
    (TREATMENT_HR, LOGRANK, PH_TEST, CONCLUSION, TREATMENT_HR_RATIO, CONCLUSION_AGREEMENT),
)

_UNDER_OTHERS = (TREATMENT_HR, HR_PROGRESSION, TREATMENT_HR_RATIO, HR_PROGRESSION_RATIO)
COVARIATE_ADJUSTED = Analysis(
    "covariate_adjusted",
    "Adjusted for the configured covariates",
    "The treatment's hazard ratio beside the configured covariates (treatment only; rows where"
    " there"
    " are covariates). Hazard ratios of one contrast have a Wald interval, paired ratios a"
    " bootstrap"
    " interval (a sandwich: Wald too).",
    _UNDER_OTHERS,
)
UNSTRATIFIED = Analysis(
    "unstratified",
    "Without the strata of randomisation",
    "Without the strata of randomisation; rows where there are such.",
    _UNDER_OTHERS,
)
SITE_STRATA = Analysis(
    "site_strata",
    "Each site a baseline hazard of its own",
    "Each site has a baseline hazard of its own, within the strata of randomisation; rows where"
    " there are two sites or more and sites are not strata already.",
    _UNDER_OTHERS,
)
INTERVAL_CENSORED = Analysis(
    "interval_censored",
    "Progression between two visits, not on the second (Weibull)",
    "Progression lies between the last visit free of it and the visit that shows it (Weibull;"
    " treatment only, without strata).",
    _UNDER_OTHERS,
)
LAST_ASSESSMENT = Analysis(
    "last_assessment",
    "Survival only while it is known who has progressed",
    "Survival ends where it is no longer known who has progressed (progression only): a patient"
    " without progression is censored on the day on which TTP is.",
    _UNDER_OTHERS,
)
ROBUST_PATIENT = Analysis(
    "robust_patient",
    "Sandwich variance by patient",
    "Nothing changes but the variance: sandwich, the rows of a patient may depend on each other.",
    _UNDER_OTHERS,
)
ROBUST_SITE = Analysis(
    "robust_site",
    "Sandwich variance by site",
    "The same, patients of a site may depend on each other; no interval with fewer than 20 sites.",
    _UNDER_OTHERS,
)
OTHER_ASSUMPTIONS = (
    COVARIATE_ADJUSTED,
    UNSTRATIFIED,
    SITE_STRATA,
    INTERVAL_CENSORED,
    LAST_ASSESSMENT,
    ROBUST_PATIENT,
    ROBUST_SITE,
)
