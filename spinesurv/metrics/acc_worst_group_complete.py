"""Worst group: who of it has died by four months, of those with known fate?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE
from spinesurv.metrics.record import Metric
from spinesurv.metrics.worst_group import dead_in_worst_group
from spinesurv.stats.censoring import Censoring
from spinesurv.units import DAYS_PER_MONTH


def acc_worst_group_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of the patients in the worst group who have died by a day, among those for whom it is known.

    Worst = the last category of `group`. Death by the day, the day itself included, or being followed beyond it,
    decides. This is the reading of a published rule whose formula is not spelled out.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `group`
    horizon_days : the day
    weights : (n,) case weights
    censoring : not used; those censored undecided are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody in the worst group dies by the day. Says nothing of the other groups, and a small worst group
        reaches it more easily. `n` and `events` count those of the worst group who are decided; `rows` are all
        patients with a group, the others with influence 0. A gap without groups, with nobody in the worst, or when
        nobody is observed beyond the day.

    Notes
    -----
    Rule of accuracy: acc_worst_group, complete status, as in published reports: patients censored undecided are
    left out, and the reason says how many. That favours what is decided early, that is death; `acc_worst_group`
    makes up for it. Studies take it at 4 months of 30.4375 days.

    References
    ----------
    Bollen L. Doctoral thesis, 2016, chapter VI (six predictive models)

    Agrees with
    -----------
    By hand on six patients; the plain share where nobody is censored.
    """
    return dead_in_worst_group(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        censoring=None,
        cluster=cluster,
        complete=True,
    )


RECORD = Metric(
    key="acc_worst_group_complete",
    label="Worst group dead by the day (complete status)",
    function=acc_worst_group_complete,
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
    known_only=True,
)
