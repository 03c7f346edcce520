"""Patients of known status whose predicted risk has a logit, and their logistic calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.cloglog_risk import risks_at_the_edge
from spinesurv.metrics.judged import Judged
from spinesurv.metrics.known_status import KnownStatus, known_status_by_risk
from spinesurv.stats.calibration_logistic import LogisticCalibration, logistic_calibration
from spinesurv.stats.logistic import LogisticFit, LogisticFitError

LEAST_OF_EACH = 10
SCALE = "identity"


def known_status_by_logit(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> KnownStatus | tuple[str, Judged | None]:
    """The patients; or the reason why they cannot be used, and who was there.

    Besides the reasons of `known_status`: fewer than 10 dead or 10 alive, and a predicted risk of exactly 0 or 1,
    which has no logit, and whose move would decide the result.
    """
    found = known_status_by_risk(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
        least_of_each=LEAST_OF_EACH,
    )
    if isinstance(found, tuple):
        return found
    edge = risks_at_the_edge(found.value, "a logistic calibration")
    return found if edge is None else (edge, found.judged)


def recalibrated(found: KnownStatus) -> LogisticCalibration | str:
    """Logistic calibration of these patients; text = why there is none."""
    if len(np.unique(found.value)) < 2:
        return "everybody has the same predicted risk, which has no slope"
    try:
        return logistic_calibration(found.dead, found.value, weights=found.weights)
    except LogisticFitError as error:
        return str(error)


def coefficient_estimate(found: KnownStatus, fit: LogisticFit, which: int) -> Estimate:
    """A coefficient; without case weights its error is that of the information, as papers report it.

    The influence values are brought to that size, before they are summed in clusters. With case weights they are left
    as they are (robust), since the information would take every weight for a number of patients.
    """
    influence, method = fit.influence[:, which], "influence of the logistic coefficient (robust)"
    if found.weights is None:
        influence = influence * np.sqrt(fit.covariance[which, which] / np.sum(influence**2))
        method = "information of the logistic regression"
    return found.estimate(float(fit.coef[which]), influence, SCALE, method)
