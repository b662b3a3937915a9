"""The plan as a page that opens from disk, and as Markdown for an appendix."""

from collections.abc import Iterator
from pathlib import Path

import yaml

import gadless
from gadless.files import write_text
from gadless.report import words
from gadless.report.build import data_address, environment
from gadless.report.drawing import save
from gadless.report.grids import Grid
from gadless.report.locked import sentences
from gadless.report.plan import analyses, estimands, rules, shells, verdict
from gadless.report.plan.document import (
    Block,
    Bullets,
    Figure,
    Section,
    coded,
    kind,
    markdown,
    numbered,
)
from gadless.report.plan.figure import draw_power
from gadless.report.plan.given import Given
from gadless.report.references import PLAN
from gadless.trial.config import Config
from gadless.trial.lock import LockStatus


def build_plan(config: Config, given: Given, lock: LockStatus, folder: Path) -> None:
    """Write ``plan.html``, ``plan.md`` and the figure ``power.{svg,png}``.

    Parameters
    ----------
    config : Config
    given : Given
        What the configuration's names stand for, and sizes.
    lock : LockStatus
    folder : path
        Created if it does not exist.
    """
    drawing = draw_power(config, given)
    files = save(drawing, folder)
    figure = Figure(drawing, data_address(files["svg"], "image/svg+xml"))
    sections = numbered(_sections(config, given, figure))
    title = f"{config.name}: statistical analysis plan"
    lead = [
        "Had no patient been given gadolinium, would the trial have concluded the same? What will"
        " be done to answer it, written from the configuration alone, before the data. Text that"
        " can stand in an appendix to the protocol or to the trial's own plan.",
        f"Gadless {gadless.__version__}. {' '.join(sentences(lock))}",
    ]
    templates = environment()
    templates.filters["coded"] = coded
    page = templates.get_template("plan.html").render(
        title=title, lead=lead, sections=sections, kind=kind
    )
    write_text(page, folder / "plan.html")
    write_text(markdown(title, lead, sections), folder / "plan.md")


def _sections(config: Config, given: Given, figure: Figure) -> Iterator[Section]:
    yield Section("Synopsis", (_synopsis(config),))
    yield Section("To be settled before the data", (Bullets(tuple(_open(config, given))),), level=3)
    yield from estimands.sections(config, given)
    yield from rules.sections(config, given)
    yield from verdict.sections(config, given, figure)
    yield from analyses.sections(config)
    yield from shells.sections(config)
    yield Section("References", (Bullets(PLAN),))
    yield Section("The whole configuration", (_configuration(config),))


def _synopsis(config: Config) -> Grid:
    first, *others = config.response.criteria
    enters = (
        f"Images, measured here (sheet {config.visits})"
        if config.visits is not None
        else f"Measurements made elsewhere (table {config.measurements})"
    )
    planned = "not stated" if config.plan.patients is None else f"{config.plan.patients:,}"
    rows = (
        ("Question", "Would the trial have concluded the same without gadolinium?"),
        ("Reference", estimands.named(config, config.reference)),
        (
            "Candidates",
            words.listing([estimands.named(config, name) for name in config.candidates]),
        ),
        ("Data enter as", enters),
        ("Planned patients", planned),
        ("Response criteria", first + (f"; also {words.listing(others)}" if others else "")),
        ("Primary endpoint", f"{config.endpoint.primary}, from {config.endpoint.origin}"),
        ("Censoring rules", config.endpoint.censoring),
        ("Co-primary terms", words.listing([t.title for t in verdict.terms(config).values()])),
        ("Level", f"{config.statistics.equivalence_alpha:g} one-sided, each term (all must hold)"),
    )
    return Grid("In short", "", ("", "This trial"), rows, "configuration")


def _open(config: Config, given: Given) -> Iterator[str]:
    """Say what a reviewer would ask first: what rests on a default or on nobody's authority."""
    unverified = int((given.criteria["certainty"] != "verified").sum())
    if unverified:
        yield (
            f"{unverified} of {len(given.criteria)} values of the criteria were not verified at"
            " their source; each is marked below. Check those that matter here."
        )
    yield (
        "Margins: no consensus exists on any of them. State why each is what it is, from repeated"
        " readings of the reference where there are any."
    )
    if config.plan.patients is None:
        yield "Planned patients are not stated (`plan.patients`): power is given by size alone."
    if config.plan.population is None or config.plan.treatment is None:
        yield (
            "Population and treatment of the estimands are in general words: `plan.population` and"
            " `plan.treatment` take the protocol's."
        )
    yield (
        f"{config.plan.visits_per_patient} visits a patient whose failing is correlated by"
        f" {config.plan.correlation:g} are an assumption: a pilot says better."
    )
    if config.statistics.control_arm is None:
        yield "No control arm is named (`statistics.control_arm`)."
    if len(config.candidates) > 1:
        yield (
            f"{len(config.candidates)} candidates are named; which of them the claim is to rest on"
            " is not."
        )


def _configuration(config: Config) -> Block:
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return Grid(
        "Configuration",
        "Every key with its value.",
        ("Key", "Value"),
        tuple(_lines(yaml.safe_load(text))),
        "configuration",
    )


def _lines(content: object, above: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, dict) and content:
        for key, value in content.items():
            yield from _lines(value, f"{above}.{key}" if above else str(key))
    elif isinstance(content, list):
        yield above, ", ".join(str(each) for each in content) or "none"
    else:
        yield above, "not set" if content in (None, "", {}) else str(content)
