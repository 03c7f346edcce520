"""Logistic regression by Newton's method, with offset and case weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats

MAX_STEPS = 60
SMALLEST_EIGENVALUE = 1e-10  # of the information, scaled to unit diagonal


class LogisticFitError(InputError):
    """A logistic regression that cannot be estimated."""


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """A fitted logistic regression.

    Parameters
    ----------
    coef : (p + 1,) the intercept first
    covariance : (p + 1, p + 1) inverse information
    log_likelihood : at `coef`
    influence : (n, p + 1) weight times derivative of the coefficients with respect to each patient's weight; their
        sums of squares and products are the robust covariance
    """

    coef: FloatArray
    covariance: FloatArray
    log_likelihood: float
    influence: FloatArray


def fit_logistic(
    columns: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> LogisticFit:
    """Maximise the likelihood of log(p / (1 - p)) = offset + b0 + columns @ b.

    Parameters
    ----------
    columns : (n, p) without the intercept; p may be 0
    y : (n,) 0 or 1
    weights : (n,) case weights; weight 2 is the same as two patients
    offset : (n,) term with coefficient 1

    Raises
    ------
    LogisticFitError
        All y are equal; a column is constant or repeats others; or a column separates the ones from the zeros, so
        that a coefficient runs to infinity.

    Notes
    -----
    Agrees with stats::glm(family=binomial) at full convergence, golden cases ``bin.*.logistic`` and ``bin.*.rcs*``.

    References
    ----------
    McCullagh P, Nelder JA. Generalized Linear Models. Chapman & Hall 1989, chapter 4.
    """
    outcome = floats(y)
    n = len(outcome)
    x, w = floats(columns).reshape(n, -1), case_weights(weights, n)
    fixed = np.zeros(n) if offset is None else floats(offset)
    if outcome.min() == outcome.max():
        raise LogisticFitError(
            f"logistic regression: the outcome is {outcome[0]:g} for all of {n}; both are needed."
        )
    centre = (w @ x) / w.sum()
    spread = np.sqrt((w @ (x - centre) ** 2) / w.sum())
    if (spread <= 1e-12 * (1.0 + np.abs(centre))).any():
        raise LogisticFitError("logistic regression: a column holds one value only. Leave it out.")
    design = np.column_stack([np.ones(n), (x - centre) / spread])
    beta = _maximise(design, outcome, w, fixed)
    risk = expit(design @ beta + fixed)
    to_columns = np.diag(np.concatenate([[1.0], 1.0 / spread]))
    to_columns[0, 1:] = -centre / spread
    covariance = to_columns @ np.linalg.inv(_information(design, risk, w)) @ to_columns.T
    own = np.column_stack([np.ones(n), x])
    return LogisticFit(
        floats(to_columns @ beta),
        floats(covariance),
        log_likelihood(outcome, design @ beta + fixed, w),
        floats((own * (w * (outcome - risk))[:, None]) @ covariance),
    )


def log_likelihood(y: FloatArray, predictor: FloatArray, weights: FloatArray) -> float:
    """Sum of w [y eta - log(1 + exp(eta))], eta the linear predictor."""
    return float(weights @ (y * predictor - np.logaddexp(0.0, predictor)))


def _information(design: FloatArray, risk: FloatArray, w: FloatArray) -> FloatArray:
    return floats(design.T @ (design * (w * risk * (1.0 - risk))[:, None]))


def _maximise(design: FloatArray, y: FloatArray, w: FloatArray, offset: FloatArray) -> FloatArray:
    beta = np.zeros(design.shape[1])
    value = log_likelihood(y, design @ beta + offset, w)
    for _ in range(MAX_STEPS):
        risk = expit(design @ beta + offset)
        information = _information(design, risk, w)
        _check(information, beta)
        step = np.linalg.solve(information, design.T @ (w * (y - risk)))
        new = log_likelihood(y, design @ (beta + step) + offset, w)
        while new < value - 1e-12 * (1.0 + abs(value)) and float(np.max(np.abs(step))) > 1e-12:
            step = step / 2.0
            new = log_likelihood(y, design @ (beta + step) + offset, w)
        beta, value = beta + step, new
        if float(np.max(np.abs(step))) <= 1e-10 * (1.0 + float(np.max(np.abs(beta)))):
            return beta
    raise LogisticFitError(_endless(beta))


def _check(information: FloatArray, beta: FloatArray) -> None:
    diagonal = np.sqrt(np.diag(information))
    if (
        diagonal <= 1e-7
    ).any():  # large coefficients alone are no sign: columns of a spline nearly repeat each other
        raise LogisticFitError(_endless(beta))
    smallest = float(np.linalg.eigvalsh(information / np.outer(diagonal, diagonal))[0])
    if smallest < SMALLEST_EIGENVALUE:
        raise LogisticFitError(
            "logistic regression: the columns repeat each other, or separate the ones from the zeros (smallest "
            f"eigenvalue of the scaled information {smallest:.1e}). Leave columns out."
        )


def _endless(beta: FloatArray) -> str:
    return (
        "logistic regression: a coefficient runs to infinity (largest so far "
        f"{float(np.max(np.abs(beta))):.1f} per standard deviation): a column separates the ones from the zeros."
    )
