"""Brier score of the binary outcome: how far are predicted risks from what is known to have happened by a day?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.record import Metric
from spinesurv.stats.binary_scores import binary_brier
from spinesurv.stats.censoring import Censoring

SCALE = "identity"


def brier_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Mean squared difference between predicted risk and fate by a day, over patients of known status.

    BS = mean (y - p)^2, y 1 for the dead and 0 for those known to be alive.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0 = certain and right, 0.25 = everybody told one half. `n` counts the patients of known status, the reason
        those left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death; `brier`
    keeps them and is the measure to rely on. Influence of a mean.

    References
    ----------
    Brier GW. Mon Weather Rev 1950;78:1-3.

    Agrees with
    -----------
    Golden cases ``bin.*.logistic`` (brier).
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
    score = binary_brier(found.dead, found.value, weights=found.weights)
    return found.estimate(score.value, score.influence, SCALE, "influence of a mean")


RECORD = Metric(
    key="brier_binary",
    label="Brier score, known status",
    function=brier_binary,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="worse",
    range=(0.0, 1.0),
    perfect=0.0,
    scale=SCALE,
    reference="Brier GW. Mon Weather Rev 1950;78:1-3",
    agrees_with="Golden cases bin.*.logistic (brier)",
    known_only=True,
)
