"""The report's main tables, empty: what will be filled in once there are data."""

from collections.abc import Iterator

from gadless.report.drawing import RESPONSES
from gadless.report.grids import Grid
from gadless.report.plan.document import Section
from gadless.report.plan.verdict import terms
from gadless.trial.config import Config

EMPTY = "…"


def sections(config: Config) -> Iterator[Section]:
    """Yield the chapter on tables to be filled."""
    lead = (
        "Shells of the tables that the report fills, an ellipsis where a figure will stand. Every"
        " one exists once a candidate where it compares a candidate with the reference."
    )
    yield Section("Tables to be filled", (lead, *_shells(config)))


def _shells(config: Config) -> Iterator[Grid]:
    contrasts = [config.label_of(name) for name in config.shown]
    primary = config.endpoint.primary
    yield _shell(
        "Patients and visits",
        ("Randomised", "With a baseline", "Assessed after baseline", "In the primary analysis",
         "Visits planned", "Visits evaluable", "Visits not evaluable, by reason"),
        contrasts,
    )  # fmt: skip
    yield _shell(
        "Co-primary terms and verdict",
        (*(each.title for each in terms(config).values()), "Verdict"),
        ("Estimate", "Limits", "Margin", "Lies", "Margin at which it would flip"),
    )
    yield _shell(
        "Evaluability and whether failing is informative",
        ("Overall", "By arm", "Reference shows progression", "Reference shows none", "By site"),
        ("Reference's visits", "Candidate's visits", "Share", "Interval", "p"),
    )
    yield _shell(
        "The trial's own conclusion, PFS",
        contrasts,
        ("Events / patients, control", "Events / patients, experimental", "Hazard ratio",
         "Interval", "p", "Conclusion"),
    )  # fmt: skip
    for endpoint in dict.fromkeys((primary, "PFS")):
        yield _shell(
            f"{endpoint} on each contrast",
            contrasts,
            ("Patients", "Events", "Median, days (interval)", "Restricted mean, days (interval)"),
        )
    yield _shell(
        "Progression, reference against candidate",
        ("On both, same visit", "On both, another visit", "Only on the reference",
         "Only on the candidate", "On neither", "Not assessed"),
        ("Patients", "Share", "Interval"),
    )  # fmt: skip
    yield _shell(
        "Best response, reference (rows) against candidate (columns)", RESPONSES, RESPONSES
    )
    yield _shell(
        "Enhancing volume",
        ("Median, reference", "Median, candidate", "Median bias, cm³", "Median bias, %",
         "Lin's concordance", "Bland-Altman limits (diameter, mm)"),
        ("Visits", "Estimate", "Interval"),
    )  # fmt: skip
    yield _shell(
        "Worst case and tipping point",
        ("As observed", "Every failed visit discordant", "Failed visits that tip the verdict"),
        ("Discordant patients", "Share", "Upper limit", "Verdict"),
    )


def _shell(
    title: str, rows: tuple[str, ...] | list[str], columns: tuple[str, ...] | list[str]
) -> Grid:
    blank = (EMPTY,) * len(columns)
    return Grid(title, "", ("", *columns), tuple((row, *blank) for row in rows), "plan")
