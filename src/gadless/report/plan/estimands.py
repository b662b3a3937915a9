"""The estimands, in the five attributes of ICH E9(R1)."""

from collections.abc import Iterator

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.plan.document import Block, Bullets, Section
from gadless.report.plan.given import Given
from gadless.trial.config import Config

ENDPOINTS = {
    "TTP": "time to progression",
    "PFS": "progression-free survival",
    "OS": "overall survival",
}
"""Endpoints of the plan, by name."""

_POPULATION = (
    "All randomised patients, as defined by the eligibility criteria of the protocol, analysed in"
    " the arm to which they were randomised. Patients without an evaluable image are not left out:"
    " what is done with them is stated under intercurrent events and missing data."
)


def sections(config: Config, given: Given) -> Iterator[Section]:
    """Yield the chapter on estimands: what they have in common, then one an endpoint."""
    yield Section("Estimands", tuple(_common(config)))
    for endpoint in ENDPOINTS:
        role = " (primary endpoint)" if endpoint == config.endpoint.primary else ""
        heading = f"{ENDPOINTS[endpoint].capitalize()} ({endpoint}){role}"
        table = Grid(
            f"Estimand: {ENDPOINTS[endpoint]}",
            "Attributes of ICH E9(R1).",
            ("Attribute", "Definition"),
            tuple(_attributes(config, given, endpoint)),
            "configuration",
        )
        yield Section(heading, (table, events(config, given, endpoint)), level=3)
    yield Section("The same events under other rules", tuple(_other_rules(config, given)), level=3)


def _common(config: Config) -> Iterator[Block]:
    candidates = words.listing([named(config, name) for name in config.candidates])
    yield (
        "Estimands follow the addendum on estimands and sensitivity analysis of ICH E9(R1) (2019)."
        f" Each is defined once on the reference ({named(config, config.reference)}) and once on"
        f" each candidate ({candidates}): all attributes are the same but for the image on which"
        " progression is read. The question of this plan is the difference between them within"
        " the same patients, not the effect of treatment itself."
    )
    yield Bullets(
        (
            "The trial as it was: each contrast on all visits at which it can be evaluated. The"
            " trial's own conclusion, on the reference and on each candidate alone, is drawn here.",
            "The pair on equal terms: reference and one candidate on the visits that both can"
            " evaluate. Agreement and equivalence are judged here, and how many visits are lost to"
            " it is part of the verdict.",
        )
    )


def named(config: Config, contrast: str) -> str:
    """Label of a contrast with the name that it has in the tables: ``Gadolinium (gbca)``."""
    label = config.label_of(contrast)
    return label if label == contrast else f"{label} ({contrast})"


def _attributes(config: Config, given: Given, endpoint: str) -> Iterator[tuple[str, str]]:
    yield "Population", config.plan.population or _POPULATION
    yield "Treatment", config.plan.treatment or _treatment(config)
    yield "Variable (endpoint)", _variable(config, endpoint)
    strategies = [
        f"{label}: {strategy}" for label, strategy, _ in events(config, given, endpoint).rows
    ]
    yield "Intercurrent events", "; ".join(strategies) + ". Handling: see the next table."
    yield "Population-level summary", _summary(config, endpoint)


def _treatment(config: Config) -> str:
    control = config.statistics.control_arm
    named = f"“{control}”" if control else "the first in alphabetical order"
    return (
        f"Every other arm against the control arm ({named}), as randomised and whatever was given"
        " afterwards. The contrast agent is no treatment in this sense: it is how the variable is"
        " measured."
    )


def _variable(config: Config, endpoint: str) -> str:
    start = f"Days from {config.endpoint.origin}"
    progression = (
        f"the first progression under {config.response.criteria[0]}, as read on the contrast"
    )
    return {
        "TTP": f"{start} to {progression}. Death without progression ends the time without event:"
        " a cause-specific time, not a probability of progressing.",
        "PFS": f"{start} to {progression}, or to death from any cause, whichever comes first.",
        "OS": f"{start} to death from any cause. No image takes part: the variable is the same on"
        " every contrast, and is what progression on each is judged against as a surrogate.",
    }[endpoint]


def _summary(config: Config, endpoint: str) -> str:
    horizon = config.statistics.rmst_days
    if endpoint == "OS":
        return (
            "Hazard ratio of treatment. For the comparison of contrasts: the hazard ratio of death,"
            " progressed against not yet progressed (progression as a state that begins after its"
            " day), on each contrast, and the ratio of the two."
        )
    treatment = (
        "On each contrast, the hazard ratio of treatment (Cox regression) and the mean time"
        f" restricted to {horizon} days. Between contrasts, in the same patients: the ratio of the"
        " two hazard ratios and the difference of the two restricted means"
    )
    if endpoint == "TTP":
        return (
            f"{treatment}; and the share of patients whose progression differs: found on one"
            " contrast only, or dated to another visit. As death competes, cumulative incidence"
            " (Aalen-Johansen) is shown beside it."
        )
    return treatment + "."


def events(config: Config, given: Given, endpoint: str) -> Grid:
    """Lay out the intercurrent events of an endpoint under the rules in use."""
    name = config.endpoint.censoring
    chosen = given.events
    rows = chosen[(chosen["censoring"] == name) & (chosen["endpoint"] == endpoint)]
    return Grid(
        f"Intercurrent events: {ENDPOINTS[endpoint]}",
        f"Censoring rules “{name}”. Missing data are no intercurrent events by the addendum; they"
        " are listed because what is done with them assumes something.",
        ("Event", "Strategy", "Handling"),
        tuple(zip(rows["label"], rows["strategy"], rows["handling"], strict=True)),
        "configuration",
    )


def _other_rules(config: Config, given: Given) -> Iterator[Block]:
    name, table = config.endpoint.censoring, given.events
    primary = table[table["endpoint"] == config.endpoint.primary]
    sets = list(dict.fromkeys(primary["censoring"]))
    yield (
        f"The rules in use are “{name}”. Beside them, what the other known rules would do with"
        f" {config.endpoint.primary}. The choice of rules is part of the estimand, not a"
        " sensitivity analysis of it."
    )
    rows = []
    for event in dict.fromkeys(primary["event"]):
        of_event = primary[primary["event"] == event].set_index("censoring")
        cells = [
            f"{of_event.at[each, 'strategy']}: {of_event.at[each, 'handling']}"
            if each in of_event.index
            else words.DASH
            for each in sets
        ]
        rows.append((_event_name(str(event)), *cells))
    heads = tuple(f"{each} (in use)" if each == name else each for each in sets)
    yield Grid(
        f"Rules side by side: {ENDPOINTS[config.endpoint.primary]}",
        "Strategy and handling.",
        ("Event", *heads),
        tuple(rows),
        "configuration",
    )


def _event_name(event: str) -> str:
    return event.replace("_", " ").capitalize()
