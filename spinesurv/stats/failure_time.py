"""Survival under accelerated failure time models, from the parameters of their distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, ndtr

from spinesurv.stats.arrays import FloatArray, floats

DISTRIBUTIONS = ("weibull", "log_normal", "log_logistic")


def failure_time_survival(
    distribution: str, times: ArrayLike, location: ArrayLike, scale: float
) -> FloatArray:
    """Survival by each time, log T = location + scale e with the error e of the distribution.

    With z = (log t - location) / scale it is exp(-exp(z)) for "weibull", 1 - Phi(z) for "log_normal" and 1 / (1 + exp(z))
    for "log_logistic".

    Parameters
    ----------
    distribution : one of `DISTRIBUTIONS`
    times : (k,) 0 or more
    location : (n,) in log units of time
    scale : above 0

    Returns
    -------
    (n, k), 1 at time 0

    Notes
    -----
    Agrees with lifelines.WeibullAFTFitter, LogNormalAFTFitter and LogLogisticAFTFitter, whose shape is 1 / scale.
    """
    with np.errstate(divide="ignore"):
        log_time = np.log(floats(times))
    z = (log_time[None, :] - floats(location)[:, None]) / scale
    if distribution == "weibull":
        return floats(np.exp(-np.exp(z)))
    return floats(ndtr(-z) if distribution == "log_normal" else expit(-z))
