"""Category accuracy at one boundary: who lives beyond it, complete status?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE, promises_at_boundary, share_of_promises
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.units import DAYS_PER_MONTH


def acc_category_threshold_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients for whom the group is right about one boundary, among those for whom it is known.

    A group whose interval ends at the boundary or before promises death before it, one whose interval begins there
    or later promises life up to it. Correct = what is promised happens. Death before the boundary, or being alive
    at it, decides.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : the boundary, one at which intervals of groups meet
    weights : (n,) case weights
    censoring : not used; those censored undecided are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. More lenient than the interval rule. A gap without intervals, when a group's interval holds
        the boundary in its middle, when nobody is decided, or when follow-up ends before the boundary. `n` and
        `events` count those decided; `rows` are all patients judged, the others with influence 0.

    Notes
    -----
    Rule of accuracy: acc_category_threshold, complete status, as in published reports: patients censored undecided
    are left out, and the reason says how many. That favours what is decided early, that is death;
    `acc_category_threshold` makes up for it. Studies take it at 6 and 12 months of 30.4375 days, where the
    intervals of point scores meet.

    References
    ----------
    Tokuhashi Y et al. Spine 2005;30:2186-2191. (the intervals of a point score)

    Agrees with
    -----------
    By hand on nine patients; the plain share where nobody is censored.
    """
    found = promises_at_boundary(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    return share_of_promises(
        found,
        "correct",
        outcome,
        censoring=None,
        cluster=cluster,
        complete=True,
        horizon_days=horizon_days,
    )


RECORD = Metric(
    key="acc_category_threshold_complete",
    label="Category accuracy, one boundary (complete status)",
    function=acc_category_threshold_complete,
    needs="interval",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SHARE_SCALE,
    reference="Tokuhashi Y et al. Spine 2005;30:2186-2191",
    agrees_with="by hand on nine patients",
    days=(6 * DAYS_PER_MONTH, 12 * DAYS_PER_MONTH),
    known_only=True,
)
