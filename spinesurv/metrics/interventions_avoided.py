"""Interventions avoided: how many needless ones does acting on the prediction save?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.against_all import against_all
from spinesurv.metrics.net_benefit import RECORD as NET_BENEFIT
from spinesurv.metrics.net_benefit import SCALE
from spinesurv.metrics.record import Metric
from spinesurv.stats import net_benefit as stats
from spinesurv.stats.censoring import Censoring


def interventions_avoided(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.2,
) -> Estimate:
    """Needless interventions that acting on a predicted risk saves against treating everybody, per 100 patients.

    100 [NB(t) - NB of everybody] (1 - t) / t: the gain over treating everybody in true negatives, with no true positive
    missed.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; Kaplan-Meier among the positive, and among all, deals with censoring
    cluster : (n,) patients of one cluster count as one in the standard error
    threshold : t, above 0 and below 1

    Returns
    -------
    Estimate
        0 = no better than treating everybody; at most the patients of 100 who live. The interval is pointwise. A gap for
        the causes in `net_benefit`.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    Standard error from the influence of each patient on both benefits, which stand on the same patients.

    References
    ----------
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361

    Agrees with
    -----------
    dcurves::net_intervention_avoided, golden cases ``nb.*``.
    """
    return against_all(
        lambda found, everybody: stats.interventions_avoided(found, everybody, threshold),
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        threshold=threshold,
    )


RECORD = Metric(
    key="interventions_avoided",
    label="Interventions avoided per 100",
    function=interventions_avoided,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 100.0),
    perfect=100.0,
    scale=SCALE,
    reference="Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361",
    agrees_with="dcurves::dca, golden cases nb.*",
    competing=True,
    thresholds=NET_BENEFIT.thresholds,
)
