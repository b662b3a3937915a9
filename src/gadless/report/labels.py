"""What the terms of the result tables are called on the page."""

TERMS = {
    # volumes
    "median_bias_cm3": "Median bias, candidate − reference",
    "median_bias_percent": "Median bias, relative (reference at least the minimum volume)",
    "median_absolute_error_cm3": "Median absolute error",
    "ccc": "Lin's concordance correlation",
    "ccc_pearson": "… precision (Pearson)",
    "ccc_bias_factor": "… accuracy (bias factor)",
    "ccc_scale_shift": "… scale shift",
    "ccc_location_shift": "… location shift",
    "bland_altman_bias_mm": "Bland-Altman mean difference (diameter)",
    "bland_altman_lower_mm": "… lower 95% limit of agreement",
    "bland_altman_upper_mm": "… upper 95% limit of agreement",
    "bland_altman_slope": "… slope on the mean",
    "ratio_bias": "Geometric mean ratio, candidate / reference",
    "ratio_lower": "… lower 95% limit",
    "ratio_upper": "… upper 95% limit",
    "mixed_bias_mm": "Mixed model: bias (diameter)",
    "mixed_sd_patient_mm": "… spread between patients (sd)",
    "mixed_sd_visit_mm": "… spread within patients (sd)",
    "detection_sensitivity": "Detection of any enhancement: sensitivity",
    "detection_specificity": "… specificity",
    "false_positive_cm3": "Median volume where the reference has none",
    "site_sd_bias_cm3": "Spread between sites of the median bias (sd)",
    "site_sd_discordance": "Spread between sites of the discordant share (sd)",
    "median_volume_cm3": "Median enhancing volume",
    # response
    "agreement": "Same category",
    "kappa_weighted": "Weighted kappa (linear)",
    "kappa": "Kappa",
    "ac1": "Gwet's AC1",
    "stuart_maxwell": "Stuart-Maxwell chi-square",
    "excluded_ne": "Pairs left out: not evaluable on either",
    "not_assessed": "Left out: not assessed after baseline, of all patients",
    "both_same_visit": "Progressed on both, at the same visit",
    "both_other_visit": "Progressed on both, at different visits",
    "only_reference": "Only on the reference",
    "only_candidate": "Only on the candidate",
    "neither": "On neither",
    "discordant": "Discordant: one only, or another visit",
    "discordant_status": "Discordant in status: one only",
    "mcnemar": "Of the discordant in status, only on the candidate (exact McNemar)",
    "volume_discordant": "Visits whose volumes differ by more than the margin",
    "response_discordant": "Of the same visits, categories differ",
    "absorbed": "Of the visits with discordant volumes, classified alike",
    "ccc_change": "Concordance of the change from baseline",
    # time
    "median_days": "Median",
    "rmst_days": "Restricted mean",
    "incidence": "Cumulative incidence of progression",
    "rmst_difference_days": "Difference of restricted means (primary)",
    "median_difference_days": "Difference of medians",
    "sign_test": "Earlier on the candidate, of the informative (sign test)",
    "ccc_days": "Concordance of dates, event on both",
    "progress_on_both": "Event on both",
    "mean_difference_both_days": "Mean difference among these",
    # survival
    "hr_progression": "Hazard ratio of death: progressed against not",
    "c_index": "C-index (apparent)",
    "c_index_covariates": "C-index without progression",
    "c_index_gain": "Gain by progression",
    "c_index_uno": "Uno's C",
    "c_index_uno_covariates": "Uno's C without progression",
    "ph_test": "Proportional hazards, chi-square",
    "ph_test_global": "… of all coefficients together",
    "hr_progression_ratio": "Ratio of the hazard ratios of death on progression",
    "c_index_difference": "Difference of C-indices",
    "c_index_uno_difference": "Difference of Uno's C",
    "treatment_hr": "Hazard ratio of treatment",
    "treatment_hr_ratio": "Ratio of the treatment's hazard ratios",
    "conclusion": "Conclusion",
    "conclusion_agreement": "Same conclusion, share of resamples",
    # equivalence
    "volume_bias_percent": "Median bias of the enhancing volume",
    "hazard_ratio": "Ratio of the treatment's hazard ratios",
    "discordance": "Patients whose progression differs",
    # traps
    "common_share": "Visits evaluable on every contrast, of those evaluable on any",
    "progressed_reference": "Patients who progress on the reference",
    "visit_after_reference_progression": "Of these, with an evaluable candidate visit later",
    "unseen_candidate_progression": "Of these, a later candidate progression could not be seen",
    "trigger_enhancing": "Enhancing tumour",
    "trigger_nonenhancing": "Non-enhancing tumour",
    "trigger_new_lesion": "New lesion",
    "trigger_clinical": "Clinical decline",
    "trigger_death": "Death",
    "trigger_new_therapy": "New therapy",
    "same_day_shared": "Death or clinical decline on the same day on both",
}

ANALYSES = {
    "treatment_effect": "Primary",
    "surrogate_time_dependent": "Primary",
    "site_strata": "Each site a baseline hazard of its own",
    "interval_censored": "Progression between two visits, not on the second (Weibull)",
    "last_assessment": "Survival only while it is known who has progressed",
    "robust_patient": "Sandwich variance by patient",
    "robust_site": "Sandwich variance by site",
}

_LEADS = {
    # Within the equivalence table, `rmst_days` is the paired difference.
    "equivalence": {"rmst_days": "Difference of restricted mean time"},
    "unequal_visits": {
        "only_reference": "Visits evaluable on the reference only",
        "only_candidate": "Visits evaluable on the candidate only",
    },
}


def term(name: str, analysis: str = "") -> str:
    """Name of a term on the page; one that the page does not know keeps its own name."""
    special = _LEADS.get(analysis.removesuffix("_margin").removesuffix("_flip"), {})
    if name in special:
        return special[name]
    if name in TERMS:
        return TERMS[name]
    if name.startswith("hr_arm:"):
        return f"Hazard ratio, arm {name.removeprefix('hr_arm:')}"
    if name.startswith("hr_"):
        return f"Hazard ratio, {name.removeprefix('hr_')}"
    return name
