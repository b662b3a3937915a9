"""The co-primary comparisons, their margins, and the verdict."""

from gadless.vocabulary.records import (
    COUNT,
    DAYS,
    NUMBER,
    PERCENT,
    RATIO,
    SHARE,
    SHARE_DIFFERENCE,
    VARIATION,
    Analysis,
    Term,
)

VOLUME_BIAS = Term(
    "volume_bias_percent",
    "Median bias of the primary measure",
    "median bias of the primary criteria's measure (volume, products or diameters of enhancing"
    " tumour), relative to the reference",
    PERCENT,
    "larger on the candidate",
)
HAZARD_RATIO = Term(
    "hazard_ratio",
    "Ratio of the treatment's hazard ratios",
    "ratio of the treatment's hazard ratios on PFS, candidate over reference; one an arm",
    RATIO,
    "the treatment looks worse on the candidate",
)
RMST = Term(
    "rmst_days",
    "Difference of restricted mean time",
    "paired difference of restricted means of the primary endpoint, candidate minus reference",
    DAYS,
    "later on the candidate",
)
DISCORDANCE = Term(
    "discordance",
    "Share of patients whose progression differs",
    "share of patients whose progression differs (one-sided)",
    SHARE,
)
EVALUABLE = Term(
    "evaluability",
    "Share of the reference's visits that the candidate could evaluate",
    "share of the reference's evaluable visits that the candidate could evaluate (`n` visits,"
    " `events` evaluated); a row that is absent counts as one that failed",
    SHARE,
)
EXCESS_DISCORDANCE = Term(
    "excess_discordance",
    "Excess of discordant progression over that of two readings of the reference",
    "share of patients told apart by candidate and reference, less that by two readings of the"
    " reference, the same patients (one-sided; in the place of `discordance` where there is a"
    " `repeat`)",
    SHARE_DIFFERENCE,
    "the candidate differs more than a second reading does",
)
COPRIMARY = (VOLUME_BIAS, HAZARD_RATIO, RMST, DISCORDANCE, EXCESS_DISCORDANCE, EVALUABLE)

EQUIVALENCE = Analysis(
    "equivalence",
    "Equivalence",
    "Paired rows, primary criteria, a row a term: `estimate`, the interval at the level of two"
    " one-sided tests, `p` the larger of the two; `outcome`: `inside`, `outside`,"
    " `undecided`, `not applicable`. Of the pair (`common`), which decides, and on own visits"
    " (`all`), which can contradict.",
    COPRIMARY,
)
EQUIVALENCE_MARGIN = Analysis(
    "equivalence_margin",
    "Margins",
    "The margins: `lower` and `upper` are the limits (`lower` of `discordance` is 0; `NA` where one"
    " side has none, as `upper` of `evaluability`); `estimate` is the configuration's value.",
    COPRIMARY,
)
EQUIVALENCE_FLIP = Analysis(
    "equivalence_flip",
    "Where a comparison would flip",
    "On the configuration's scale: `estimate` is the margin from which the term would be inside,"
    " `lower` the one below which it is wholly outside (`NA`: none); of `evaluability`, at or below"
    " `estimate` it is inside and above `lower` outside.",
    COPRIMARY,
)
VERDICT = Analysis(
    "verdict",
    "Verdict",
    "One row a candidate: `outcome` is `equivalent`, `not equivalent` or `undecided`; `n` is how"
    " many terms there are; `warning` says why.",
    (Term("verdict", "Terms inside their margin", "how many of the terms are inside", COUNT),),
)

INFORMATIVE_FAILING = Term(
    "informative_failing",
    "Whether failing is informative",
    "`p` of a test that failing does not go with progression on the reference (of patients, and of"
    " a patient's visits: `by:progression_visit`), with the arm or with the site",
    NUMBER,
)
INFORMATIVE = "failing is informative by"
"""How a reason of the verdict begins that says what failing goes with."""

EVALUABILITY = Analysis(
    "evaluability",
    "Evaluability",
    "Shares of the reference's visits, level `visit`, overall, by `arm:NAME`, where the reference"
    " shows `progression` and where `no_progression`, by `site:NAME`; and tests (`by:...`).",
    (EVALUABLE, INFORMATIVE_FAILING),
)
WORST_CASE = Analysis(
    "worst_case",
    "Worst case",
    "As in `equivalence`, every visit that the candidate could not evaluate taken as discordant.",
    (DISCORDANCE, EXCESS_DISCORDANCE),
)
CANDIDATE_DISCORDANCE = Term(
    "candidate_discordance",
    "Progression differs between candidate and reference",
    "share told apart by candidate and reference, of those read twice",
    SHARE,
)
REPEAT_DISCORDANCE = Term(
    "repeat_discordance",
    "Progression differs between two readings of the reference",
    "share told apart by two readings of the reference, of the same patients",
    SHARE,
)
EXPECTED_REPEAT = Term(
    "expected_repeat_discordance",
    "Progression would differ between two readings as far apart as the contrasts",
    "simulated: the reference's courses read twice, the readings as far apart as candidate and"
    " reference are (`events` of `n` courses)",
    SHARE,
)
REPEATABILITY = Term(
    "repeatability_cv",
    "Coefficient of variation of a reading",
    "how far one reading of the reference is from another of the same scan: standard deviation over"
    " the size; what `response.repeatability` takes",
    VARIATION,
)
INTERCHANGEABILITY = Analysis(
    "interchangeability",
    "Interchangeability",
    "What two readings of the reference differ by: of the patients whom candidate, reference and a"
    " second reading (`repeat`) can tell apart; without a second reading, simulated.",
    (CANDIDATE_DISCORDANCE, REPEAT_DISCORDANCE, EXPECTED_REPEAT, REPEATABILITY),
)
TIPPING_VISITS = Term(
    "visits",
    "Not evaluable visits that must be discordant for the verdict to fall",
    "the least number of not evaluable visits, each in another patient, that must be discordant for"
    " the verdict to fall (`NA`: none does); `n` visits that failed, `events` patients whom they"
    " could make discordant",
    COUNT,
)
TIPPING_POINT = Analysis(
    "tipping_point", "Tipping point", "What it would take to end the verdict.", (TIPPING_VISITS,)
)
