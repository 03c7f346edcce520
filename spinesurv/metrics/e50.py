"""E50: how far are predicted from observed risks for half of the patients?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.smooth_calibration import smooth_calibration
from spinesurv.stats.censoring import Censoring

SCALE = "log"


def e50(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    knots: int | ArrayLike = 3,
    clip: float | None = None,
) -> Estimate:
    """Median absolute difference between predicted risk and smoothly estimated observed risk by a day.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster, knots, clip : as in `ici`

    Returns
    -------
    Estimate
        0 = perfectly calibrated. A gap where `ici` has one.

    Notes
    -----
    |p - o(p)| as in `ici`; quantile of type 7 over the patients, weighted where there are case weights. The error
    knows that the curve and the quantile vary, knots fixed. Like the index it is biased upwards where predictions
    are well calibrated; see `bootstrapped` there.

    References
    ----------
    Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570

    Agrees with
    -----------
    rms::cph and rms::survest at full convergence, golden cases ``cal.*.rcs*`` (value).
    """
    found = smooth_calibration(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        knots=knots,
        clip=clip,
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    return found.estimate(*found.fit.error_quantile(0.5), SCALE)


RECORD = Metric(
    key="e50",
    label="E50",
    function=e50,
    needs="survival",
    at_horizon=True,
    higher_is="worse",
    range=(0.0, 1.0),
    perfect=0.0,
    scale=SCALE,
    reference="Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570",
    agrees_with="rms::cph and rms::survest, golden cases cal.*.rcs* (value)",
    competing=True,
)
