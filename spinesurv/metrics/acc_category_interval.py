"""Category accuracy, weighted for censoring: did patients live as long as their group promises?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import censoring_of, estimate, gap, spread
from spinesurv.metrics.promised_interval import judged_by_promise
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.interval_accuracy import Verdict, interval_accuracy

SCALE = "logit"


def acc_category_interval(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients whose survival time lies in the interval that their group promises.

    With the interval [low, high) of a patient's group, a death decides; who is alive at high has outlived the
    interval; who is alive at low of an interval without end has kept it. Each decided patient weighs 1 / G, the
    inverse probability of being under observation until then, which makes up for those censored undecided:
    accuracy = sum of correct / G over sum of decided / G.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : not used, the intervals say when to look
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. Depends on how many patients are in which group: not a measure of the groups alone. Where
        `censoring` is given, `rows` are all patients of the outcome. A gap without intervals, when nothing is
        decided yet, or when follow-up ends before the day that decides about one of the groups.

    Notes
    -----
    Rule of accuracy: acc_category_interval, censoring-weighted. Never compare accuracies under different rules.
    Standard error by influence function, estimation of the censoring weights included.

    References
    ----------
    Tokuhashi Y et al. Spine 2005;30:2186-2191. (the intervals of a point score)
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. (the weights)

    Agrees with
    -----------
    Worked example without censoring weights, see `acc_category_interval_complete`; the plain share where nobody
    is censored.
    """
    found = judged_by_promise(outcome, prediction, weights=weights, cluster=cluster)
    if isinstance(found[0], str):
        return gap(found[0], found[1], None, SCALE)
    judged, verdict = found
    assert isinstance(verdict, Verdict)
    borders = np.unique(verdict.border)
    beyond = borders[judged.curve().beyond_follow_up(borders)]
    if len(beyond):
        days = ", ".join(f"{day:g}" for day in beyond)
        return gap(f"follow-up ends before day {days}, which decides about a group", judged, None, SCALE)
    model, mask, rows = censoring_of(judged, outcome, censoring)
    result = interval_accuracy(
        Verdict(*(spread(part, mask).astype(part.dtype) for part in vars(verdict).values())),
        censoring=model,
        weights=None if judged.weights is None else spread(judged.weights, mask),
        judged=mask,
    )
    if not np.isfinite(result.value):
        return gap("nobody was followed until the interval is decided", judged, None, SCALE)
    return estimate(
        result.value,
        result.influence,
        rows,
        judged,
        cluster=None if cluster is None else np.asarray(cluster)[rows],
        horizon_days=None,
        scale=SCALE,
        method="influence function, estimation of the censoring weights included",
    )


RECORD = Metric(
    key="acc_category_interval",
    label="Category accuracy, interval rule (weighted for censoring)",
    function=acc_category_interval,
    needs="interval",
    at_horizon=False,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Tokuhashi Y et al. Spine 2005;30:2186-2191",
    agrees_with="the plain share where nobody is censored",
)
