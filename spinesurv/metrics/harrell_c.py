"""Harrell's C: do those with the higher marker die first?"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap, judged_by_marker
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.concordance import concordance

LEAST_EVENTS = 2
SCALE = "logit"


def harrell_c(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of comparable pairs of patients in which the one with the higher marker dies first.

    C = (concordant + tied / 2) / (concordant + discordant + tied), over pairs in which one patient died and the
    other was followed longer, or as long and was censored. Equal markers count one half; two deaths on the same
    day are not comparable.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the marker ranks (higher = dies sooner)
    horizon_days : only deaths up to this day are cases, and a prediction without a marker is ranked by its
        risk by this day. None: all follow-up
    weights : (n,) case weights
    censoring : not used; the pairs that censoring hides are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0.5 = no better than chance, 1 = perfect ranking. A gap without a marker, with fewer than 2 deaths, or
        without a comparable pair.

    Notes
    -----
    Depends on how long patients were followed. Standard error: infinitesimal jackknife.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387.

    Agrees with
    -----------
    survival::concordance, golden cases ``conc.*.n``.
    """
    judged = judged_by_marker(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    if isinstance(judged, str):
        return gap(judged, None, horizon_days, SCALE)
    if judged.events_by(horizon_days) < LEAST_EVENTS:
        return gap(f"fewer than {LEAST_EVENTS} deaths", judged, horizon_days, SCALE)
    result = concordance(
        judged.time,
        judged.event,
        judged.value,
        start=judged.start,
        weights=judged.weights,
        latest=inf if horizon_days is None else horizon_days,
    )
    if not np.isfinite(result.value):
        return gap("no two patients can be compared", judged, horizon_days, SCALE)
    return estimate(
        result.value,
        result.influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="infinitesimal jackknife",
    )


RECORD = Metric(
    key="harrell_c",
    label="Harrell's C",
    function=harrell_c,
    needs="marker",
    at_horizon=False,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387",
    agrees_with="survival::concordance, golden cases conc.*.n",
)
