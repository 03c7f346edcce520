"""Integrated calibration index: how far are predicted from observed risks on average?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.smooth_calibration import smooth_calibration
from spinesurv.stats.censoring import Censoring

SCALE = "log"


def ici(
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
    """Mean absolute difference between predicted risk and smoothly estimated observed risk by a day.

    ICI = mean |p - o(p)|, with o(p) from a Cox model on a restricted cubic spline of log(-log(1 - p)); where other
    events compete with the one that is judged, from a Fine-Gray model on the same columns.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day by which the risks are meant
    weights : (n,) case weights
    censoring : where events compete, one curve for each of its strata; else not used, the Cox model deals with it
    cluster : (n,) patients of one cluster count as one in the standard error
    knots : number of knots (3 to 7), or their places on the complementary log-log scale
    clip : risks below it or above 1 - `clip` are moved there, and the reason says how many; None = a risk of
        exactly 0 or 1 is a gap

    Returns
    -------
    Estimate
        0 = perfectly calibrated. Where the risks have too few distinct values for 3 knots (groups of a point
        score), a straight line takes the place of the spline, and the reason says so. A gap for the causes in
        `smooth_calibration`.

    Notes
    -----
    The error is by the delta method through coefficients and baseline hazard, with fixed knots. An absolute
    value cannot fall below 0: where predictions are well calibrated the index is biased upwards, about as large
    as its own error, and the interval on the log scale is too narrow and cannot hold 0. See `bootstrapped` there.

    References
    ----------
    Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570
    Austin PC, Putter H, Giardiello D, van Klaveren D. Diagn Progn Res 2022;6:2. doi:10.1186/s41512-021-00114-6

    Agrees with
    -----------
    rms::cph and rms::survest at full convergence, golden cases ``cal.*.rcs*``.
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
    return found.estimate(*found.fit.mean_error(), SCALE)


RECORD = Metric(
    key="ici",
    label="Integrated calibration index",
    function=ici,
    needs="survival",
    at_horizon=True,
    higher_is="worse",
    range=(0.0, 1.0),
    perfect=0.0,
    scale=SCALE,
    reference="Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570",
    agrees_with="rms::cph and rms::survest, golden cases cal.*.rcs*",
    competing=True,
)
