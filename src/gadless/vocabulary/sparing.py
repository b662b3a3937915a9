"""Words of `sparing.tsv`: how exams are spared contrast."""

from gadless.vocabulary.records import Word

ANCHORED = Word(
    "anchored",
    "baseline with contrast",
    "the baseline always has contrast, and the candidate's volumes of a patient are brought to its"
    " scale there (by the ratio of both at the baseline, where both are measurable)",
)
PLAIN = Word(
    "plain",
    "no exam set apart",
    "no exam is set apart: volumes of both contrasts stand in one series as they were measured",
)
DESIGNS = (ANCHORED, PLAIN)

BY_DOUBT = Word(
    "doubt",
    "where the candidate is unsure",
    "contrast where the candidate's doubt exceeds `threshold`",
)
RANDOM = Word(
    "random",
    "as many exams at random",
    "contrast for as many exams of the trial at random (mean over several orders of them)",
)
CHOSEN = Word(
    "chosen",
    "the threshold chosen on other patients",
    "the largest threshold up to which the discordance stays within `target`, chosen for each fifth"
    " of the patients on the others; `threshold` is that of all patients",
)
CHOSEN_RANDOM = Word(
    "chosen_random",
    "as many exams at random",
    "as many exams at random as at the chosen thresholds",
)
ORDERS = (BY_DOUBT, RANDOM, CHOSEN, CHOSEN_RANDOM)
