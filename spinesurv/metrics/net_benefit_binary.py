"""Net benefit of the binary outcome: what is gained by acting on a risk, among those of known status?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.net_benefit import LEAST_POSITIVE
from spinesurv.metrics.net_benefit import RECORD as CENSORED
from spinesurv.metrics.record import Metric
from spinesurv.stats.binary_scores import binary_net_benefit
from spinesurv.stats.censoring import Censoring

SCALE = "identity"


def net_benefit_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    threshold: float = 0.2,
) -> Estimate:
    """True positives minus false positives times the odds of the threshold, per patient of known status.

    NB(t) = share dead with p >= t - share alive with p >= t times t / (1 - t).

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error
    threshold : t, above 0 and below 1, the risk at which one would act

    Returns
    -------
    Estimate
        0 = no better than treating nobody, at most the share of the dead. `n` counts the patients of known status,
        the reason those left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, or with fewer than 10 patients
        positive.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death;
    `net_benefit` keeps them and is the measure to rely on. Influence of a mean.

    References
    ----------
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361

    Agrees with
    -----------
    dcurves::dca, golden cases ``bin.*.nb``.
    """
    found = known_status_by_risk(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    acts = acted_on(found.value, threshold)
    if acts.sum() < LEAST_POSITIVE:
        return found.gap(
            f"fewer than {LEAST_POSITIVE} patients are positive at the threshold {threshold:g}", SCALE
        )
    benefit = binary_net_benefit(found.dead, acts, threshold, weights=found.weights)
    return found.estimate(benefit.value, benefit.influence, SCALE, "influence of a mean")


RECORD = Metric(
    key="net_benefit_binary",
    label="Net benefit, known status",
    function=net_benefit_binary,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361",
    agrees_with="dcurves::dca, golden cases bin.*.nb",
    thresholds=CENSORED.thresholds,
    known_only=True,
)
