"""Worst group: who of it has died by four months?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE
from spinesurv.metrics.record import Metric
from spinesurv.metrics.worst_group import dead_in_worst_group
from spinesurv.stats.censoring import Censoring
from spinesurv.units import DAYS_PER_MONTH


def acc_worst_group(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of the patients in the worst group who have died by a day, such as 4 months.

    Worst = the last category of `group`. Death by the day, the day itself included, or being followed beyond it,
    decides. This is the reading of a published rule whose formula is not spelled out.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `group`
    horizon_days : the day
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody in the worst group dies by the day. Says nothing of the other groups, and a small worst group
        reaches it more easily. `n` and `events` count the worst group. A gap without groups, with nobody in the
        worst, or when nobody is observed beyond the day. Where `censoring` is given, `rows` are all patients of the
        outcome.

    Notes
    -----
    Rule of accuracy: acc_worst_group, censoring-weighted. Each decided patient weighs 1 / G, with G the probability
    of being under observation until the decision, which makes up for those censored undecided. Standard error by
    influence function, estimation of the censoring weights included. Studies take it at 4 months of 30.4375 days.
    The weights come from the patients of all groups.

    References
    ----------
    Bollen L. Doctoral thesis, 2016, chapter VI (six predictive models)
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x (the weights)

    Agrees with
    -----------
    By hand on six patients; the plain share where nobody is censored.
    """
    return dead_in_worst_group(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        complete=False,
    )


RECORD = Metric(
    key="acc_worst_group",
    label="Worst group dead by the day (weighted for censoring)",
    function=acc_worst_group,
    needs="group",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SHARE_SCALE,
    reference="Bollen L. Doctoral thesis, 2016, chapter VI (six predictive models)",
    agrees_with="by hand on six patients",
    comparable=False,
    days=(4 * DAYS_PER_MONTH,),
)
