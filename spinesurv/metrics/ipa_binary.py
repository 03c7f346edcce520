"""Scaled Brier score of the binary outcome: how much better than telling everybody the share of the dead?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.record import Metric
from spinesurv.stats.binary_scores import binary_ipa
from spinesurv.stats.censoring import Censoring

SCALE = "identity"


def ipa_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of the binary Brier score that the prediction saves against the same risk for everybody.

    1 - BS / (O (1 - O)), BS as in `brier_binary` and O the share of the dead.

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
        1 = perfect, 0 = no better than the share of the dead, negative = worse. `n` counts the patients of known
        status, the reason those left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, and when nobody or everybody of
        known status has died.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death; `ipa`
    keeps them and is the measure to rely on. Standard error: influence of both scores.

    References
    ----------
    Steyerberg EW et al. Epidemiology 2010;21:128-138. doi:10.1097/EDE.0b013e3181c30fb2

    Agrees with
    -----------
    Golden cases ``bin.*.logistic`` (scaled_brier).
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
    if found.n_dead == 0 or found.n_alive == 0:
        share = "nobody" if found.n_dead == 0 else "everybody"
        return found.gap(f"{share} of known status has died by day {found.horizon_days:g}", SCALE)
    score = binary_ipa(found.dead, found.value, weights=found.weights)
    return found.estimate(score.value, score.influence, SCALE, "influence of both scores")


RECORD = Metric(
    key="ipa_binary",
    label="Scaled Brier score, known status",
    function=ipa_binary,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Steyerberg EW et al. Epidemiology 2010;21:128-138. doi:10.1097/EDE.0b013e3181c30fb2",
    agrees_with="Golden cases bin.*.logistic (scaled_brier)",
    known_only=True,
)
