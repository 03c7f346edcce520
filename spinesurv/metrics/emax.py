"""Emax: how far is the worst prediction from the observed risk?"""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.smooth_calibration import smooth_calibration
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.largest_distance import LargestDistance

SCALE = "log"


def emax(
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
    """Largest absolute difference between predicted risk and smoothly estimated observed risk by a day.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster, knots, clip : as in `ici`

    Returns
    -------
    Estimate
        0 = perfectly calibrated. A gap where `ici` has one.

    Notes
    -----
    |p - o(p)| as in `ici`, the largest over the patients. The error is that of the curve where the largest
    difference is; it takes as given where that is, and how extreme the predictions are. The interval does not: it
    holds every largest difference of a calibration curve that the likelihood ratio does not reject, so it knows that
    the largest of several uncertain differences is too large on average (in 500 patients by 0.02 where the truth is
    0.09), and reaches lower than it would around the value. Where predictions are perfectly calibrated its lower limit
    is 0 in two samples of three only, and above 0.01 in one of ten (500 patients): it is no test of calibration; slope
    and intercept are. A largest value grows with the number of patients as long as more extreme predictions turn up, so
    compare it only between systems on the same patients.

    References
    ----------
    Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570
    Venzon DJ, Moolgavkar SH. Appl Stat 1988;37:87-94. (limits by profile likelihood)

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
    told = found.estimate(*found.fit.largest_error(), SCALE)
    return replace(told, limits=LargestDistance.of(found.fit, found.judged.cluster))


RECORD = Metric(
    key="emax",
    label="Emax",
    function=emax,
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
