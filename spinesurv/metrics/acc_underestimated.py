"""Survival underestimated: who lived longer than the own group promises?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.promised_interval import SHARE_SCALE, promises_of_groups, share_of_promises
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring


def acc_underestimated(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients who lived longer than their group promises: their survival was underestimated.

    With the interval [low, high) of a patient's group, a death decides; who is alive at high has outlived the
    interval; who is alive at low of an interval without end has kept it. Everybody else who is censored is
    undecided. underestimated = outlived it / (correct + outlived + died before), each patient with its weight.

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
        0 = nobody. A system that promises little underestimates many: read it beside its counterpart. A gap without
        intervals, when nobody is decided, or when follow-up ends before the day that decides about one of the
        groups. Where `censoring` is given, `rows` are all patients of the outcome.

    Notes
    -----
    Rule of accuracy: over- and underestimation, censoring-weighted. Each decided patient weighs 1 / G, with G the
    probability of being under observation until the decision, which makes up for those censored undecided. Standard
    error by influence function, estimation of the censoring weights included. Over-, underestimation and
    `acc_category_interval` add up to 1.

    References
    ----------
    Carrwik C et al. Spine 2020;45:414-419. (share of survival times above and below the interval)
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x (the weights)

    Agrees with
    -----------
    Worked example of nine patients (3 underestimated of 7 decided).
    """
    found = promises_of_groups(outcome, prediction, weights=weights, cluster=cluster)
    return share_of_promises(found, "longer", outcome, censoring=censoring, cluster=cluster, complete=False)


RECORD = Metric(
    key="acc_underestimated",
    label="Survival underestimated by the group (weighted for censoring)",
    function=acc_underestimated,
    needs="interval",
    at_horizon=False,
    higher_is="worse",
    range=(0.0, 1.0),
    perfect=0.0,
    scale=SHARE_SCALE,
    reference="Carrwik C et al. Spine 2020;45:414-419",
    agrees_with="worked example of nine patients",
    comparable=False,
)
