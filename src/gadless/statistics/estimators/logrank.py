"""The log-rank test, stratified, on many weightings of the same patients.

Mantel (1966), by strata; of several groups as in R's ``survdiff``. A weight is a number of copies
of a patient, so the test of a resample is that of a trial with these patients.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.kaplan_meier import counts


@dataclass(frozen=True)
class LogRank:
    """Observed less expected events of each group but the first, and their covariance.

    Attributes
    ----------
    excess : array (samples, groups - 1)
        Above 0 where the group has more events than it would have with hazards equal.
    variance : array (samples, groups - 1, groups - 1)
        Hypergeometric, so ties are no approximation.
    """

    excess: Floats
    variance: Floats

    def z(self) -> Floats:
        """Signed statistic of two groups, positive for a higher hazard of the second; (samples,).

        NaN where the two are never at risk together at an event.
        """
        spread = self.variance[:, 0, 0]
        error = np.sqrt(spread, out=np.full_like(spread, np.nan), where=spread > 0)
        return np.asarray(self.excess[:, 0] / error)

    def chi_square(self) -> tuple[float, float, int]:
        """Test that all hazards are equal, on the sample.

        Returns
        -------
        statistic, p : float
            NaN if no two groups are at risk together at an event.
        freedom : int
            Groups that can be compared, less one.
        """
        excess, variance = self.excess[0], self.variance[0]
        freedom = int(np.linalg.matrix_rank(variance)) if variance.any() else 0
        if not freedom:
            return float("nan"), float("nan"), 0
        statistic = float(excess @ np.linalg.pinv(variance, hermitian=True) @ excess)
        return statistic, float(chi2.sf(statistic, freedom)), freedom


def logrank(
    days: Floats, event: np.ndarray, group: np.ndarray, stratum: np.ndarray, weights: Floats
) -> LogRank:
    """Log-rank test under each weighting.

    Parameters
    ----------
    days : array (patients,)
    event : array (patients,) of bool
    group : array (patients,) of int
        Code of each patient's group; 0 is the one that the others are compared with.
    stratum : array (patients,)
        Label of each patient's stratum; events are compared with those at risk in it alone.
    weights : array (samples, patients)
    """
    size = int(group.max(initial=0))
    excess = np.zeros((len(weights), size))
    variance = np.zeros((len(weights), size, size))
    for label in np.unique(stratum):
        own = stratum == label
        times = np.unique(days[own & event])
        deaths, at_risk = counts(days[own], event[own], weights[:, own], times)
        total = np.where(at_risk > 0, at_risk, 1.0)
        spread = np.where(
            at_risk > 1, deaths * (at_risk - deaths) / np.maximum(at_risk - 1, 1), 0.0
        )
        shares = []
        for code in range(1, size + 1):
            member = own & (group == code)
            died, exposed = counts(days[member], event[member], weights[:, member], times)
            shares.append(exposed / total)
            excess[:, code - 1] += (died - deaths * shares[-1]).sum(axis=1)
        for one in range(size):
            for two in range(size):
                apart = (one == two) - shares[two]
                variance[:, one, two] += (spread * shares[one] * apart).sum(axis=1)
    return LogRank(excess, variance)
