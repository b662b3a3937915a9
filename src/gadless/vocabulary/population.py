"""Who is analysed, and the traps that make two contrasts look alike or unlike."""

from gadless.vocabulary.records import COUNT, DAYS, SHARE, Analysis, Term

PATIENTS = Term("patients", "Patients", "patients in the sheet", COUNT)
COMPLETE = Term(
    "patients_complete_covariates",
    "Patients with every covariate",
    "with every configured covariate, of `patients`",
    COUNT,
)
DEATHS = Term("deaths", "Deaths", "dead, of `patients`", COUNT)
PATIENTS_ARM = Term(
    "patients_arm", "Patients in the arm", "patients in the arm named in `stratum`", COUNT
)
MEDIAN_FOLLOW_UP = Term(
    "median_follow_up_days",
    "Median follow-up",
    "median time under observation of all patients and of each arm, by the reverse Kaplan-Meier"
    " method, in which deaths censor (Schemper and Smith 1996); `NA` where it is not reached",
    DAYS,
)
VISITS = Term(
    "visits",
    "Visits measured",
    "visits measured, any contrast; this and the next two for each criteria set, by the measure"
    " that"
    " it compares",
    COUNT,
)
VISITS_EVALUABLE = Term(
    "visits_evaluable", "Visits evaluable", "evaluable on `contrast`, of `visits`", COUNT
)
VISITS_COMMON = Term(
    "visits_common",
    "Visits evaluable on both of a pair",
    "evaluable on the reference and on `candidate`, of `visits`",
    COUNT,
)
PATIENTS_BASELINE = Term(
    "patients_baseline",
    "Patients with a baseline",
    "with a baseline on `contrast` under `criteria`, of `patients`",
    COUNT,
)
PATIENTS_ASSESSED = Term(
    "patients_assessed",
    "Patients assessed",
    "with a visit judged after the baseline, of `patients`",
    COUNT,
)
POPULATION = Analysis(
    "population",
    "Who is analysed",
    "Counts; `n` is the denominator.",
    (
        PATIENTS,
        COMPLETE,
        DEATHS,
        PATIENTS_ARM,
        MEDIAN_FOLLOW_UP,
        VISITS,
        VISITS_EVALUABLE,
        VISITS_COMMON,
        PATIENTS_BASELINE,
        PATIENTS_ASSESSED,
    ),
)

COMMON_SHARE = Term(
    "common_share",
    "Visits evaluable on both, of those evaluable on either",
    "visits evaluable on both of the pair, of those evaluable on either",
    SHARE,
)
VISITS_ONLY_REFERENCE = Term(
    "only_reference",
    "Visits evaluable on the reference only",
    "visits evaluable on the reference only, of the same",
    SHARE,
)
VISITS_ONLY_CANDIDATE = Term(
    "only_candidate",
    "Visits evaluable on the candidate only",
    "visits evaluable on the candidate only, of the same",
    SHARE,
)
UNEQUAL_VISITS = Analysis(
    "unequal_visits",
    "Unequal visits",
    "Trap 1: a contrast that is evaluable more often has more chances to show progression.",
    (COMMON_SHARE, VISITS_ONLY_REFERENCE, VISITS_ONLY_CANDIDATE),
)

PROGRESSED_REFERENCE = Term(
    "progressed_reference",
    "Patients who progress on the reference",
    "patients who progress on the reference (`n` patients)",
    SHARE,
)
VISIT_AFTER = Term(
    "visit_after_reference_progression",
    "Of these, with an evaluable candidate visit later",
    "of these, with a later visit on which progression on the candidate would have counted",
    SHARE,
)
UNSEEN = Term(
    "unseen_candidate_progression",
    "Of these, a later candidate progression could not be seen",
    "of these, without progression and without such a visit on the candidate: a later progression"
    " could not be seen",
    SHARE,
)
FOLLOW_UP = Analysis(
    "follow_up",
    "Follow-up after progression on the reference",
    "Trap 2: scanning stops because of the reference.",
    (PROGRESSED_REFERENCE, VISIT_AFTER, UNSEEN),
)

TRIGGERS = {
    "enhancing": "Enhancing tumour",
    "nonenhancing": "Non-enhancing tumour",
    "new_lesion": "New lesion",
    "clinical": "Clinical decline",
    "death": "Death",
    "new_therapy": "New therapy",
}
"""What makes an event, and its name on the page."""

IMAGELESS = ("clinical", "death", "new_therapy")
"""Triggers that no image has a part in: the same on every contrast by nature."""

SAME_DAY_SHARED = Term(
    "same_day_shared",
    "Death or clinical decline on the same day on both",
    "paired: deaths and clinical declines on the same day on both contrasts, which no image has a"
    " part in, of all reference events",
    SHARE,
)
SHARED_EVENTS = Analysis(
    "shared_events",
    "Shared events",
    "Trap 3: events that no image has a part in are the same on both contrasts.",
    (
        *(
            Term(
                f"trigger_{trigger}",
                label,
                f"share of the events on `contrast` that {label.lower()} triggered",
                SHARE,
            )
            for trigger, label in TRIGGERS.items()
        ),
        SAME_DAY_SHARED,
    ),
)
