"""Spiegelhalter's z: is the binary Brier score larger than well calibrated risks would make it?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.spiegelhalter import spiegelhalter

SCALE = "identity"


def spiegelhalter_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Brier score by a day minus its expectation under the predicted risks, in standard deviations.

    z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)) over patients of known status.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0 = as expected; beyond -1.96 and 1.96 calibration is rejected at 5 %. `n` counts the patients of known
        status, the reason those left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, or when every risk is 0, 0.5 or
        1.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death;
    `calibration_slope` keeps them and is the measure to rely on. A test statistic, which grows with the root of the
    number of patients: not to be compared between systems or sites, and not pooled over sites. Its interval is that
    of repeated sampling, wider or narrower than plus and minus 1.96 where the risks are wrong.

    References
    ----------
    Spiegelhalter DJ. Stat Med 1986;5:421-433. doi:10.1002/sim.4780050506

    Agrees with
    -----------
    rms::val.prob (S:z), golden cases ``bin.*.spiegelhalter``.
    """
    found = known_status_by_risk(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    test = spiegelhalter(found.dead, found.value, weights=found.weights)
    if not np.isfinite(test.z):
        return found.gap("every predicted risk is 0, 0.5 or 1", SCALE)
    return found.estimate(
        test.z, test.influence, SCALE, "influence of both sums", note=f"two-sided p = {test.p_value:.2g}"
    )


RECORD = Metric(
    key="spiegelhalter_binary",
    label="Spiegelhalter's z, known status",
    function=spiegelhalter_binary,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="nearer",
    range=(float("-inf"), float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Spiegelhalter DJ. Stat Med 1986;5:421-433. doi:10.1002/sim.4780050506",
    agrees_with="rms::val.prob (S:z), golden cases bin.*.spiegelhalter",
    comparable=False,
    known_only=True,
    pools=False,
)
