"""Index of prediction accuracy: how much better than telling everybody the same risk?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.record import Metric
from spinesurv.metrics.weighted_risk import weighted_risk
from spinesurv.stats.censoring import Censoring

SCALE = "identity"


def ipa(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of the Brier score that the prediction saves against the cohort's own Kaplan-Meier risk.

    IPA(h) = 1 - BS(h) / BS0(h), where BS0 predicts 1 - KM(h) of the patients judged for everybody; where other
    events compete with the one that is judged, their Aalen-Johansen incidence.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster : as in `brier`

    Returns
    -------
    Estimate
        1 = perfect, 0 = no better than the average risk, negative = worse. A gap where `brier` has one, and when
        everybody or nobody has died by h.

    Notes
    -----
    The standard error knows that both scores stand on the same patients and that KM(h) was estimated.

    References
    ----------
    Kattan MW, Gerds TA. Diagn Progn Res 2018;2:7. doi:10.1186/s41512-018-0029-2

    Agrees with
    -----------
    riskRegression::Score (summary="ipa"), golden cases ``brier.*`` (value; its error is not given there).
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
    judged = weighed.judged
    average, by_average = judged.incidence(weighed.horizon_days)
    if not 0.0 < average < 1.0:
        share = "nobody" if average <= 0.0 else "everybody"
        return gap(
            f"{share} {judged.died} by day {weighed.horizon_days:g}, no score to improve on",
            judged,
            horizon_days,
            SCALE,
        )
    score = weighed.score(judged.value)
    null = weighed.score(np.full(judged.n, average))
    # BS0 is a parabola in the average risk; its slope is 0 there unless the weights come from another model
    alive, dead = weighed.score(np.ones(judged.n)).value, weighed.score(np.zeros(judged.n)).value
    slope = 2.0 * average * alive - 2.0 * (1.0 - average) * dead
    null_influence = null.influence + slope * weighed.spread(by_average)
    value = 1.0 - score.value / null.value
    influence = -score.influence / null.value + score.value * null_influence / null.value**2
    return estimate(
        value,
        influence,
        weighed.rows,
        judged,
        cluster=weighed.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="influence functions of both scores",
    )


RECORD = Metric(
    key="ipa",
    label="Index of prediction accuracy",
    function=ipa,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(float("-inf"), 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Kattan MW, Gerds TA. Diagn Progn Res 2018;2:7. doi:10.1186/s41512-018-0029-2",
    agrees_with="riskRegression::Score, golden cases brier.*",
    competing=True,
)
