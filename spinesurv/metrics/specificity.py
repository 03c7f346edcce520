"""Specificity: how many of those alive after a day had a low predicted risk?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.record import Metric
from spinesurv.metrics.share_at_threshold import SCALE, THRESHOLDS, share_at_threshold
from spinesurv.stats import classification
from spinesurv.stats.censoring import Censoring


def specificity(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.5,
) -> Estimate:
    """Share of the patients alive after a day whose predicted risk was below the threshold.

    Sp(t) = sum b_j 1[p_j < t] / sum b_j over those with T > h, b_j = 1 / G(h). G is the probability of still being
    under observation at h.

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
        1 = no survivor had been called. Rises with the threshold; read it beside the sensitivity. Where
        `censoring` is given, `rows` are all patients of the outcome, because those without a prediction still
        shape the weights. A gap without survival at h, when nobody is observed beyond h, or when nobody is
        known to be alive after h.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    Higher alone is not better: calling nobody positive has specificity 1. Standard error by influence
    function, estimation of the censoring weights included.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Biom J 2013;55:687-704. doi:10.1002/bimj.201200045

    Agrees with
    -----------
    timeROC::SeSpPPVNPV, golden cases ``sespe.*`` (there an event at h does not count).
    """
    return share_at_threshold(
        classification.specificity,
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        threshold=threshold,
        nobody="nobody is known to be {free} after",
    )


RECORD = Metric(
    key="specificity",
    label="Specificity",
    function=specificity,
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
