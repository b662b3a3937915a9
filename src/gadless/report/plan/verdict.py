"""The verdict: its terms, hypotheses and margins, the decision rule, multiplicity and size."""

from collections.abc import Iterator
from dataclasses import dataclass

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.plan.document import Block, Bullets, Figure, Section
from gadless.report.plan.given import Given
from gadless.trial.config import Config
from gadless.trial.config.statistics import Term as StatisticalTerm


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
    settings, primary = config.statistics, config.endpoint.primary
    margins, least = settings.margins, words.percent(settings.margins.evaluability)
    one_sided = f"one-sided {100 * (1 - settings.equivalence_alpha):g}% limit"
    ratio, bias, days = margins.hazard_ratio, margins.volume_bias_percent, margins.rmst_days
    left_out = "each patient left out in turn, one more who differs most imagined (jackknife)"
    return {
        "volume_bias_percent": Term(
            f"Bias of the {config.response.criteria[0]} measure",
            "median over visits of candidate over reference, minus 1",
            *_sides(config, "volume_bias_percent", f"-{bias:g}%", f"{bias:g}%"),
            f"{_level(config, 'volume_bias_percent')}: of a median of visits, by patient",
        ),
        "hazard_ratio": Term(
            "Treatment effect on PFS",
            "hazard ratio of treatment on the candidate over that on the reference, one an arm"
            " beyond the control",
            *_sides(config, "hazard_ratio", f"{1 / ratio:.2f}", f"{ratio:g}"),
            f"{_level(config, 'hazard_ratio')}: {left_out}",
        ),
        "rmst_days": Term(
            f"Restricted mean {primary}",
            f"difference of mean {primary} to day {settings.rmst_days}, candidate minus reference",
            *_sides(config, "rmst_days", f"-{days:g} days", f"{days:g} days"),
            f"{_level(config, 'rmst_days')}: {left_out}",
        ),
        **_discordance(config, one_sided),
        "evaluability": Term(
            "Evaluability",
            "share of the visits evaluable on the reference that are evaluable on the candidate,"
            f" overall{_by_arm(config)}; an absent row has failed",
            f"at most {least}",
            f"above {least}",
            f"{one_sided}, exact at the effective number of visits, by patient (Korn-Graubard)",
        ),
    }


def _discordance(config: Config, one_sided: str) -> dict[str, Term]:
    """Return the term on progression: the share that differs, or its excess with a repeat."""
    margins = config.statistics.margins
    if config.repeat is None:
        most = words.percent(margins.discordance)
        said = "share of patients who progress on one contrast only, or at different visits"
        exact = f"{one_sided}, exact (Clopper-Pearson)"
        term = Term("Discordant progression", said, f"at least {most}", f"below {most}", exact)
        return {"discordance": term}
    most = words.percent(margins.excess_discordance)
    said = (
        "share of patients whose progression differs between candidate and reference, minus the"
        f" share that differs between the reference and its second reading ({config.repeat}), in"
        " the patients read on all three (Obuchowski 2014)"
    )
    score = f"{one_sided}, score (Tango)"
    term = Term("Excess discordance", said, f"at least {most}", f"below {most}", score)
    return {"excess_discordance": term}


def _sides(config: Config, term: StatisticalTerm, low: str, high: str) -> tuple[str, str]:
    """Null hypothesis and margin of a term that is judged either way, or on one side."""
    low = low.replace("-", words.MINUS)
    match config.statistics.side(term):
        case "lower":
            return f"at most {low}", f"above {low}"
        case "upper":
            return f"at least {high}", f"below {high}"
        case _:
            return f"at most {low} or at least {high}", f"{low} to {high}"


def _level(config: Config, term: StatisticalTerm) -> str:
    alpha = config.statistics.equivalence_alpha
    if config.statistics.side(term) == "both":
        return f"{100 * (1 - 2 * alpha):g}% interval"
    return f"one-sided {100 * (1 - alpha):g}% limit"


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
    if config.repeat is None:
        yield (
            "There is no second reading of the reference. What two readings with an error of the"
            " size seen would differ by is simulated and printed beside the discordant share: read"
            " its margin against that."
        )
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
    if config.repeat is not None:
        yield (
            "Not the discordant share but its excess over that of two readings of the reference is"
            " judged, which depends on how far the two go together: no size is given for it here."
        )
    yield (
        "The terms below have a closed form. The others depend on the course of the disease and are"
        " simulated (docs/sample-size.md). As the verdict needs every term, its power is at most"
        " the smallest of theirs, and at least one minus the sum of what each lacks to 1."
    )
    yield _sizes(config, given)
    yield (
        "Power is exact for discordance, nearly so for evaluability, and a saw in the number of"
        " patients: a larger trial may have less where the count that is still tolerated stays the"
        " same. The first size is the smallest"
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
