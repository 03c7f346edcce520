"""Accuracy at a predicted risk of one half, complete status."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.acc_probability_050 import CUT, majority_words
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.promised_interval import SHARE_SCALE
from spinesurv.metrics.record import Metric
from spinesurv.stats.arrays import case_weights
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.classification import share_of


def acc_probability_050_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients for whom calling death at a risk of one half or more is right, of those with known fate.

    Called dead by day h = predicted risk of 0.5 or more. Correct = died by h and called dead, or seen alive on day
    h or later and called alive. The reason gives the share of the majority class: what calling the same for everybody would
    reach.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs survival at h
    horizon_days : day h after time zero, the day itself included
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. Depends on how many die: compare with the majority class. A gap without survival at h, when
        nobody is observed at h, or with delayed entry. `n` counts the patients of known status; `rows` are all
        patients judged, the others with influence 0.

    Notes
    -----
    Rule of accuracy: acc_probability_050, complete status, as in published reports: patients censored before h are
    left out, and the reason says how many. That favours what is decided early, that is death; `acc_probability_050`
    makes up for it. The cut has nothing to do with a decision; `net_benefit` looks at those.

    References
    ----------
    Steyerberg EW et al. Epidemiology 2010;21:128-138. doi:10.1097/EDE.0b013e3181c30fb2

    Agrees with
    -----------
    By hand on six patients; sklearn.metrics.accuracy_score where nobody is censored.
    """
    found = known_status_by_risk(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SHARE_SCALE)
    w = case_weights(found.weights, len(found.dead))
    right, terms = share_of(w, w * (acted_on(found.value, CUT) == (found.dead > 0.0)))
    words = majority_words(share_of(w, w * found.dead)[0])
    return found.estimate(right, terms, SHARE_SCALE, "influence of a proportion", note=words)


RECORD = Metric(
    key="acc_probability_050_complete",
    label="Accuracy at a risk of one half (complete status)",
    function=acc_probability_050_complete,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SHARE_SCALE,
    reference="Steyerberg EW et al. Epidemiology 2010;21:128-138. doi:10.1097/EDE.0b013e3181c30fb2",
    agrees_with="sklearn.metrics.accuracy_score where nobody is censored",
    known_only=True,
)
