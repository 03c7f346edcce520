"""Net benefit: what is gained by acting on a predicted risk instead of treating nobody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.judged import (
    Judged,
    beyond_follow_up,
    estimate,
    gap,
    judged_by_risk,
    needed_horizon,
)
from spinesurv.metrics.record import Metric
from spinesurv.stats import net_benefit as stats
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.classification import Share

LEAST_POSITIVE = 10
SCALE = "identity"


def net_benefit(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.2,
) -> Estimate:
    """True positives minus false positives times the odds of the threshold, per patient.

    NB(t) = share [R - (1 - R) t / (1 - t)]: share is the part of patients whose predicted risk of death by day h
    is t or more, R the risk of death by h that was seen among them (Kaplan-Meier; Aalen-Johansen where other events
    compete). The threshold is the risk at which one would act, and says how many false alarms one true one is worth.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; Kaplan-Meier among the positive deals with censoring
    cluster : (n,) patients of one cluster count as one in the standard error
    threshold : t, above 0 and below 1. Results at several of them stand side by side in a table

    Returns
    -------
    Estimate
        The difference to treating nobody, which has 0; at most the risk in all patients. `net_benefit_over_all` is
        the difference to treating everybody. The interval is pointwise, for this threshold by itself. A gap without survival at h, when nobody is observed at h, with fewer than 10
        patients positive, or when the follow-up of the positive ends before h.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    Censoring is assumed unrelated to the prognosis among the positive. Standard error: delta method for the share
    and for R (Greenwood). Delayed entry is not covered: the share at time zero is not known then.

    References
    ----------
    Vickers AJ, Cronin AM, Elkin EB, Gonen M. BMC Med Inform Decis Mak 2008;8:53. doi:10.1186/1472-6947-8-53

    Agrees with
    -----------
    dcurves::dca, golden cases ``nb.*``.
    """
    judged = judged_for_decisions(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    if isinstance(judged, tuple):
        return gap(*judged, horizon_days, SCALE)
    return net_benefit_at(judged, needed_horizon(horizon_days), threshold)


def judged_for_decisions(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> Judged | tuple[str, Judged | None]:
    """The patients on whom decisions can be judged; or the reason why not, and who was there."""
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
    if isinstance(judged, str):
        return judged, None
    if judged.start is not None:
        return "the share of positive patients is not known with delayed entry", judged
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    return judged if beyond is None else (beyond, judged)


def acting_at(judged: Judged, horizon_days: float, threshold: float) -> stats.NetBenefit | str:
    """What acting at one threshold gains in these patients; text = why that is not told."""
    acts = acted_on(judged.value, threshold)
    found = net_benefit_of(judged, acts, horizon_days, threshold)
    at = f"at the threshold {threshold:g}"
    if found.n_positive < LEAST_POSITIVE:
        return f"fewer than {LEAST_POSITIVE} patients are positive {at}"
    if not np.isfinite(found.value):
        return f"follow-up of the patients positive {at} ends before day {horizon_days:g}"
    return found


def net_benefit_of(
    judged: Judged, acts: NDArray[np.bool_], horizon_days: float, threshold: float
) -> stats.NetBenefit:
    """Net benefit of acting on some of these patients."""
    return stats.net_benefit(
        judged.time,
        judged.event,
        acts,
        horizon_days,
        threshold,
        weights=judged.weights,
        competing=judged.competing,
    )


def benefit_estimate(judged: Judged, found: stats.NetBenefit | Share, horizon_days: float) -> Estimate:
    """An Estimate of a benefit of these patients; few deaths on one side of the threshold make it skewed."""
    told = estimate(
        found.value,
        found.influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="delta method, share of positive patients and the risk seen among them; interval with skewness",
    )
    influence, error = told.influence, told.std_error
    if influence is None or not error > 0.0:
        return told
    return replace(told, skewness=float(np.sum(influence**3)) / error**3)


def net_benefit_at(judged: Judged, horizon_days: float, threshold: float) -> Estimate:
    """Net benefit of these patients at one threshold."""
    found = acting_at(judged, horizon_days, threshold)
    if isinstance(found, str):
        return gap(found, judged, horizon_days, SCALE)
    return benefit_estimate(judged, found, horizon_days)


RECORD = Metric(
    key="net_benefit",
    label="Net benefit",
    function=net_benefit,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Vickers AJ et al. BMC Med Inform Decis Mak 2008;8:53. doi:10.1186/1472-6947-8-53",
    agrees_with="dcurves::dca, golden cases nb.*",
    competing=True,
    thresholds=(0.1, 0.2, 0.3, 0.5),
)
