"""Tests and contrasts of the coefficients of a Cox model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.cox import CoxFit


@dataclass(frozen=True)
class ChiSquare:
    """A test statistic that has a chi-square distribution where there is no effect.

    Parameters
    ----------
    value, df : statistic and degrees of freedom
    """

    value: float
    df: int

    @property
    def p(self) -> float:
        """Chance of a value at least as large."""
        return float(chi2.sf(self.value, self.df))


def wald_test(
    fit: CoxFit, columns: ArrayLike | None = None, *, covariance: FloatArray | None = None
) -> ChiSquare:
    """b' V^-1 b for the coefficients of `columns` (positions; None = all).

    Parameters
    ----------
    covariance : (p, p) another covariance, such as the robust one

    Returns
    -------
    ChiSquare
        Its value is nan where the covariance is singular: a robust one with no more clusters than coefficients.

    Notes
    -----
    Agrees with rms::anova (all columns of a predictor, or its nonlinear ones) and the Wald test of survival::coxph.
    """
    part = np.arange(len(fit.coef)) if columns is None else np.asarray(columns, dtype=np.intp)
    v = (fit.covariance if covariance is None else covariance)[np.ix_(part, part)]
    scale = np.sqrt(np.diag(v))
    z = fit.coef[part] / scale
    correlation = v / np.outer(scale, scale)
    singular = np.linalg.matrix_rank(correlation, hermitian=True) < len(part)
    return ChiSquare(np.nan if singular else float(z @ np.linalg.solve(correlation, z)), len(part))


def likelihood_ratio_test(large: CoxFit, small: CoxFit | None = None) -> ChiSquare:
    """Twice the gain in log partial likelihood over a smaller model on the same patients (None = no columns)."""
    below = large.log_likelihood[0] if small is None else small.log_likelihood[1]
    df = len(large.coef) - (0 if small is None else len(small.coef))
    return ChiSquare(2.0 * (large.log_likelihood[1] - below), df)


def score_test(fit: CoxFit) -> ChiSquare:
    """U' I^-1 U at coefficients 0: for one 0/1 column without ties the log-rank test."""
    return ChiSquare(fit.score_chi2, len(fit.coef))


def contrast(
    fit: CoxFit, difference: ArrayLike, *, covariance: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Log hazard ratios of (m, p) differences between columns, and their standard errors.

    Agrees with rms::summary.
    """
    d = np.atleast_2d(floats(difference))
    v = fit.covariance if covariance is None else covariance
    return d @ fit.coef, np.sqrt(np.einsum("ij,jk,ik->i", d, v, d))
