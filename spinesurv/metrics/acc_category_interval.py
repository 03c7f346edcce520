"""Category accuracy: did patients live as long as their group promises?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE, promises_of_groups, share_of_promises
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring


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
    interval; who is alive at low of an interval without end has kept it. Everybody else who is censored is
    undecided. accuracy = correct / (correct + outlived + died before), each patient with its weight.

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
        1 = everybody. Depends on how many patients are in which group: not a measure of the groups alone. A gap
        without intervals, when nobody is decided, or when follow-up ends before the day that decides about one of
        the groups. Where `censoring` is given, `rows` are all patients of the outcome.

    Notes
    -----
    Rule of accuracy: acc_category_interval, censoring-weighted. Each decided patient weighs 1 / G, with G the
    probability of being under observation until the decision, which makes up for those censored undecided. Standard
    error by influence function, estimation of the censoring weights included. Never compare accuracies under
    different rules.

    References
    ----------
    Tokuhashi Y et al. Spine 2005;30:2186-2191. (the intervals of a point score)
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x (the weights)

    Agrees with
    -----------
    Worked example of nine patients (3 correct, 4 wrong, 2 undecided: 3 of 7 by complete status); the plain share
    where nobody is censored.
    """
    found = promises_of_groups(outcome, prediction, weights=weights, cluster=cluster)
    return share_of_promises(found, "correct", outcome, censoring=censoring, cluster=cluster, complete=False)


RECORD = Metric(
    key="acc_category_interval",
    label="Category accuracy, interval rule (weighted for censoring)",
    function=acc_category_interval,
    needs="interval",
    at_horizon=False,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SHARE_SCALE,
    reference="Tokuhashi Y et al. Spine 2005;30:2186-2191",
    agrees_with="worked example of nine patients",
)
