"""Random-effects pooling over sites: between-site variance, Hartung-Knapp error, prediction interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from spinesurv.errors import InputError, unknown_name
from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.rubin import t_quantile

METHODS = ("REML", "ML", "DL", "PM", "FE")
TESTS = ("knha", "z")


@dataclass(frozen=True)
class Meta:
    """Pooled mean over k sites, on the scale the sites were given on.

    Parameters
    ----------
    mean, std_error, df : pooled mean, its error, and degrees of freedom (k - 1 with Hartung-Knapp, else inf)
    low, high : confidence interval of the mean over sites
    pi_low, pi_high : interval for the value at a new site, with the same degrees of freedom
    tau2, tau2_error : variance between sites, and its standard error
    q, q_p : Cochran's Q and its p value
    i2, h2 : share of the variation that lies between sites in percent; total over sampling variation
    k : number of sites
    """

    mean: float
    std_error: float
    df: float
    low: float
    high: float
    pi_low: float
    pi_high: float
    tau2: float
    tau2_error: float
    q: float
    q_p: float
    i2: float
    h2: float
    k: int

    def prediction_interval(self, *, df: float, level: float = 0.95) -> tuple[float, float]:
        """Interval for the value at a new site with other degrees of freedom.

        k - 2 is the proposal of Higgins, Thompson and Spiegelhalter; infinitely wide where none are left.
        """
        return _prediction(self.mean, self.std_error, self.tau2, df, level)


def _prediction(mean: float, std_error: float, tau2: float, df: float, level: float) -> tuple[float, float]:
    if df <= 0:
        return -inf, inf
    half = t_quantile(0.5 + level / 2.0, df) * sqrt(tau2 + std_error**2)
    return mean - half, mean + half


def random_effects(
    values: ArrayLike, std_errors: ArrayLike, *, method: str = "REML", test: str = "knha", level: float = 0.95
) -> Meta:
    """Pool the values of k sites, weighting by 1 / (variance within + variance between).

    Parameters
    ----------
    values, std_errors : (k,) estimates and their standard errors on one scale; k >= 2
    method : variance between sites by restricted maximum likelihood (REML), maximum likelihood (ML),
        DerSimonian-Laird (DL), Paule-Mandel (PM), or none (FE, one common value)
    test : "knha" scales the error by the weighted spread of the sites (Hartung-Knapp-Sidik-Jonkman, never
        truncated) and uses t with k - 1 degrees of freedom; "z" is the normal interval
    level : of both intervals

    Raises
    ------
    InputError
        Fewer than two sites.

    Notes
    -----
    Agrees with metafor::rma, golden cases ``meta.*``.

    References
    ----------
    Viechtbauer W. J Educ Behav Stat 2005;30:261-293. doi:10.3102/10769986030003261
    Hartung J, Knapp G. Stat Med 2001;20:3875-3889. doi:10.1002/sim.1009
    Higgins JPT, Thompson SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137-159.
    """
    if method not in METHODS:
        raise unknown_name("method for the variance between sites", method, METHODS)
    if test not in TESTS:
        raise unknown_name("test for the pooled value", test, TESTS)
    y, v = floats(values), floats(std_errors) ** 2
    k = len(y)
    if k < 2:
        raise InputError(f"pooling over sites: {k} site found; at least two are needed.")
    tau2, tau2_error = _between(y, v, method)
    weights = 1.0 / (v + tau2)
    mean = float(weights @ y / weights.sum())
    error = sqrt(1.0 / weights.sum())
    df = inf
    if test == "knha":
        error *= sqrt(float(weights @ (y - mean) ** 2) / (k - 1))
        df = float(k - 1)
    half = t_quantile(0.5 + level / 2.0, df) * error
    q = _cochran(y, v, 0.0)
    i2, h2 = _heterogeneity(v, tau2, q, method)
    return Meta(
        mean,
        error,
        df,
        mean - half,
        mean + half,
        *_prediction(mean, error, tau2, df, level),
        tau2,
        tau2_error,
        q,
        float(chdtrc(k - 1, q)),
        i2,
        h2,
        k,
    )


def _heterogeneity(v: FloatArray, tau2: float, q: float, method: str) -> tuple[float, float]:
    """I2 in percent and H2; from Q for a common value, else from tau2 and the typical variance within."""
    k = len(v)
    if method == "FE":
        h2 = q / (k - 1)
        return (max(0.0, 100.0 * (1.0 - 1.0 / h2)) if h2 > 0 else 0.0), h2
    fixed = 1.0 / v
    typical = (k - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return 100.0 * tau2 / (tau2 + typical), 1.0 + tau2 / typical


def tau2_interval(
    values: ArrayLike, std_errors: ArrayLike, *, level: float = 0.95, largest: float = 100.0
) -> tuple[float, float]:
    """Q-profile interval of the variance between sites (Viechtbauer 2007), searched from 0 to `largest`."""
    y, v = floats(values), floats(std_errors) ** 2
    tail = (1.0 - level) / 2.0
    limits = [float(chdtri(len(y) - 1, share)) for share in (tail, 1.0 - tail)]
    low, high = (_root(lambda t, c=c: _cochran(y, v, t) - c, largest) for c in limits)  # type: ignore[misc]
    return low, high


def _cochran(y: FloatArray, v: FloatArray, tau2: float) -> float:
    weights = 1.0 / (v + tau2)
    mean = weights @ y / weights.sum()
    return float(weights @ (y - mean) ** 2)


def _root(falling: Callable[[float], float], largest: float) -> float:
    """Where a falling function crosses 0 between 0 and `largest`; the nearer end where it does not."""
    if falling(0.0) <= 0.0:
        return 0.0
    if falling(largest) >= 0.0:
        return largest
    return float(brentq(falling, 0.0, largest, xtol=1e-15, rtol=1e-14))


def _between(y: FloatArray, v: FloatArray, method: str) -> tuple[float, float]:
    """Variance between sites and its standard error."""
    k = len(y)
    if method == "FE":
        return 0.0, 0.0
    fixed = 1.0 / v
    trace = fixed.sum() - (fixed**2).sum() / fixed.sum()
    largest = 100.0 * (float(np.var(y)) + float(v.max())) + 1.0
    if method == "DL":
        tau2 = max(0.0, (_cochran(y, v, 0.0) - (k - 1)) / trace)
        p = _projection(fixed)
        spread = 2.0 * (k - 1) + 4.0 * tau2 * trace + 2.0 * tau2**2 * float(np.trace(p @ p))
        return tau2, sqrt(spread) / trace
    if method == "PM":
        tau2 = _root(lambda t: _cochran(y, v, t) - (k - 1), largest)
        return tau2, k * sqrt(2.0 / (k - 1)) / float((1.0 / (v + tau2)).sum())
    score = _reml_score if method == "REML" else _ml_score
    tau2 = _best(lambda t: score(y, v, t), lambda t: _likelihood(y, v, t, method), largest)
    if method == "ML":
        return tau2, sqrt(2.0 / float(((v + tau2) ** -2.0).sum()))
    return tau2, _information_error(v, tau2)


def _information_error(v: FloatArray, tau2: float) -> float:
    p = _projection(1.0 / (v + tau2))
    return sqrt(2.0 / float(np.trace(p @ p)))


def _projection(weights: FloatArray) -> FloatArray:
    return floats(np.diag(weights) - np.outer(weights, weights) / weights.sum())


def _reml_score(y: FloatArray, v: FloatArray, tau2: float) -> float:
    p = _projection(1.0 / (v + tau2))
    py = p @ y
    return float(py @ py - np.trace(p))


def _ml_score(y: FloatArray, v: FloatArray, tau2: float) -> float:
    weights = 1.0 / (v + tau2)
    py = _projection(weights) @ y
    return float(py @ py - weights.sum())


def _likelihood(y: FloatArray, v: FloatArray, tau2: float, method: str) -> float:
    weights = 1.0 / (v + tau2)
    out = 0.5 * float(np.log(weights).sum()) - 0.5 * _cochran(y, v, tau2)
    return out - 0.5 * float(np.log(weights.sum())) if method == "REML" else out


def _best(score: Callable[[float], float], likelihood: Callable[[float], float], largest: float) -> float:
    """Highest likelihood among 0 and the places where the score falls through 0."""
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 1.0, 60) * largest])
    scores = [score(float(t)) for t in grid]
    places = [0.0]
    for low, high, a, b in zip(grid[:-1], grid[1:], scores[:-1], scores[1:], strict=True):
        if a > 0.0 >= b:
            places.append(float(brentq(score, low, high, xtol=1e-15, rtol=1e-14)))
    return max(places, key=likelihood)
