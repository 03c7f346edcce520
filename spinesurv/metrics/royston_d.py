"""Royston's D: how far apart is the prognosis of those ranked high and low?"""

from __future__ import annotations

from math import pi, sqrt

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.separation import separation
from spinesurv.stats.censoring import Censoring

KAPPA = sqrt(8.0 / pi)
SCALE = "identity"


def royston_d(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    ranks_given: bool = False,
) -> Estimate:
    """Log hazard ratio between two equally large groups, those ranked above and below the middle.

    D = sqrt(8 / pi) b, with b the coefficient of z in a Cox model (Efron ties) of survival, and z the normal
    quantile of (i - 3/8) / (n + 1/4) for the patient with the i-th lowest marker; equal markers get the mean of
    their z. sqrt(8 / pi) is the distance between the means of the upper and the lower half of a normal law.

    Parameters
    ----------
    outcome, prediction : of the same n patients; only the order of the markers counts (higher = dies sooner)
    horizon_days : a prediction without a marker is ranked by its risk by this day; all follow-up is used in any case
    weights : (n,) case weights
    censoring : not used; the Cox model deals with censoring
    cluster : (n,) patients of one cluster count as one in the standard error
    ranks_given : take the ranks as fixed numbers, as published errors do; too small an error

    Returns
    -------
    Estimate
        0 = no separation, the higher the better; exp(D) is a hazard ratio. Below 0 the ranking is the wrong way
        round. A gap without a marker, with fewer than 2 deaths, where everybody has the same marker, or where the
        Cox model cannot be estimated.

    Notes
    -----
    Hazards are taken as proportional and the prognosis as normal; with a point score of few levels D is smaller
    than with the continuous marker behind it. Standard error from influence values, on the coefficient
    and through the ranks; with `ranks_given` the inverse information of the Cox model (with case weights its robust error).

    References
    ----------
    Royston P, Sauerbrei W. Stat Med 2004;23:723-748. doi:10.1002/sim.1621

    Agrees with
    -----------
    survival::coxph on normal scores, golden cases ``royston.*`` (error with `ranks_given`); the bootstrap.
    """
    found = separation(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        ranks_given=ranks_given,
    )
    if isinstance(found, tuple):
        return gap(*found, None, SCALE)
    return estimate(
        KAPPA * found.coefficient,
        KAPPA * found.influence,
        found.judged.rows,
        found.judged,
        cluster=found.judged.cluster,
        horizon_days=None,
        scale=SCALE,
        method=found.method,
    )


RECORD = Metric(
    key="royston_d",
    label="Royston's D",
    function=royston_d,
    needs="marker",
    at_horizon=False,
    higher_is="better",
    range=(float("-inf"), float("inf")),
    perfect=float("inf"),
    scale=SCALE,
    reference="Royston P, Sauerbrei W. Stat Med 2004;23:723-748. doi:10.1002/sim.1621",
    agrees_with="survival::coxph on normal scores, golden cases royston.*",
)
