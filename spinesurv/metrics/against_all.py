"""What acting on a prediction gains over acting on everybody; shared by the measures that read it differently."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap, needed_horizon
from spinesurv.metrics.net_benefit import (
    SCALE,
    acting_at,
    benefit_estimate,
    judged_for_decisions,
    net_benefit_of,
)
from spinesurv.stats.classification import Share
from spinesurv.stats.net_benefit import NetBenefit


def against_all(
    read: Callable[[NetBenefit, NetBenefit], Share],
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    threshold: float,
) -> Estimate:
    """`read` of the net benefit at the threshold and that of acting on everybody, in the same patients."""
    judged = judged_for_decisions(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    if isinstance(judged, tuple):
        return gap(*judged, horizon_days, SCALE)
    horizon = needed_horizon(horizon_days)
    found = acting_at(judged, horizon, threshold)
    if isinstance(found, str):
        return gap(found, judged, horizon, SCALE)
    everybody = net_benefit_of(judged, np.ones(judged.n, dtype=bool), horizon, threshold)
    result = read(found, everybody)
    if not np.isfinite(result.value):
        return gap(f"nobody {judged.died} by day {horizon:g}", judged, horizon, SCALE)
    return benefit_estimate(judged, result, horizon)
