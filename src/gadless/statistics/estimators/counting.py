"""Survival data in counting-process form, with the orders that the Cox kernel needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats


@dataclass(frozen=True)
class CoxRows:
    """Rows of a Cox model, and what the kernel derives from them once.

    Parameters
    ----------
    start, stop : array (rows,)
        At risk on (start, stop], in days.
    event : array (rows,) of bool
        Whether the row ends in the event.
    covariates : array (rows, p)
    patient : array (rows,) of int
        Column of the weights that the row belongs to.
    """

    start: Floats
    stop: Floats
    event: np.ndarray
    covariates: Floats
    patient: np.ndarray
    layout: "Layout" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", Layout.of(self))

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.event.sum())

    def risk_sets(self, risk: Floats) -> Iterator[tuple[float, np.ndarray, Floats]]:
        """Give each death's risk set, in the order of days.

        Efron's ties: the dying of a day leave the risk set one by one, each by equal shares
        (Therneau & Grambsch, *Modeling Survival Data* 2000, 3.3).

        Parameters
        ----------
        risk : array (rows,)
            Relative hazards.

        Yields
        ------
        day : float
        dying : array (rows,) of bool
            All that die on that day.
        share : array (rows,)
            Of the risk set's hazard; sums to 1.
        """
        for day in np.unique(self.stop[self.event]):
            at_risk = (self.start < day) & (self.stop >= day)
            dying = (self.stop == day) & self.event
            count = int(dying.sum())
            for rank in range(count):
                share = risk * (at_risk - rank / count * dying)
                yield float(day), dying, share / share.sum()


@dataclass(frozen=True)
class Layout:
    """Orders and positions that depend on times alone.

    Terms of Efron's likelihood are laid out one a death: `time` is the index of its distinct event
    time, `first` of each time its first term.
    """

    centre: Floats
    scale: Floats
    scaled: Floats
    products: Floats
    upper: tuple[np.ndarray, np.ndarray]
    by_stop: np.ndarray
    by_start: np.ndarray
    at_stop: np.ndarray
    at_start: np.ndarray
    deaths: np.ndarray
    time: np.ndarray
    first: np.ndarray
    until_stop: np.ndarray
    until_start: np.ndarray

    @classmethod
    def of(cls, rows: CoxRows) -> "Layout":
        """Sort once what every fit needs."""
        width = rows.covariates.shape[1]
        centre, scale = np.zeros(width), np.ones(width)
        if len(rows.stop):
            centre, scale = rows.covariates.mean(axis=0), rows.covariates.std(axis=0)
            scale = np.where(scale > 0, scale, 1.0)
        scaled = (rows.covariates - centre) / scale
        upper = np.triu_indices(scaled.shape[1])
        dead = np.flatnonzero(rows.event)
        deaths = dead[np.argsort(rows.stop[dead], kind="stable")]
        times, first, time = np.unique(rows.stop[deaths], return_index=True, return_inverse=True)
        # Descending order: the first m rows of it are those with stop (or start) >= an event time.
        by_stop = np.argsort(-rows.stop, kind="stable")
        by_start = np.argsort(-rows.start, kind="stable")
        at_stop = np.searchsorted(-rows.stop[by_stop], -times, side="right")
        at_start = np.searchsorted(-rows.start[by_start], -times, side="right")
        return cls(
            centre=centre,
            scale=scale,
            scaled=scaled,
            products=scaled[:, upper[0]] * scaled[:, upper[1]],
            upper=upper,
            by_stop=by_stop[: at_stop.max(initial=0)],
            by_start=by_start[: at_start.max(initial=0)],
            at_stop=at_stop,
            at_start=at_start,
            deaths=deaths,
            time=time,
            first=first,
            until_stop=np.searchsorted(times, rows.stop, side="right"),
            until_start=np.searchsorted(times, rows.start, side="right"),
        )
