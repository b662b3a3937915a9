"""The verdict: its terms, hypotheses and margins, the decision rule, multiplicity and size."""

from collections.abc import Iterator
from dataclasses import dataclass

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.plan.document import Block, Bullets, Figure, Section
from gadless.report.plan.given import Given
from gadless.trial.config import Config


@dataclass(frozen=True)
class Term:
    """One co-primary term as a reader of the plan sees it."""

    title: str
    measure: str
    null: str
    margin: str
    limits: str


def terms(config: Config) -> dict[str, Term]:
    """Return every co-primary term by its key in `statistics.margins`."""
    margins, primary = config.statistics.margins, config.endpoint.primary
    ratio, low = margins.hazard_ratio, 1 / margins.hazard_ratio
    alpha = config.statistics.equivalence_alpha
    two_sided = f"{100 * (1 - 2 * alpha):g}% interval, by patient"
    exact = f"exact one-sided {100 * (1 - alpha):g}% limit (Clopper-Pearson)"
    return {
        "volume_bias_percent": Term(
            "Bias of the enhancing volume",
            "median over visits of candidate over reference, minus 1",
            f"at least {margins.volume_bias_percent:g}% either way",
            f"within ±{margins.volume_bias_percent:g}%",
            two_sided,
        ),
        "hazard_ratio": Term(
            "Treatment effect on PFS",
            "hazard ratio of treatment on the candidate over that on the reference, one an arm"
            " beyond the control",
            f"at most {low:.2f} or at least {ratio:g}",
            f"{low:.2f} to {ratio:g}",
            two_sided,
        ),
        "rmst_days": Term(
            f"Restricted mean {primary}",
            f"difference of mean {primary} to day {config.statistics.rmst_days},"
            " candidate minus reference",
            f"at least {margins.rmst_days:g} days either way",
            f"within ±{margins.rmst_days:g} days",
            two_sided,
        ),
        "discordance": Term(
            "Discordant progression",
            "share of patients who progress on one contrast only, or at different visits",
            f"at least {words.percent(margins.discordance)}",
            f"below {words.percent(margins.discordance)}",
            exact,
        ),
        "evaluability": Term(
            "Evaluability",
            "share of the visits evaluable on the reference that are evaluable on the candidate,"
            f" overall{_by_arm(config)}; an absent row has failed",
            f"at most {words.percent(margins.evaluability)}",
            f"above {words.percent(margins.evaluability)}",
            f"one-sided {100 * (1 - alpha):g}% limit, by patient (Korn-Graubard)",
        ),
    }


def _by_arm(config: Config) -> str:
    return " and in each arm by itself" if config.statistics.evaluability_by_arm else ""


def sections(config: Config, given: Given, figure: Figure) -> Iterator[Section]:
    """Yield the chapters on the verdict and on sample size."""
    yield Section("Hypotheses and verdict", (_hypotheses(config), _table(config)))
    yield Section("Decision rule", tuple(_rule(config)), level=3)
    yield Section("Multiplicity", tuple(_multiplicity(config)), level=3)
    yield Section("Sample size and power", tuple(_size(config, given, figure)))


def _hypotheses(config: Config) -> str:
    return (
        "The trial would have concluded the same with a candidate in place of gadolinium if every"
        " co-primary term below lies inside its margin. For each term the null hypothesis is that"
        " it lies outside; it is rejected where the interval lies wholly inside, by two one-sided"
        " tests (Schuirmann 1987) or, where only one side can harm, by one, each at level"
        f" {config.statistics.equivalence_alpha:g}. No consensus exists on margins for a synthetic"
        " contrast: those below are this trial's own, and their justification belongs into the"
        " protocol."
    )


def _table(config: Config) -> Grid:
    return Grid(
        "Co-primary terms",
        f"Criteria {config.response.criteria[0]}, each candidate against"
        f" {config.label_of(config.reference)}, the pair on equal terms.",
        ("Term", "What is estimated", "Null hypothesis: the truth is", "Margin", "Limits"),
        tuple(
            (each.title, each.measure, each.null, each.margin, each.limits)
            for each in terms(config).values()
        ),
        "configuration",
    )


def _rule(config: Config) -> Iterator[Block]:
    yield Bullets(
        (
            "Not equivalent: the limits of any term lie wholly outside its margin.",
            "Equivalent: the limits of every term that applies lie inside its margin, and nothing"
            " contradicts it: no term lies wholly outside when each contrast stands on its own"
            " visits, no arm's share of evaluable visits lies wholly below its margin, and failing"
            " is not informative.",
            "Undecided: everything else. A term that cannot be estimated, or whose interval has no"
            " width, decides nothing.",
        )
    )
    by = words.listing([_INFORMATIVE[each] for each in config.statistics.informative_by], "or")
    if by:
        yield (
            "Failing is informative where the candidate's share of evaluable visits differs by"
            f" {by} (exact and permutation tests by patient, level"
            f" {config.statistics.informative_alpha:g} over all of them together). The verdict is"
            " then undecided at best, with that reason in its first sentence, whatever the other"
            " terms say. A candidate that fails by chance alone loses that much power to them."
        )
    else:
        yield "Whether failing is informative is not asked (`statistics.informative_by` is empty)."
    yield (
        "A term on the treatment does not apply to a trial of one arm, and one on volumes not to a"
        " contrast that is read as categories; this is said, and the terms that apply decide."
    )
    if config.statistics.control_arm is None:
        yield (
            "No control arm is named in the configuration: the first in alphabetical order is"
            " taken. Name it before the plan is locked."
        )


def _multiplicity(config: Config) -> Iterator[Block]:
    yield (
        "Equivalence is claimed only if every co-primary null hypothesis is rejected: an"
        " intersection-union test. Each is tested at level"
        f" {config.statistics.equivalence_alpha:g}, and the claim as a whole errs at no more than"
        " that level without any correction (Berger 1982). The price is power, which is at most"
        " that of the weakest term."
    )
    several = len(config.candidates)
    if several > 1:
        yield (
            f"There are {several} candidates, each with a verdict of its own. Nothing corrects for"
            " having several: if a claim on any one of them is intended, name that one as primary"
            " here, test in a fixed order, or divide the level by their number."
        )
    yield (
        "All other intervals and p-values, those of sensitivity analyses included, are descriptive:"
        " they cannot support a claim by themselves, and are not corrected."
    )


def _size(config: Config, given: Given, figure: Figure) -> Iterator[Block]:
    plan = config.plan
    yield (
        "Two terms have a closed form. The others depend on the course of the disease and are"
        " simulated (docs/sample-size.md). As the verdict needs every term, its power is at most"
        " the smallest of theirs, and at least one minus the sum of what each lacks to 1."
    )
    yield _sizes(config, given)
    yield (
        "Power is exact binomial and a saw in the number of patients: a larger trial may have less"
        " where the count that is still tolerated stays the same. The first size is the smallest"
        f" with a power of {words.percent(plan.power)}; from the second on, every larger trial has"
        f" it. Visits of one patient fail together: for evaluability, patients are assumed to have"
        f" {plan.visits_per_patient} visits each, their failing correlated by"
        f" {plan.correlation:g}{_arms(config)}."
    )
    yield figure


def _arms(config: Config) -> str:
    arms = config.plan.arms
    if not config.statistics.evaluability_by_arm or arms == 1:
        return ""
    return f", and each of {arms} arms of equal size must pass by itself"


_INFORMATIVE = {
    "progression": "whether the reference shows progression at the visit",
    "arm": "arm",
    "site": "site",
}
_TERM = {
    "discordance": "Patients whose progression differs",
    "evaluability": "Visits that the candidate can evaluate",
}


def _sizes(config: Config, given: Given) -> Grid:
    power = words.percent(config.plan.power)
    heads = ["Term", "True share", "Margin", f"First n with {power}", f"Always {power} from n"]
    if config.plan.patients is not None:
        heads.append(f"Power at n = {config.plan.patients}")
    rows = []
    for row in given.sizes.itertuples():
        cells = [
            _TERM[str(row.term)],
            words.percent(row.truth, _digits(row.truth)),
            words.percent(row.margin, _digits(row.margin)),
            _patients(row.first),
            _patients(row.always),
            words.percent(row.planned),
        ]
        rows.append(tuple(cells[: len(heads)]))
    alpha = config.statistics.equivalence_alpha
    return Grid(
        "Patients needed",
        f"One-sided level {alpha:g}; each term by itself. Patients who can be assessed: add those"
        " who will not be.",
        tuple(heads),
        tuple(rows),
        "configuration",
    )


def _digits(share: object) -> int:
    """Return decimals of a percentage, so that 97.5% is not printed as 98%."""
    return 0 if abs(100 * float(str(share)) - round(100 * float(str(share)))) < 1e-9 else 1


def _patients(number: object) -> str:
    return "none suffices" if words.missing(number) else words.number(number, 0)
