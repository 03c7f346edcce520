"""Category accuracy at one boundary: who lives beyond it?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE, promises_at_boundary, share_of_promises
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.units import DAYS_PER_MONTH


def acc_category_threshold(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients for whom the group is right about one boundary, such as 6 or 12 months.

    A group whose interval ends at the boundary or before promises death before it, one whose interval begins there
    or later promises life up to it. Correct = what is promised happens. Death before the boundary, or being alive
    at it, decides.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : the boundary, one at which intervals of groups meet
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. More lenient than the interval rule. A gap without intervals, when a group's interval holds
        the boundary in its middle, when nobody is decided, or when follow-up ends before the boundary. Where
        `censoring` is given, `rows` are all patients of the outcome.

    Notes
    -----
    Rule of accuracy: acc_category_threshold, censoring-weighted. Each decided patient weighs 1 / G, with G the
    probability of being under observation until the decision, which makes up for those censored undecided. Standard
    error by influence function, estimation of the censoring weights included. Studies take it at 6 and 12 months of
    30.4375 days, where the intervals of point scores meet.

    References
    ----------
    Tokuhashi Y et al. Spine 2005;30:2186-2191. (the intervals of a point score)
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x (the weights)

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
        censoring=censoring,
        cluster=cluster,
        complete=False,
        horizon_days=horizon_days,
    )


RECORD = Metric(
    key="acc_category_threshold",
    label="Category accuracy, one boundary (weighted for censoring)",
    function=acc_category_threshold,
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
)
