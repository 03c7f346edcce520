"""Brier score: how far are predicted risks from what happened by a day?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.weighted_risk import weighted_risk
from spinesurv.stats.censoring import Censoring

SCALE = "identity"
METHOD = "influence function, estimation of the censoring weights included"


def brier(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Mean squared difference between the predicted risk of death by a day and what happened.

    BS(h) = mean of [ 1(T <= h, died) (1 - p)^2 / G(T-) + 1(T > h) p^2 / G(h) ] over all patients judged; those
    censored before h count 0, and the weights 1 / G make up for them. G(T-), just before the own time, and
    G(h) are probabilities of still being under observation; deaths leave before censorings of the same day. Who had
    an event by h that competes with the one judged counts p^2 / G(T-).

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0 = certain and right. Where `censoring` is given, `rows` are all patients of the outcome, because those
        without a prediction still shape the weights; else those judged. A gap without survival at h, or when
        nobody is observed beyond h.

    Notes
    -----
    Delayed entry is not covered: the weights would have to account for those who died before they could enter.

    References
    ----------
    Gerds TA, Schumacher M. Biom J 2006;48:1029-1040. doi:10.1002/bimj.200610301
    Schoop R et al. Biom J 2011;53:88-112. doi:10.1002/bimj.201000073 (competing events)

    Agrees with
    -----------
    riskRegression::Score, golden cases ``brier.*``.
    """
    weighed = weighted_risk(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
    )
    if isinstance(weighed, tuple):
        reason, judged = weighed
        return gap(reason, judged, horizon_days, SCALE)
    score = weighed.score(weighed.judged.value)
    return estimate(
        score.value,
        score.influence,
        weighed.rows,
        weighed.judged,
        cluster=weighed.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method=METHOD,
    )


RECORD = Metric(
    key="brier",
    label="Brier score",
    function=brier,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="worse",
    range=(0.0, float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Gerds TA, Schumacher M. Biom J 2006;48:1029-1040. doi:10.1002/bimj.200610301",
    agrees_with="riskRegression::Score, golden cases brier.*",
    competing=True,
)
