"""Deaths in the worst group of a score; shared by both forms of that rule of accuracy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap, judged_by_value, needed_horizon
from spinesurv.metrics.promised_interval import SHARE_SCALE, decided, without_delayed_entry
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.interval_accuracy import decided_at


def dead_in_worst_group(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    complete: bool,
) -> Estimate:
    """Share of the last group dead by the day; patients of all groups shape the weights."""
    horizon = needed_horizon(horizon_days)
    if prediction.group is None:
        return gap("no group goes with this prediction", None, horizon, SHARE_SCALE)
    code = np.where(prediction.group.codes < 0, np.nan, prediction.group.codes)
    judged = without_delayed_entry(
        judged_by_value(outcome, code, weights, cluster, at_day=True, horizon_days=horizon)
    )
    if isinstance(judged, tuple):
        return gap(*judged, horizon, SHARE_SCALE)
    worst = judged.value == len(prediction.group.categories) - 1
    if not worst.any():
        return gap("nobody is in the worst group", judged, horizon, SHARE_SCALE)
    decision = decided_at(judged.time, judged.event, np.full(judged.n, np.nextafter(horizon, np.inf)))
    held = decided(
        judged,
        decision,
        outcome,
        censoring=censoring,
        cluster=cluster,
        complete=complete,
        horizon_days=horizon,
        among=worst,
    )
    if isinstance(held, tuple):
        return gap(*held, horizon, SHARE_SCALE)
    return held.estimate(held.weighted.share(~held.decision.at_border), SHARE_SCALE)
