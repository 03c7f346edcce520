"""Survival overestimated: who lived less long than the own group promises, complete status?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE, promises_of_groups, share_of_promises
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring


def acc_overestimated_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients who lived less long than their group promises, among those for whom it is known.

    With the interval [low, high) of a patient's group, a death decides; who is alive at high has outlived the
    interval; who is alive at low of an interval without end has kept it. Everybody else who is censored is
    undecided. overestimated = died before it began / (correct + outlived + died before), each patient with its
    weight.

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
        0 = nobody. A system that promises much overestimates many: read it beside its counterpart. A gap without
        intervals, when nobody is decided, or when follow-up ends before the day that decides about one of the
        groups. `n` and `events` count those decided; `rows` are all patients judged, the others with influence 0.

    Notes
    -----
    Rule of accuracy: over- and underestimation, complete status, as in published reports: patients censored
    undecided are left out, and the reason says how many. That favours what is decided early, that is death;
    `acc_overestimated` makes up for it. Over-, underestimation and `acc_category_interval` add up to 1.

    References
    ----------
    Carrwik C et al. Spine 2020;45:414-419. (share of survival times above and below the interval)

    Agrees with
    -----------
    Worked example of nine patients (1 overestimated of 7 decided).
    """
    found = promises_of_groups(outcome, prediction, weights=weights, cluster=cluster)
    return share_of_promises(found, "shorter", outcome, censoring=None, cluster=cluster, complete=True)


RECORD = Metric(
    key="acc_overestimated_complete",
    label="Survival overestimated by the group (complete status)",
    function=acc_overestimated_complete,
    needs="interval",
    at_horizon=False,
    higher_is="worse",
    range=(0.0, 1.0),
    perfect=0.0,
    scale=SHARE_SCALE,
    reference="Carrwik C et al. Spine 2020;45:414-419",
    agrees_with="worked example of nine patients",
    comparable=False,
    known_only=True,
)
