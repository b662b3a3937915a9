"""Cluster-robust (sandwich) variance of a Cox model: Lin & Wei 1989, collapsed by cluster.

Holds where the model is misspecified or the members of a cluster depend on each other, for many
clusters: a few of them give an interval that is too narrow (Cameron & Miller, *J Human Resources*
2015;50:317).
"""

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.cox import CoxFit


def score_residuals(rows: CoxRows, coefficients: Floats) -> Floats:
    """Each row's part in the score; (rows, p), as R's ``residuals(coxph(), type="score")``.

    Therneau & Grambsch, *Modeling Survival Data* 2000, 4.2.
    """
    x = rows.covariates - rows.covariates.mean(axis=0)
    risk = np.exp(x @ coefficients)
    found = np.zeros(x.shape)
    for _, dying, share in rows.risk_sets(risk):
        away = x - share @ x
        found[dying] += away[dying] / dying.sum()
        found -= share[:, None] * away
    return found


def influence(rows: CoxRows, fitted: CoxFit, patients: int) -> Floats:
    """How far each patient moves the sample's coefficients; (patients, p).

    A patient who is not in the model moves nothing, and nobody moves a model without estimate.
    """
    moves = np.zeros((patients, rows.covariates.shape[1]))
    if not fitted.fitted[0]:
        return moves
    np.add.at(moves, rows.patient, score_residuals(rows, fitted.coefficients[0]))
    return moves @ fitted.variance[0]


def sandwich(moves: Floats, cluster: np.ndarray) -> Floats:
    """Variance of the coefficients, whose patients depend on each other within a cluster.

    Parameters
    ----------
    moves : array (patients, p)
        From :func:`influence`, or the difference of two for the difference of two models.
    cluster : array (patients,)
        Label of each patient's cluster.

    Returns
    -------
    array (p, p)
        No correction for a small number of clusters, as in R's ``coxph(cluster=)``.
    """
    _, member = np.unique(cluster, return_inverse=True)
    sums = np.zeros((member.max(initial=-1) + 1, moves.shape[1]))
    np.add.at(sums, member, moves)
    return np.asarray(sums.T @ sums)
