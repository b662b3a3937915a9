"""Survival data in counting-process form, in strata, with the orders that the Cox kernel needs."""

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
    stratum : array (rows,), optional
        Label of each row's stratum; without it, all are one. Strata share the coefficients, each
        has a baseline hazard of its own: rows of two strata are never in one risk set.
    """

    start: Floats
    stop: Floats
    event: np.ndarray
    covariates: Floats
    patient: np.ndarray
    stratum: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    layout: "Layout" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        codes = np.zeros(len(self.stop), dtype=int)
        if len(self.stratum):
            _, codes = np.unique(self.stratum, return_inverse=True)
        object.__setattr__(self, "stratum", codes)
        object.__setattr__(self, "layout", Layout.of(self))

    @property
    def strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max(initial=0)) + 1

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.event.sum())

    def risk_sets(self, risk: Floats) -> Iterator[tuple[float, np.ndarray, Floats]]:
        """Give each death's risk set, stratum by stratum in the order of days.

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
            All of the stratum that die on that day.
        share : array (rows,)
            Of the risk set's hazard; sums to 1.
        """
        for stratum in range(self.strata):
            own = self.stratum == stratum
            for day in np.unique(self.stop[self.event & own]):
                at_risk = own & (self.start < day) & (self.stop >= day)
                dying = own & (self.stop == day) & self.event
                count = int(dying.sum())
                for rank in range(count):
                    share = risk * (at_risk - rank / count * dying)
                    yield float(day), dying, share / share.sum()


@dataclass(frozen=True)
class Layout:
    """Orders and positions that depend on times alone.

    Terms of Efron's likelihood are laid out one a death: `time` is the index of its distinct event
    time, `first` of each time its first term. The same day in two strata is two event times.
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
        start, stop = places(rows)
        dead = np.flatnonzero(rows.event)
        deaths = dead[np.argsort(stop[dead], kind="stable")]
        times, first, time = np.unique(stop[deaths], return_index=True, return_inverse=True)
        # Descending order: the first m rows of it are those with stop (or start) >= an event time.
        # Those of later strata are among both, and cancel.
        by_stop = np.argsort(-stop, kind="stable")
        by_start = np.argsort(-start, kind="stable")
        at_stop = np.searchsorted(-stop[by_stop], -times, side="right")
        at_start = np.searchsorted(-start[by_start], -times, side="right")
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
            until_stop=np.searchsorted(times, stop, side="right"),
            until_start=np.searchsorted(times, start, side="right"),
        )


def places(rows: CoxRows) -> tuple[np.ndarray, np.ndarray]:
    """Rank starts and stops by stratum, then day: whole numbers, equal where both are equal."""
    days, rank = np.unique(np.concatenate([rows.start, rows.stop]), return_inverse=True)
    start, stop = np.split(rank, 2)
    first = len(days) * rows.stratum
    return first + start, first + stop
