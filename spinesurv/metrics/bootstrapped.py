"""A measure with a bootstrap error, for where the closed form is not to be trusted, or to check it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import SCALES, Estimate, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics.judged import FloatArray
from spinesurv.metrics.record import Metric
from spinesurv.stats.bootstrap import multinomial_weights

LEAST_SHARE = 0.9  # of the draws must have a value


def bootstrapped(
    metric: Metric,
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    threshold: float | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    reference: Prediction | None = None,
    draws: int = 500,
    seed: int = 0,
) -> Estimate:
    """A measure whose standard error is the spread of its values over bootstrap samples of patients.

    Each sample is a vector of multinomial weights on the patients, who are sorted by time once.

    Parameters
    ----------
    metric : record of the measure
    outcome, prediction : of the same n patients
    horizon_days, threshold : given to the measure
    weights : (n,) case weights; multiplied with those of the bootstrap
    cluster : (n,) whole clusters are drawn
    reference : of the same patients: the measure of `prediction` minus that of `reference`, both with the same
        weights in each sample, on patients whom both can predict
    draws : number of samples; the standard error is known to 1 / sqrt(2 draws), 3 % of it for 500
    seed : of the random numbers

    Returns
    -------
    Estimate
        The value is that of the patients as they are. The spread is taken on the scale of the measure (identity
        for a difference). No influence values. A gap where the measure has one; no standard error where less than
        90 % of the samples have a value, or where the value sits on the edge of its scale.

    Raises
    ------
    InputError
        Fewer than 2 draws.

    Notes
    -----
    Weight 2 is not the same as two patients where events of the same day share a risk set (Cox regression with
    Efron ties); with few ties the two differ by less than the bootstrap knows.
    """
    if draws < 2:
        raise InputError(f"bootstrap: {draws} draws asked for; at least 2 are needed.")
    order = np.argsort(outcome.time_days, kind="stable")
    judged = outcome.take(order)
    systems = [p.take(order) for p in (prediction, reference) if p is not None]
    own = None if weights is None else np.asarray(weights, dtype=np.float64)[order]
    options: dict[str, float] = {}
    if horizon_days is not None:
        options["horizon_days"] = horizon_days
    if threshold is not None:
        options["threshold"] = threshold

    def of(case_weights: FloatArray | None) -> list[Estimate]:
        return [metric.function(judged, p, weights=case_weights, **options) for p in systems]

    alone = of(own)
    gaps = [e for e in alone if e.status == "gap"]
    if gaps:
        return gaps[0]
    if reference is not None:
        own = _both(alone, np.ones(len(outcome)) if own is None else own)
        alone = of(own)
    estimate = alone[0] if reference is None else alone[0].minus(alone[1])
    scale = SCALES[estimate.scale]
    groups = None if cluster is None else np.asarray(cluster)[order]
    values = np.full(draws, np.nan)
    for k, drawn in enumerate(multinomial_weights(len(outcome), draws, seed=seed, cluster=groups)):
        found = of(drawn if own is None else own * drawn)
        value = found[0].value - (found[1].value if reference is not None else 0.0)
        if scale.inside(value):
            values[k] = scale.forward(value)
    n_known = int(np.isfinite(values).sum())
    reason = estimate.reason
    if n_known < draws:
        lost = f"{draws - n_known} of {draws} bootstrap samples have no value"
        reason = f"{reason}; {lost}" if reason else lost
    enough = n_known >= LEAST_SHARE * draws and scale.inside(estimate.value)
    error = float(np.nanstd(values, ddof=1)) / scale.slope(estimate.value) if enough else np.nan
    return replace(
        estimate,
        std_error=error,
        method=f"bootstrap by multinomial weights, {draws} draws",
        influence=None,
        rows=None,
        limits=None,
        reason=reason,
    )


def _both(alone: list[Estimate], weights: FloatArray) -> FloatArray:
    """The weights, 0 for patients on whom only one of two measures stands."""
    shared = np.zeros(len(weights), dtype=bool)
    first, second = (np.asarray(e.rows) for e in alone)
    shared[np.intersect1d(first, second)] = True
    return weights * shared
