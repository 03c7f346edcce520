"""Linear and logistic regression whose coefficients can be drawn from their posterior, for proper imputation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit

from spinesurv.stats.arrays import FloatArray, floats

#: share of the diagonal that steadies the normal equations of a linear regression, as in mice
RIDGE = 1e-5
#: prior standard deviation of a logistic coefficient per standard deviation of its column
PRIOR_SD = 2.5
#: prior precision of the intercept of a logistic regression
INTERCEPT_PRECISION = 1e-4
#: largest step of one Newton iteration; far from the maximum a full step may overshoot
LARGEST_STEP = 4.0


@dataclass(frozen=True, eq=False)
class Posterior:
    """A normal posterior of coefficients.

    Parameters
    ----------
    mean : (p,) its mode
    factor : (p, p) upper triangle R with R'R = precision / scale
    scale : residual variance for a linear regression, 1 for a logistic one
    df : degrees of freedom of the residual variance; 0 where there is none
    """

    mean: FloatArray
    factor: FloatArray
    scale: float
    df: int

    def draw(self, rng: np.random.Generator) -> tuple[FloatArray, float]:
        """Coefficients and residual variance from the posterior."""
        scale = self.scale * self.df / rng.chisquare(self.df) if self.df else self.scale
        noise = solve_triangular(self.factor, rng.standard_normal(len(self.mean)), check_finite=False)
        return floats(self.mean + np.sqrt(scale) * noise), float(scale)


def linear_posterior(gram: FloatArray, cross: FloatArray, total: float, n: int) -> Posterior:
    """Linear regression with a vague prior, from sums of squares and products.

    Parameters
    ----------
    gram : (p, p) X'X
    cross : (p,) X'y
    total : y'y
    n : rows, more than p

    Notes
    -----
    sigma^2 ~ RSS / chi^2(n - p), coefficients ~ N(estimate, sigma^2 (X'X)^-1). Agrees with the draw of mice's
    ``.norm.draw``.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987, example 5.1.
    """
    steadied = gram + np.diag(RIDGE * np.diag(gram) + 1e-12)
    factor, lower = cho_factor(steadied, check_finite=False)
    mean = cho_solve((factor, lower), cross, check_finite=False)
    rest = max(total - float(mean @ (2.0 * cross - gram @ mean)), 1e-12 * max(total, 1e-12))
    df = max(n - len(mean), 1)
    return Posterior(floats(mean), floats(factor), rest / df, df)


def logistic_posterior(design: FloatArray, y: FloatArray, start: FloatArray, *, steps: int) -> Posterior:
    """Logistic regression with a weak normal prior, by Newton's method; normal approximation at the mode.

    Parameters
    ----------
    design : (n, p) the intercept first, other columns with mean about 0 and standard deviation up to about 1
    y : (n,) 0 or 1
    start : (p,) where to begin
    steps : Newton iterations; few are enough when the start is close

    Notes
    -----
    Prior N(0, 2.5^2) for each coefficient but the intercept: keeps separated columns finite and moves nothing else.

    References
    ----------
    Gelman A et al. Ann Appl Stat 2008;2:1360-1383. doi:10.1214/08-AOAS191
    White IR, Daniel R, Royston P. Comput Stat Data Anal 2010;54:2267-2275. doi:10.1016/j.csda.2010.04.005
    """
    precision = _prior_precision(len(start))
    beta = start
    for _ in range(steps):
        risk = expit(design @ beta)
        weighted = design * (risk * (1.0 - risk))[:, None]
        information = design.T @ weighted
        information[np.diag_indices_from(information)] += precision
        factor, lower = cho_factor(information, check_finite=False)
        step = cho_solve((factor, lower), design.T @ (y - risk) - precision * beta, check_finite=False)
        beta = beta + step * min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
    return Posterior(floats(beta), floats(factor), 1.0, 0)


def refined(near: Posterior, design: FloatArray, y: FloatArray) -> Posterior:
    """A logistic posterior moved to slightly changed columns by one step with the old information matrix.

    Costs two products with the design instead of a new matrix. The step leaves an error of the size of the change in
    information times the change in coefficients.
    """
    slope = design.T @ (y - expit(design @ near.mean)) - _prior_precision(len(near.mean)) * near.mean
    step = cho_solve((near.factor, False), slope, check_finite=False)
    return Posterior(floats(near.mean + step), near.factor, near.scale, near.df)


def _prior_precision(p: int) -> FloatArray:
    return np.concatenate([[INTERCEPT_PRECISION], np.full(p - 1, PRIOR_SD**-2)])
