"""Net benefit over treating everybody."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.against_all import against_all
from spinesurv.metrics.net_benefit import RECORD as NET_BENEFIT
from spinesurv.metrics.net_benefit import SCALE
from spinesurv.metrics.record import Metric
from spinesurv.stats import net_benefit as stats
from spinesurv.stats.censoring import Censoring


def net_benefit_over_all(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.2,
) -> Estimate:
    """What acting on a predicted risk gains over treating everybody, in true positives per patient.

    NB(t) - NB of everybody, with NB of everybody = R - (1 - R) t / (1 - t), R the risk of death by day h that was seen
    in all patients judged (Kaplan-Meier; Aalen-Johansen where other events compete).

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
        0 = no better than treating everybody. A system is worth acting on at t where this and `net_benefit`, the
        difference to treating nobody, are above 0. The interval is pointwise. A gap for the causes in `net_benefit`.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    Standard error from the influence of each patient on both benefits, which stand on the same patients. Equals the
    paired difference to a system that predicts death for everybody.

    References
    ----------
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361

    Agrees with
    -----------
    dcurves::dca, golden cases ``nb.*``: net_benefit of the model minus that of all.
    """
    return against_all(
        stats.over_all,
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        threshold=threshold,
    )


RECORD = Metric(
    key="net_benefit_over_all",
    label="Net benefit over treating all",
    function=net_benefit_over_all,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361",
    agrees_with="dcurves::dca, golden cases nb.*",
    competing=True,
    thresholds=NET_BENEFIT.thresholds,
)
