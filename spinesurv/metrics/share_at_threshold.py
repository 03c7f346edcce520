"""Shares of right calls at a threshold of risk; shared by sensitivity, specificity and the predictive values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.judged import gap, judged_by_risk, needed_horizon
from spinesurv.metrics.judged_fate import judged_fate
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.classification import Share
from spinesurv.stats.known_fate import KnownFate

SCALE = "logit"
THRESHOLDS = (0.1, 0.2, 0.3, 0.5)


def share_at_threshold(
    share: Callable[[KnownFate, ArrayLike], Share],
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    threshold: float,
    nobody: str,
) -> Estimate:
    """One of the shares in `stats.classification`; `nobody` says in the reason of a gap who was looked for, with
    {died} and {free} for what the event is.

    Under competing events, who had one by the horizon is no case but a control.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_risk(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        competing=True,
        at_day=True,
    )
    found = judged_fate(outcome, judged, horizon, censoring=censoring, cluster=cluster)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    positive = found.spread(acted_on(found.judged.value, threshold).astype(float)) > 0.0
    result = share(found.fate, positive)
    if not np.isfinite(result.value):
        who = nobody.format(died=found.judged.died, free=found.judged.free)
        return found.gap(f"{who} day {horizon:g}", SCALE)
    return found.estimate(result.value, result.influence, SCALE)
