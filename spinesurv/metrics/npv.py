"""Negative predictive value: how many of those with a low predicted risk are alive after a day?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.record import Metric
from spinesurv.metrics.share_at_threshold import SCALE, THRESHOLDS, share_at_threshold
from spinesurv.stats import classification
from spinesurv.stats.censoring import Censoring


def npv(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.5,
) -> Estimate:
    """Chance of being alive after a day among the patients whose predicted risk is below the threshold.

    NPV(t) = sum b_j / (sum a_i + sum b_j) over those with p < t: deaths with T <= h weigh a = 1 / G(T-), those with
    T > h weigh b = 1 / G(h). G is the probability of still being under observation; deaths leave before censorings
    of the same day.

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
        1 = everybody not called is alive after h. Depends on how many die. Where `censoring` is given, `rows`
        are all patients of the outcome, because those without a prediction still shape the weights. A gap
        without survival at h, when nobody is observed beyond h, or when no negative patient has a known fate
        at h.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.

    Notes
    -----
    A negative patient who is censored before h is made up for by the weights, not left out. Standard error by
    influence function, estimation of the censoring weights included.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Biom J 2013;55:687-704. doi:10.1002/bimj.201200045

    Agrees with
    -----------
    timeROC::SeSpPPVNPV, golden cases ``sespe.*`` (there an event at h does not count).
    """
    return share_at_threshold(
        classification.negative_predictive_value,
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        threshold=threshold,
        nobody="nobody with a lower risk has a known fate at",
    )


RECORD = Metric(
    key="npv",
    label="Negative predictive value",
    function=npv,
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
