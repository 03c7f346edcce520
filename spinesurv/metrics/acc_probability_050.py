"""Accuracy at a predicted risk of one half."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.judged import gap, judged_by_risk, needed_horizon
from spinesurv.metrics.promised_interval import SHARE_SCALE, decided, without_delayed_entry
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.interval_accuracy import decided_at

CUT = 0.5


def acc_probability_050(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients for whom calling death at a risk of one half or more is right.

    Called dead by day h = predicted risk of 0.5 or more. Correct = died by h and called dead, or followed beyond h
    and called alive. The reason gives the share of the majority class: what calling the same for everybody would
    reach.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs survival at h
    horizon_days : day h after time zero, the day itself included
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. Depends on how many die: compare with the majority class. A gap without survival at h, when
        nobody is observed beyond h, or when nobody is decided. Where `censoring` is given, `rows` are all patients
        of the outcome.

    Notes
    -----
    Rule of accuracy: acc_probability_050, censoring-weighted. Each decided patient weighs 1 / G, with G the
    probability of being under observation until the decision, which makes up for those censored undecided. Standard
    error by influence function, estimation of the censoring weights included. The cut has nothing to do with a
    decision; `net_benefit` looks at those.

    References
    ----------
    Steyerberg EW et al. Epidemiology 2010;21:128-138. doi:10.1097/EDE.0b013e3181c30fb2
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x (the weights)

    Agrees with
    -----------
    By hand on six patients; sklearn.metrics.accuracy_score where nobody is censored.
    """
    horizon = needed_horizon(horizon_days)
    risk = judged_by_risk(
        outcome, prediction, horizon_days=horizon, weights=weights, cluster=cluster, at_day=True
    )
    judged = without_delayed_entry(risk)
    if isinstance(judged, tuple):
        return gap(*judged, horizon, SHARE_SCALE)
    decision = decided_at(judged.time, judged.event, np.full(judged.n, np.nextafter(horizon, np.inf)))
    held = decided(
        judged,
        decision,
        outcome,
        censoring=censoring,
        cluster=cluster,
        complete=False,
        horizon_days=horizon,
    )
    if isinstance(held, tuple):
        return gap(*held, horizon, SHARE_SCALE)
    alive = decision.at_border
    right = held.weighted.share(acted_on(judged.value, CUT) != alive)
    return held.estimate(right, SHARE_SCALE, majority_words(1.0 - held.weighted.share(alive).value))


def majority_words(dead: float) -> str:
    """What calling the same for everybody would reach, where this share has died."""
    fate = "dead" if dead > 0.5 else "alive"
    return f"majority class: calling everybody {fate} is right in {100 * max(dead, 1.0 - dead):.1f} %"


RECORD = Metric(
    key="acc_probability_050",
    label="Accuracy at a risk of one half (weighted for censoring)",
    function=acc_probability_050,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SHARE_SCALE,
    reference="Steyerberg EW et al. Epidemiology 2010;21:128-138. doi:10.1097/EDE.0b013e3181c30fb2",
    agrees_with="sklearn.metrics.accuracy_score where nobody is censored",
)
