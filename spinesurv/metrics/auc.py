"""AUC by a day: do those dead by then have the higher marker than those still alive?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap, judged_by_marker, needed_horizon
from spinesurv.metrics.judged_fate import judged_fate
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.dynamic_auc import dynamic_auc

LEAST_CASES = 2
SCALE = "logit"


def auc(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    controls: str = "without_event",
) -> Estimate:
    """Chance that a patient dead by a day had a higher marker than one alive after it.

    AUC(h) = sum over deaths i with T <= h and survivors j with T > h of a_i b_j (1[m_i > m_j] + 1[m_i = m_j] / 2),
    divided by sum a_i times sum b_j, with a_i = 1 / G(T_i-) and b_j = 1 / G(h). G is the probability of still
    being under observation; deaths leave before censorings of the same day. Patients censored by h are neither,
    the weights make up for them. Where other events compete with the one that is judged, who had one by h is a
    control with b_j = 1 / G(T_j-).

    Parameters
    ----------
    outcome, prediction : of the same n patients; the marker ranks (higher = dies sooner), without one the risk
        by the horizon
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error
    controls : only read where events compete. "without_event": everybody without the event by h, the one who died
        of something else too (Blanche's second definition). "event_free": only those free of every event at h

    Returns
    -------
    Estimate
        0.5 = no better than chance, 1 = perfect separation by h. Where `censoring` is given, `rows` are all
        patients of the outcome, because those without a prediction still shape the weights; else those judged.
        A gap without a marker or risk, when nobody is observed beyond h, with fewer than 2 deaths by h, or
        when nobody is known to be alive after h.

    Notes
    -----
    Cumulative cases, dynamic controls. Standard error by influence function, estimation of the censoring weights
    included. Delayed entry is not covered: the weights would have to account for those who died before they
    could enter.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958

    Agrees with
    -----------
    riskRegression::Score and timeROC, golden cases ``auc.*``.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_marker(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        competing=True,
        at_day=True,
    )
    found = judged_fate(outcome, judged, horizon, censoring=censoring, cluster=cluster, controls=controls)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    if found.judged.events_by(horizon) < LEAST_CASES:
        return found.gap(f"fewer than {LEAST_CASES} {found.judged.deaths} by day {horizon:g}", SCALE)
    result = dynamic_auc(found.fate, found.spread(found.judged.value))
    if not np.isfinite(result.value):
        return found.gap(f"nobody is known to be {found.judged.free} after day {horizon:g}", SCALE)
    return found.estimate(result.value, result.influence, SCALE)


RECORD = Metric(
    key="auc",
    label="AUC by a day",
    function=auc,
    needs="marker",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958",
    agrees_with="riskRegression::Score and timeROC, golden cases auc.*",
    competing=True,
)
