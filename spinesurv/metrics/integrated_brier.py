"""Integrated Brier score: the Brier score averaged over the days up to a horizon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.brier import brier
from spinesurv.metrics.full_curve import full_curve
from spinesurv.metrics.judged import gap
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.time_average import time_average_weights

SCALE = "identity"


def integrated_brier(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Mean of the Brier score over the days from 0 to a horizon.

    IBS(h) = 1/h times the integral of BS(t) from 0 to h, by trapezoids over day 0, where BS is 0, and every predicted
    day up to h.

    Parameters
    ----------
    outcome, prediction : of the same n patients; survival predicted on days close together up to the horizon
    horizon_days : day h after time zero
    weights, censoring, cluster : as in `brier`

    Returns
    -------
    Estimate
        0 = certain and right all the way. A gap where `brier` has one at h, and where `full_curve` finds a reason
        (predicted days too far apart).

    Notes
    -----
    Conventions differ: riskRegression and pec hold each score until the next day of the grid (a running sum), which
    is lower where the score rises; scikit-survival uses trapezoids from the first day of its grid. Here it is
    trapezoids from day 0. The standard error is that of the same average of influence values.

    References
    ----------
    Graf E et al. Stat Med 1999;18:2529-2545. doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5

    Agrees with
    -----------
    riskRegression::Score day by day and the trapezoid over a grid, golden cases ``ibs.*``.
    """
    found = full_curve(outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    rows = np.zeros(len(outcome), dtype=bool)
    rows[found.judged.rows] = True
    survival = np.full((len(outcome), len(found.days)), np.nan)
    survival[rows] = found.survival
    reason = np.where(rows, "", "no curve")
    curve = Prediction(prediction.key, times_days=found.days, survival=survival, reason=reason)
    shares = time_average_weights(found.days)
    scores = []
    for day in found.days[1:]:
        at_day = brier(
            outcome, curve, horizon_days=day, weights=weights, censoring=censoring, cluster=cluster
        )
        if at_day.influence is None:
            return at_day
        scores.append(at_day)
    influence = shares[1:] @ np.array([score.influence for score in scores])
    alone = np.isnan(at_day.std_error)  # one patient has no error on any day
    error = np.nan if alone else float(np.sqrt(np.sum(influence**2)))
    return replace(
        at_day,
        value=float(shares[1:] @ [score.value for score in scores]),
        std_error=error,
        influence=influence,
        method=f"{at_day.method}; trapezoids over {len(found.days)} days from 0",
    )


RECORD = Metric(
    key="integrated_brier",
    label="Integrated Brier score",
    function=integrated_brier,
    needs="curve",
    at_horizon=True,
    higher_is="worse",
    range=(0.0, float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Graf E et al. Stat Med 1999;18:2529-2545",
    agrees_with="riskRegression::Score day by day, trapezoids over a grid, golden cases ibs.*",
)
