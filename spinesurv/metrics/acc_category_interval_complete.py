"""Category accuracy: did patients live as long as their group promises, complete status?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE, promises_of_groups, share_of_promises
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring


def acc_category_interval_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients whose survival lies in the interval of their group, among those for whom it is known.

    With the interval [low, high) of a patient's group, a death decides; who is alive at high has outlived the
    interval; who is alive at low of an interval without end has kept it. Everybody else who is censored is
    undecided. accuracy = correct / (correct + outlived + died before), each patient with its weight.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : not used, the intervals say when to look
    weights : (n,) case weights
    censoring : not used; those censored undecided are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. Depends on how many patients are in which group: not a measure of the groups alone. A gap
        without intervals, when nobody is decided, or when follow-up ends before the day that decides about one of
        the groups. `n` and `events` count those decided; `rows` are all patients judged, the others with influence
        0.

    Notes
    -----
    Rule of accuracy: acc_category_interval, complete status, as in published reports: patients censored undecided
    are left out, and the reason says how many. That favours what is decided early, that is death;
    `acc_category_interval` makes up for it. Never compare accuracies under different rules.

    References
    ----------
    Tokuhashi Y et al. Spine 2005;30:2186-2191. (the intervals of a point score)

    Agrees with
    -----------
    Worked example of nine patients (3 correct, 4 wrong, 2 undecided: 3 of 7 by complete status); the plain share
    where nobody is censored.
    """
    found = promises_of_groups(outcome, prediction, weights=weights, cluster=cluster)
    return share_of_promises(found, "correct", outcome, censoring=None, cluster=cluster, complete=True)


RECORD = Metric(
    key="acc_category_interval_complete",
    label="Category accuracy, interval rule (complete status)",
    function=acc_category_interval_complete,
    needs="interval",
    at_horizon=False,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SHARE_SCALE,
    reference="Tokuhashi Y et al. Spine 2005;30:2186-2191",
    agrees_with="worked example of nine patients",
    known_only=True,
)
