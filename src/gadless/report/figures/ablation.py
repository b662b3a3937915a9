"""The ablation: does the image that is most alike serve the trial best?"""

import pandas as pd
from matplotlib.axes import Axes

from gadless.report.drawing import FAINT, INK, QUIET, Drawing, canvas, grid, styled
from gadless.trial.config.ablation import BASELINES

_CAPTION = (
    "Each point is a variant: its rank by SSIM of the predicted map and its rank by the task,"
    " median over seeds; lines reach from the best to the worst seed. 1 is best. Grey: maps that no"
    " network makes. On the dashed line both ranks agree; below it, a map is more alike than"
    " useful. What predicts no map stands beside the others, under `no map`. Points of"
    " one rank stand side by side."
)


@styled
def ablation_ranks(table: pd.DataFrame) -> Drawing:
    """Draw rank by SSIM against rank by task performance.

    Parameters
    ----------
    table : DataFrame
        ``variant seed exams rank_ssim rank_task``; a panel for each kind of exams.
    """
    drawing = Drawing("ablation", "Rank by SSIM and rank by the task", _CAPTION)
    ranked = table.dropna(subset=["rank_task"])
    if ranked.empty:
        return drawing.without("no variant could be ranked")
    kinds = list(ranked["exams"].unique())
    figure = canvas(4.4)
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        _panel(axes, ranked[ranked["exams"] == kind], kind)
    counted = ", ".join(f"{ranked.loc[ranked['exams'] == k, 'variant'].nunique()}" for k in kinds)
    return drawing.drawn(figure, f"{' and '.join(kinds)}: {counted} variants by two ranks.")


def _panel(axes: Axes, ranked: pd.DataFrame, kind: str) -> None:
    most = ranked["variant"].nunique()
    apart = most + 1.0
    axes.plot([1, most], [1, most], color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
    for number, (name, rows) in enumerate(ranked.groupby("variant", sort=False)):
        # Side by side, or lines of equal ranks would hide each other.
        x = rows["rank_ssim"].fillna(apart) + 0.06 * (number - (most - 1) / 2)
        y = rows["rank_task"]
        ink = QUIET if name in BASELINES else INK
        axes.hlines(y.median(), x.min(), x.max(), color=ink, linewidth=1.0)
        axes.vlines(x.median(), y.min(), y.max(), color=ink, linewidth=1.0)
        axes.plot(x.median(), y.median(), "o", color=ink, markersize=5)
        axes.annotate(
            str(name),
            (x.median(), y.median()),
            xytext=(5, 5),
            textcoords="offset points",
            fontsize=8.5,
            color=ink,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
        )
    ticks: list[float] = [*range(1, most + 1)]
    labels = [f"{tick:g}" for tick in ticks]
    if ranked["rank_ssim"].isna().any():
        axes.axvline(most + 0.5, color=FAINT, linewidth=1.0)
        ticks, labels = [*ticks, apart], [*labels, "no map"]
    axes.set_xticks(ticks, labels)
    axes.set_yticks(range(1, most + 1))
    axes.set_xlim(0.5, apart + 1.2)
    axes.set_ylim(most + 0.5, 0.5)
    patients = int(ranked["patients"].max())
    axes.set_title(f"{kind}, {patients} {'patient' if patients == 1 else 'patients'} held out")
    axes.set_xlabel("rank by SSIM (1: most alike)")
    axes.set_ylabel("rank by the task (1: best)")
    grid(axes)
