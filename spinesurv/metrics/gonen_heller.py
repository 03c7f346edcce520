"""Gonen-Heller's K: the concordance that a system claims for itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import FloatArray, estimate, gap, judged_by_value
from spinesurv.metrics.record import Metric
from spinesurv.stats import gonen_heller as stats
from spinesurv.stats.calibration_cox import cloglog
from spinesurv.stats.censoring import Censoring

SCALE = "logit"


def gonen_heller(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Chance that, of two patients, the one said to have the higher hazard dies first, if what is said is true.

    K = mean over pairs of 1 / (1 + exp(-|x_i - x_j|)), with x the log hazard: log(-log S(h)), S the predicted
    survival at day h. Under proportional hazards these differ between patients as the log hazards do, at any h.

    Parameters
    ----------
    outcome, prediction : of the same n patients. The outcome only says who they are; nothing is compared with it
    horizon_days : day h; None = the last of the days at which survival was predicted for most patients. A
        prediction without survival is taken at its word that the marker is a log hazard, and the reason says so
    weights : (n,) case weights
    censoring : not used, as the outcome is not
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0.5 = all are said to be alike, 1 = everybody's order is said to be certain. Not touched by censoring. A gap
        without a prediction, with fewer than 2 patients, or where a predicted risk is exactly 0 or 1.

    Notes
    -----
    What a model claims, not what it achieves: an overfitted model claims too much. Read it beside Harrell's or
    Uno's C; the differences between systems are not shown. Pairs with equal hazards count one half. Standard error
    for predictions taken as given.

    References
    ----------
    Gonen M, Heller G. Biometrika 2005;92:965-970. doi:10.1093/biomet/92.4.965

    Agrees with
    -----------
    survAUC::GHCI, golden cases ``conc.*.gonen_heller``, where there are no ties (GHCI counts these 0).
    """
    claimed, note = _log_hazard(prediction, horizon_days)
    judged = judged_by_value(outcome, claimed, weights, cluster)
    if isinstance(judged, str):
        return gap(judged, None, None, SCALE)
    certain = int(np.isinf(judged.value).sum())
    if certain:
        return gap(
            f"{certain} of {judged.n} predicted risks are exactly 0 or 1, which have no log hazard",
            judged,
            None,
            SCALE,
        )
    found = stats.gonen_heller(judged.value, weights=judged.weights)
    if not np.isfinite(found.value):
        return gap("fewer than 2 patients", judged, None, SCALE)
    return estimate(
        found.value,
        found.influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=None,
        scale=SCALE,
        method="influence of a mean over pairs, predictions taken as given",
        reason=note,
    )


def _log_hazard(prediction: Prediction, horizon_days: float | None) -> tuple[FloatArray, str | None]:
    """(n,) log hazards up to a constant, missing where nothing was predicted, and what to keep in mind."""
    days = [] if prediction.times_days is None else list(prediction.times_days)
    asked = [d for d in days if horizon_days is None or d == horizon_days]
    known = {d: int((~np.isnan(prediction.survival_at(d))).sum()) for d in asked}
    if any(known.values()):
        day = max(known, key=lambda d: (known[d], d))
        return cloglog(prediction.death_by(day)), None
    if prediction.marker is None:
        return np.full(len(prediction), np.nan), None
    return prediction.marker, "no survival was predicted, the marker is taken as a log hazard"


RECORD = Metric(
    key="gonen_heller",
    label="Gonen-Heller's K",
    function=gonen_heller,
    needs="marker",
    at_horizon=False,
    higher_is="better",
    range=(0.5, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Gonen M, Heller G. Biometrika 2005;92:965-970. doi:10.1093/biomet/92.4.965",
    agrees_with="survAUC::GHCI, golden cases conc.*.gonen_heller",
    comparable=False,
)
