"""AUC of the binary outcome: do those dead by a day have the higher marker than those known to be alive?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap, judged_by_marker, needed_horizon
from spinesurv.metrics.known_status import known_status
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.roc import roc_auc

LEAST_OF_EACH = 2

SCALE = "logit"


def auc_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Chance that a patient dead by a day had a higher marker than one known to be alive then.

    AUC = mean over the dead i and the living j of 1[m_i > m_j] + 1[m_i = m_j] / 2.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the marker ranks (higher = dies sooner), without one the
        risk by the horizon
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0.5 = no better than chance, 1 = perfect separation. `n` counts the patients of known status, the reason those
        left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without a marker or risk, when nobody is observed at h, with delayed entry, or with fewer than 2 dead or
        2 alive.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death; `auc`
    keeps them and is the measure to rely on. Standard error: DeLong's; that of a difference of two systems is his for
    correlated curves.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845. doi:10.2307/2531595

    Agrees with
    -----------
    pROC::roc and roc.test, golden cases ``bin.*.auc`` and ``bin.*.delong.*``.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_marker(
        outcome, prediction, horizon_days=horizon, weights=weights, cluster=cluster, at_day=True
    )
    found = known_status(judged, horizon, least_of_each=LEAST_OF_EACH)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    area = roc_auc(found.dead, found.value, weights=found.weights)
    return found.estimate(area.value, area.influence, SCALE, "DeLong")


RECORD = Metric(
    key="auc_binary",
    label="AUC by a day, known status",
    function=auc_binary,
    needs="marker",
    at_horizon=True,
    at_day=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="DeLong ER et al. Biometrics 1988;44:837-845. doi:10.2307/2531595",
    agrees_with="pROC::roc and roc.test, golden cases bin.*.auc and bin.*.delong.*",
    known_only=True,
)
