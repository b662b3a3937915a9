"""Power against patients, for the terms that have a closed form."""

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from gadless.report import words
from gadless.report.drawing import QUIET, Drawing, canvas, colour, grid, line, styled
from gadless.report.plan.given import Given
from gadless.trial.config import Config

NAME = "power"
_TITLES = {
    "discordance": "Discordance: true share of patients",
    "evaluability": "Evaluability: true share of visits",
}


@styled
def draw_power(config: Config, given: Given) -> Drawing:
    """Draw power over the number of patients, a panel a term and a line a true share."""
    drawing = Drawing(
        name=NAME,
        title="Power of each term by itself",
        caption=(
            "Probability that the term is found inside its margin, against the patients assessed."
            f" Dashed: {words.percent(config.plan.power)}."
            + (
                f" Dotted: the {config.plan.patients} patients planned."
                if config.plan.patients
                else ""
            )
            + " The saw is that of exact limits on whole patients."
        ),
    )
    figure = canvas(3.6)
    terms = [term for term in _TITLES if (given.power["term"] == term).any()]
    panels = figure.subplots(1, len(terms), sharey=True, squeeze=False)[0]
    for axes, term in zip(panels, terms, strict=True):
        _panel(axes, config, given, term)
    panels[0].set_ylabel("Power (%)")
    return drawing.drawn(figure, _alt(config, given))


def _panel(axes: Axes, config: Config, given: Given, term: str) -> None:
    rows = given.power[given.power["term"] == term]
    for position, (truth, curve) in enumerate(rows.groupby("truth", sort=False)):
        label = words.percent(truth, 0 if round(100 * float(str(truth)), 6) % 1 == 0 else 1)
        axes.plot(
            curve["patients"],
            curve["power"],
            color=colour(position),
            linestyle=line(position),
            linewidth=1.1,
            label=label,
        )
    axes.axhline(config.plan.power, color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)))
    if config.plan.patients:
        axes.axvline(config.plan.patients, color=QUIET, linewidth=0.9, linestyle=(0, (1, 1.5)))
    axes.set_title(_TITLES[term])
    axes.set_xlabel("Patients")
    axes.set_xlim(0, rows["patients"].max())
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
    axes.legend(loc="lower right")
    grid(axes)


def _alt(config: Config, given: Given) -> str:
    parts = []
    for row in given.sizes.to_dict("records"):
        first = row["first"]
        reached = "not reached" if words.missing(first) else f"reached at {first:,} patients"
        parts.append(f"{row['term']} of {words.percent(row['truth'], 1)}: {reached}")
    return f"Power of {words.percent(config.plan.power)} by term. " + "; ".join(parts) + "."
