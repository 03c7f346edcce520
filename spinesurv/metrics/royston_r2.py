"""Explained variation by Royston's D: how much of the spread of survival does the ranking explain?"""

from __future__ import annotations

from math import pi

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.separation import separation
from spinesurv.stats.censoring import Censoring

REST = pi**2 / 6.0  # variance of the log cumulative hazard of a patient whose prognosis is known
SCALE = "logit"


def royston_r2(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    ranks_given: bool = False,
) -> Estimate:
    """Share of the variation of log survival time that the ranking explains.

    R2 = b^2 / (b^2 + pi^2 / 6), with b = D / sqrt(8 / pi) the coefficient of the normal scores in `royston_d`, the
    variance of the prognosis, and pi^2 / 6 what is left when it is known under proportional hazards.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster, ranks_given : as in `royston_d`

    Returns
    -------
    Estimate
        0 = nothing explained, 1 = everything. A square: a ranking the wrong way round gives it too, and the reason
        says so. A gap where `royston_d` has one.

    Notes
    -----
    Biased upwards where little is explained, and the interval on the logit scale is too short there: read D then.
    Standard error by delta method from that of D.

    References
    ----------
    Royston P, Sauerbrei W. Stat Med 2004;23:723-748. doi:10.1002/sim.1621

    Agrees with
    -----------
    Formula of Royston and Sauerbrei, golden cases ``royston.*`` (value).
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
    b = found.coefficient
    return estimate(
        b**2 / (b**2 + REST),
        2.0 * b * REST / (b**2 + REST) ** 2 * found.influence,
        found.judged.rows,
        found.judged,
        cluster=found.judged.cluster,
        horizon_days=None,
        scale=SCALE,
        method=f"delta method, {found.method}",
        reason="the ranking is the wrong way round" if b < 0 else None,
    )


RECORD = Metric(
    key="royston_r2",
    label="Explained variation (Royston)",
    function=royston_r2,
    needs="marker",
    at_horizon=False,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Royston P, Sauerbrei W. Stat Med 2004;23:723-748. doi:10.1002/sim.1621",
    agrees_with="formula of Royston and Sauerbrei, golden cases royston.* (value)",
)
