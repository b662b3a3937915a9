"""What the plan is told beside the configuration: what its names stand for, and sizes."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Given:
    """Tables that other packages make from the configuration alone.

    Attributes
    ----------
    criteria : DataFrame
        Every value of every criteria set in use: ``criteria``, ``title``, ``citation``, ``key``,
        ``meaning``, ``value``, ``source``, ``certainty``; in the order of the configuration.
    censoring : DataFrame
        The same of the censoring rules in use.
    events : DataFrame
        How intercurrent events are handled, under the rules in use and under the others that are
        known: ``censoring``, ``endpoint``, ``event``, ``label``, ``strategy``, ``handling``.
    sizes : DataFrame
        ``term``, ``truth``, ``margin``, ``first``, ``always``, ``planned``.
    power : DataFrame
        ``term``, ``truth``, ``patients``, ``power``.
    """

    criteria: pd.DataFrame
    censoring: pd.DataFrame
    events: pd.DataFrame
    sizes: pd.DataFrame
    power: pd.DataFrame
