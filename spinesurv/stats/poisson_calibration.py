"""Calibration of a whole survival curve by Poisson regression of the events on the hazard that was predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats

MAX_STEPS = 50
TOLERANCE = 1e-12
SMALLEST_DETERMINANT = 1e-10  # of the information, scaled to unit diagonal
ENDLESS = "Poisson calibration: no maximum; the index separates those with an event from those without."


@dataclass(frozen=True, eq=False)
class PoissonLevel:
    """Observed over expected events, on the log scale.

    Parameters
    ----------
    intercept : log(observed / expected)
    std_error : from the likelihood, 1 / root of the observed events
    influence : (n,) weight times derivative of `intercept` with respect to each patient's weight
    observed, expected : events seen and predicted
    """

    intercept: float
    std_error: float
    influence: FloatArray
    observed: float
    expected: float


@dataclass(frozen=True, eq=False)
class PoissonSlope:
    """Intercept and slope estimated together; this intercept is not the one of `PoissonLevel`.

    Parameters
    ----------
    joint_intercept, slope : coefficients
    covariance : (2, 2) inverse information
    influence : (n, 2) weight times derivative of both with respect to each patient's weight
    """

    joint_intercept: float
    slope: float
    covariance: FloatArray
    influence: FloatArray


def poisson_level(event: ArrayLike, expected: ArrayLike, *, weights: ArrayLike | None = None) -> PoissonLevel:
    """Intercept a of log E(event) = a + log(expected), the slope fixed at 1.

    Parameters
    ----------
    event : (n,) whether the event was seen
    expected : (n,) predicted cumulative hazard over the follow-up of each patient, above 0
    weights : (n,) case weights

    Raises
    ------
    InputError
        No event.

    Notes
    -----
    Agrees with glm(event ~ offset(log(expected)), poisson), golden cases ``crowson.*``.

    References
    ----------
    Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706. doi:10.1177/0962280213497434
    """
    e, h = np.asarray(event, dtype=np.float64), floats(expected)
    w = case_weights(weights, len(e))
    observed, total = float(w @ e), float(w @ h)
    if observed <= 0.0:
        raise InputError("Poisson calibration: no event; at least one is needed.")
    influence = w * (e - observed / total * h) / observed
    return PoissonLevel(
        float(np.log(observed / total)), float(observed**-0.5), floats(influence), observed, total
    )


def poisson_slope(
    event: ArrayLike, expected: ArrayLike, marker: ArrayLike, *, weights: ArrayLike | None = None
) -> PoissonSlope:
    """Slope b of log E(event) = a + b x + (log(expected) - x), fitted by Newton's method.

    Parameters
    ----------
    event, expected, weights : as in `poisson_level`
    marker : (n,) x, the prognostic index on the scale of log hazards: log(expected) - x is the log baseline hazard

    Raises
    ------
    InputError
        No event, a marker of one value only, or no convergence.

    Notes
    -----
    Agrees with glm(event ~ x + offset(log(expected) - x), poisson), golden cases ``crowson.*``.

    References
    ----------
    Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706. doi:10.1177/0962280213497434
    """
    e, h, x = np.asarray(event, dtype=np.float64), floats(expected), floats(marker)
    w = case_weights(weights, len(e))
    start = poisson_level(e, h, weights=w)
    centre = float(np.average(x, weights=w))
    design = np.column_stack([np.ones(len(x)), x - centre])
    if np.ptp(x[w > 0.0]) <= 1e-12 * (1.0 + abs(centre)):
        raise InputError("Poisson calibration: the prognostic index has one value only, which has no slope.")
    # b starts at 1, where the fitted mean is exp(a) times the expected events
    beta = np.array([start.intercept, 1.0])
    offset = np.log(h) - (x - centre)
    mean, information = _at(beta, design, offset, w)
    for _ in range(MAX_STEPS):
        if np.linalg.det(information) <= SMALLEST_DETERMINANT * float(np.prod(np.diag(information))):
            raise InputError(ENDLESS)
        step = np.linalg.solve(information, design.T @ (w * (e - mean)))
        beta = beta + np.clip(step, -2.0, 2.0)
        mean, information = _at(beta, design, offset, w)
        if np.max(np.abs(step)) <= TOLERANCE * (1.0 + np.max(np.abs(beta))):
            break
    else:
        raise InputError(ENDLESS)
    covariance = np.linalg.inv(information)
    influence = ((w * (e - mean))[:, None] * design) @ covariance
    # from the centred marker back to the marker as it is: offset and design both moved by `centre`
    back = np.array([[1.0, -centre], [0.0, 1.0]])
    joint = back @ (beta - [0.0, 1.0])
    return PoissonSlope(
        float(joint[0]), float(beta[1]), floats(back @ covariance @ back.T), floats(influence @ back.T)
    )


def _at(
    beta: FloatArray, design: FloatArray, offset: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Expected events of each patient and the information."""
    mean = np.exp(design @ beta + offset)
    return floats(mean), floats(design.T @ ((weights * mean)[:, None] * design))
