"""Standardised net benefit: which part of the largest possible one is reached?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.against_all import against_all
from spinesurv.metrics.net_benefit import RECORD as NET_BENEFIT
from spinesurv.metrics.net_benefit import SCALE
from spinesurv.metrics.record import Metric
from spinesurv.stats import net_benefit as stats
from spinesurv.stats.censoring import Censoring


def net_benefit_standardised(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.2,
) -> Estimate:
    """Net benefit as a share of the largest possible one, that of knowing who dies.

    NB(t) / R, with R the risk of death by day h that was seen in all patients judged (Kaplan-Meier; Aalen-Johansen
    where other events compete).

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
        1 = as good as knowing who dies, 0 = no better than treating nobody. Comparable between cohorts in which more or
        fewer die. The interval is pointwise. A gap for the causes in `net_benefit`, and when nobody
        has died by h.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    Standard error: delta method for NB and R, which stand on the same patients.

    References
    ----------
    Kerr KF et al. J Clin Oncol 2016;34:2534-2540. doi:10.1200/JCO.2015.65.5654

    Agrees with
    -----------
    dcurves::standardized_net_benefit, golden cases ``nb.*``.
    """
    return against_all(
        lambda found, everybody: stats.standardised(found, everybody, threshold),
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        threshold=threshold,
    )


RECORD = Metric(
    key="net_benefit_standardised",
    label="Standardised net benefit",
    function=net_benefit_standardised,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Kerr KF et al. J Clin Oncol 2016;34:2534-2540. doi:10.1200/JCO.2015.65.5654",
    agrees_with="dcurves::dca, golden cases nb.*",
    competing=True,
    thresholds=NET_BENEFIT.thresholds,
)
