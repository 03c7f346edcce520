"""Calibration of predicted risks where everybody's fate is known: logistic regression on their logit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.logistic import LogisticFit, fit_logistic, log_likelihood
from spinesurv.stats.splines import knots as default_knots
from spinesurv.stats.splines import restricted_cubic


def logit(risk: ArrayLike) -> FloatArray:
    """log(p / (1 - p)); infinite at 0 and 1."""
    p = floats(risk)
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-p)


@dataclass(frozen=True, eq=False)
class LogisticCalibration:
    """Recalibration of risks by intercept and slope.

    Parameters
    ----------
    joint : log odds = intercept + slope * logit(p), both estimated
    in_the_large : log odds = intercept + logit(p), the slope fixed at 1
    log_likelihood : of the risks as they were predicted
    null_log_likelihood : of the same risk for everybody, the share of the dead
    n : sum of the weights
    """

    joint: LogisticFit
    in_the_large: LogisticFit
    log_likelihood: float
    null_log_likelihood: float
    n: float

    @property
    def unreliability_chi2(self) -> float:
        """Likelihood ratio test of intercept 0 and slope 1 together, 2 degrees of freedom."""
        return 2.0 * (self.joint.log_likelihood - self.log_likelihood)

    @property
    def discrimination_chi2(self) -> float:
        """Twice the gain in log likelihood of the risks as predicted over the same risk for everybody.

        rms::val.prob takes it for a likelihood ratio test, though nothing is fitted; below 0 where the risks do harm.
        """
        return 2.0 * (self.log_likelihood - self.null_log_likelihood)

    @property
    def nagelkerke_r2(self) -> float:
        """1 - exp(-discrimination_chi2 / n), divided by the largest value it can have."""
        largest = -np.expm1(2.0 * self.null_log_likelihood / self.n)
        return float(-np.expm1(-self.discrimination_chi2 / self.n) / largest)

    @property
    def indices(self) -> tuple[float, float, float]:
        """Discrimination D = (chi2 - 1) / n, unreliability U = (chi2 - 2) / n, and quality D - U."""
        d, u = (self.discrimination_chi2 - 1.0) / self.n, (self.unreliability_chi2 - 2.0) / self.n
        return d, u, d - u


def logistic_calibration(
    dead: ArrayLike, risk: ArrayLike, *, weights: ArrayLike | None = None
) -> LogisticCalibration:
    """Fit intercept and slope of the log odds of death on the logit of the predicted risk.

    Parameters
    ----------
    dead : (n,) who died
    risk : (n,) predicted risk, strictly between 0 and 1, at least two distinct values
    weights : (n,) case weights

    Raises
    ------
    LogisticFitError
        Everybody or nobody died, or the risks separate the dead from the living.

    Notes
    -----
    Agrees with stats::glm and rms::val.prob, golden cases ``bin.*.logistic`` and ``bin.*.val_prob``.

    References
    ----------
    Cox DR. Biometrika 1958;45:562-565. doi:10.1093/biomet/45.3-4.562
    Harrell FE, Lee KL. Tech report, Duke University 1987 (D, U, Q).
    """
    y, x = floats(dead), logit(risk)
    w = case_weights(weights, len(y))
    share = float(w @ y / w.sum())
    joint = fit_logistic(x[:, None], y, weights=w)
    fixed = fit_logistic(np.empty((len(y), 0)), y, weights=w, offset=x)
    everybody = np.full(len(y), float(logit(share)))
    return LogisticCalibration(
        joint, fixed, log_likelihood(y, x, w), log_likelihood(y, everybody, w), float(w.sum())
    )


@dataclass(frozen=True, eq=False)
class LogisticCurve:
    """Observed risk as a smooth function of predicted risk.

    Parameters
    ----------
    fit : logistic regression on the spline columns
    knots : on the logit scale; empty for a straight line
    """

    fit: LogisticFit
    knots: FloatArray

    def at(self, risk: ArrayLike) -> FloatArray:
        """(m,) risk observed among patients with these predicted risks."""
        return floats(expit(self._columns(risk) @ self.fit.coef))

    def influence(self, risk: ArrayLike, shares: FloatArray) -> FloatArray:
        """(n,) influence values of the sum of shares * curve over these risks, knots fixed."""
        observed = self.at(risk)
        slope = (shares * observed * (1.0 - observed)) @ self._columns(risk)
        return floats(self.fit.influence @ slope)

    def _columns(self, risk: ArrayLike) -> FloatArray:
        x = logit(risk)
        bent = x[:, None] if len(self.knots) == 0 else restricted_cubic(x, self.knots)
        return np.column_stack([np.ones(len(x)), bent])


def logistic_curve(
    dead: ArrayLike, risk: ArrayLike, *, knots: int | ArrayLike = 3, weights: ArrayLike | None = None
) -> LogisticCurve:
    """Logistic regression on a restricted cubic spline of the logit of the risk.

    Parameters
    ----------
    dead, risk, weights : as in `logistic_calibration`
    knots : how many (3 to 7, placed by the rule of `splines.knots`), or where, on the logit scale; none = a straight
        line, which also takes the place of a spline where the risks have too few distinct values

    Raises
    ------
    LogisticFitError
        As in `logistic_calibration`.

    Notes
    -----
    Agrees with stats::glm on Hmisc::rcspline.eval, golden cases ``bin.*.rcs*``.

    References
    ----------
    Harrell FE. Regression Modeling Strategies. Springer 2015, chapter 10.
    """
    x = logit(risk)
    if np.ndim(knots) > 0:
        at = floats(knots)
    else:
        try:
            at = default_knots(x, int(np.asarray(knots)))
        except InputError:
            at = x[:0]
    columns = x[:, None] if len(at) == 0 else restricted_cubic(x, at)
    return LogisticCurve(fit_logistic(columns, dead, weights=weights), at)
