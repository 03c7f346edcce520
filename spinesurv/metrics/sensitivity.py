"""Sensitivity: how many of those dead by a day had a high predicted risk?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.record import Metric
from spinesurv.metrics.share_at_threshold import SCALE, THRESHOLDS, share_at_threshold
from spinesurv.stats import classification
from spinesurv.stats.censoring import Censoring


def sensitivity(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.5,
) -> Estimate:
    """Share of the patients dead by a day whose predicted risk was at the threshold or above.

    Se(t) = sum a_i 1[p_i >= t] / sum a_i over deaths with T <= h, a_i = 1 / G(T_i-). G is the probability of still
    being under observation; deaths leave before censorings of the same day.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error
    threshold : risk of death by h, above 0 and below 1; who has this risk or more is positive

    Returns
    -------
    Estimate
        1 = every death had been called. Rises as the threshold falls; read it beside the specificity. Where
        `censoring` is given, `rows` are all patients of the outcome, because those without a prediction still
        shape the weights. A gap without survival at h, when nobody is observed beyond h, or when nobody has
        died by h.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    Higher alone is not better: calling everybody positive has sensitivity 1. Standard error by influence
    function, estimation of the censoring weights included.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Biom J 2013;55:687-704. doi:10.1002/bimj.201200045

    Agrees with
    -----------
    timeROC::SeSpPPVNPV, golden cases ``sespe.*`` (there an event at h does not count).
    """
    return share_at_threshold(
        classification.sensitivity,
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        threshold=threshold,
        nobody="nobody {died} by",
    )


RECORD = Metric(
    key="sensitivity",
    label="Sensitivity",
    function=sensitivity,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Blanche P et al. Biom J 2013;55:687-704. doi:10.1002/bimj.201200045",
    agrees_with="timeROC::SeSpPPVNPV, golden cases sespe.*",
    competing=True,
    comparable=False,
    thresholds=THRESHOLDS,
)
