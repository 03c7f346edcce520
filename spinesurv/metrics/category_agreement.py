"""Promised against observed survival category, for the measures of agreement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.promised_interval import decided, promises_of_groups
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.classification import Share
from spinesurv.stats.interval_accuracy import decided_at
from spinesurv.stats.weighted_kappa import weighted_kappa

KAPPA_SCALE = "identity"


def category_agreement(
    outcome: Outcome,
    prediction: Prediction,
    *,
    power: int,
    weights: ArrayLike | None,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    complete: bool,
) -> Estimate:
    """Weighted kappa; without an error where the agreement is perfect, which no spread can be read from."""
    found = promises_of_groups(outcome, prediction, weights=weights, cluster=cluster)
    if isinstance(found, tuple):
        return gap(*found, None, KAPPA_SCALE)
    judged = found.judged
    begins = np.unique(np.concatenate([[0.0], found.low, found.high[np.isfinite(found.high)]]))
    promised = np.searchsorted(begins, found.low, side="right") - 1
    if (np.append(begins, np.inf)[promised + 1] != found.high).any():
        return gap("the survival intervals of the groups overlap", judged, None, KAPPA_SCALE)
    decision = decided_at(judged.time, judged.event, np.full(judged.n, begins[-1]))
    held = decided(judged, decision, outcome, censoring=censoring, cluster=cluster, complete=complete)
    if isinstance(held, tuple):
        return gap(*held, None, KAPPA_SCALE)
    if not held.weighted.weight.any():
        return held.gap("nobody was followed until it is decided", KAPPA_SCALE)
    observed = np.searchsorted(begins, judged.time, side="right") - 1
    kappa = weighted_kappa(promised, observed, held.weighted.weight, power=power)
    some = held.weighted.weight > 0.0
    if min(len(np.unique(categories[some])) for categories in (promised, observed)) < 2:
        return held.gap("everybody is in one survival category, promised or observed", KAPPA_SCALE)
    estimate = held.estimate(Share(kappa.value, held.weighted.influence(kappa.influence)), KAPPA_SCALE)
    if kappa.value < 1.0:
        return estimate
    note = "perfect agreement, which has no standard error"
    return replace(
        estimate, std_error=np.nan, reason=f"{estimate.reason}; {note}" if estimate.reason else note
    )
