"""Agreement of categories and of progression."""

from gadless.vocabulary.records import (
    CHI_SQUARE,
    COEFFICIENT,
    SHARE,
    SHARE_DIFFERENCE,
    Analysis,
    Term,
)

AGREEMENT = Term(
    "agreement", "Same category", "share of pairs in the same category (`events` of `n`)", SHARE
)
KAPPA_WEIGHTED = Term(
    "kappa_weighted",
    "Weighted kappa (linear)",
    "Cohen's kappa, linear weights over CR < PR < MR < SD < PD, without MR where the criteria"
    " cannot"
    " give it",
    COEFFICIENT,
)
KAPPA = Term("kappa", "Kappa", "Cohen's kappa, unweighted", COEFFICIENT)
AC1 = Term("ac1", "Gwet's AC1", "Gwet's AC1", COEFFICIENT)
STUART_MAXWELL = Term(
    "stuart_maxwell",
    "Stuart-Maxwell chi-square",
    "marginal homogeneity: `estimate` is chi-square, `p`; patient level only",
    CHI_SQUARE,
)
EXCLUDED_NE = Term(
    "excluded_ne",
    "Pairs left out: not evaluable on either",
    "pairs left out because either is NE (`events` of `n`)",
    SHARE,
)
EXCLUDED_IMAGELESS = Term(
    "excluded_imageless",
    "Pairs left out: judged without an image",
    "visits left out because a decline judged them, without an image to compare (`events` of `n`)",
    SHARE,
)
_CATEGORIES = (AGREEMENT, KAPPA_WEIGHTED, KAPPA, AC1, STUART_MAXWELL, EXCLUDED_NE)

BEST_RESPONSE = Analysis(
    "best_response",
    "Best response",
    "Agreement of the best response, level `patient`. Paired rows, one a criteria set and analysis"
    " set.",
    _CATEGORIES,
)
VISIT_RESPONSE = Analysis(
    "visit_response",
    "Response of each visit",
    "Agreement of the categories of visits after baseline up to the first progression that counts"
    " on"
    " either contrast, level `visit`.",
    (*_CATEGORIES, EXCLUDED_IMAGELESS),
)

RATE = Term(
    "rate",
    "Rate",
    "share of all patients on `contrast` (`events` of `n`), exact interval; who has no evaluable"
    " best response has not responded",
    SHARE,
)
TREATMENT_DIFFERENCE = Term(
    "treatment_difference",
    "Difference to the control arm",
    "on `contrast`: rate of the arm in `stratum` less that of the control arm; Miettinen-Nurminen"
    " interval, `p` of its test",
    SHARE_DIFFERENCE,
    "more respond in the arm",
)
RATE_DIFFERENCE = Term(
    "rate_difference",
    "Difference to the reference",
    "paired: candidate less reference, same patients; Tango's interval, `p` of the exact McNemar"
    " test; `events` is how many differ",
    SHARE_DIFFERENCE,
    "more respond on the candidate",
)
TREATMENT_DIFFERENCE_CHANGE = Term(
    "treatment_difference_change",
    "Change of the difference to the control arm",
    "paired: candidate's `treatment_difference` less the reference's",
    SHARE_DIFFERENCE,
    "the arm gains more on the candidate",
)
_RATES = (RATE, TREATMENT_DIFFERENCE, RATE_DIFFERENCE, TREATMENT_DIFFERENCE_CHANGE)
OBJECTIVE_RESPONSE = Analysis(
    "objective_response",
    "Objective response",
    "Best response CR or PR, level `patient`, sets `all` and `common`; `stratum` `all` or"
    " `arm:NAME`.",
    _RATES,
)
CLINICAL_BENEFIT = Analysis(
    "clinical_benefit",
    "Clinical benefit",
    "Also MR and SD as best response.",
    _RATES,
)

NOT_ASSESSED = Term(
    "not_assessed",
    "Left out: not assessed after baseline, of all patients",
    "of all patients, those without an assessment after baseline at which progression would have"
    " counted, on either contrast, or without a time on one: left out below",
    SHARE,
)
BOTH_SAME_VISIT = Term(
    "both_same_visit",
    "Progressed on both, at the same visit",
    "progression on both on the same day, and an image showed it on either",
    SHARE,
)
BOTH_IMAGELESS = Term(
    "both_imageless",
    "Progressed on both, on the same day, by what no image shows",
    "progression on both on the same day by a clinical decline (or what else no image has a part"
    " in): no agreement of images",
    SHARE,
)
BOTH_OTHER_VISIT = Term(
    "both_other_visit",
    "Progressed on both, at different visits",
    "progression on both, on different days",
    SHARE,
)
ONLY_REFERENCE = Term(
    "only_reference", "Only on the reference", "progression on the reference only", SHARE
)
ONLY_CANDIDATE = Term(
    "only_candidate", "Only on the candidate", "progression on the candidate only", SHARE
)
NEITHER = Term("neither", "On neither", "these six add up to 1", SHARE)
DISCORDANT = Term(
    "discordant",
    "Discordant: one only, or another visit",
    "`only_reference` + `only_candidate` + `both_other_visit`: what the margin is about",
    SHARE,
)
DISCORDANT_STATUS = Term(
    "discordant_status",
    "Discordant in status: one only",
    "`only_reference` + `only_candidate`",
    SHARE,
)
SITE_SD_DISCORDANCE = Term(
    "site_sd_discordance",
    "Spread between sites of the discordant share (sd)",
    "spread (sd) between sites of `discordant`, level `site`; `discordant` also has rows by"
    " `site:NAME`",
    SHARE,
)
MCNEMAR = Term(
    "mcnemar",
    "Of the discordant in status, only on the candidate (exact McNemar)",
    "exact test of only-reference against only-candidate; `estimate` is the share of discordant"
    " patients that are only-candidate",
    SHARE,
)

PROGRESSION_STATUS = Analysis(
    "progression_status",
    "Ever progressed",
    "Shares of the patients who were assessed on either contrast, level `patient`. Also under"
    " `stratum` `trigger:enhancing`: only patients whose events, on either contrast, enhancement"
    " triggered: its growth or a new lesion. `kappa` and `ac1` are of progressed yes or no.",
    (
        NOT_ASSESSED,
        BOTH_SAME_VISIT,
        BOTH_IMAGELESS,
        BOTH_OTHER_VISIT,
        ONLY_REFERENCE,
        ONLY_CANDIDATE,
        NEITHER,
        DISCORDANT,
        DISCORDANT_STATUS,
        KAPPA,
        AC1,
        SITE_SD_DISCORDANCE,
        MCNEMAR,
    ),
)

THRESHOLDING = Analysis(
    "thresholding",
    "Before and after thresholding",
    "How much disagreement in volume the criteria absorb, level `visit`.",
    (
        Term(
            "volume_discordant",
            "Visits whose volumes differ by more than the margin",
            "share of visits whose volumes differ by more than the margin on volume bias",
            SHARE,
        ),
        Term(
            "response_discordant",
            "Of the same visits, categories differ",
            "share of the same visits whose categories differ",
            SHARE,
        ),
        Term(
            "absorbed",
            "Of the visits with discordant volumes, classified alike",
            "of the visits with discordant volumes, the share classified alike",
            SHARE,
        ),
        Term(
            "ccc_change",
            "Concordance of the change from baseline",
            "CCC of the change from baseline (percent), the number that is thresholded",
            COEFFICIENT,
        ),
    ),
)
