"""How much the predictors of a model tell the same, from the covariance of its coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spinesurv.stats.arrays import FloatArray, floats


def variance_inflation(covariance: FloatArray, groups: Sequence[Sequence[int]]) -> FloatArray:
    """(groups,) generalised variance inflation to the power 1 / (2 columns): how many times wider intervals are.

    GVIF = det(R11) det(R22) / det(R), R the correlation of the coefficients, 1 the columns of a group and 2 all
    others. For one column it is the root of the variance inflation factor.

    Parameters
    ----------
    covariance : (p, p) of the coefficients
    groups : positions of the columns of each predictor

    References
    ----------
    Fox J, Monette G. J Am Stat Assoc 1992;87:178-183. doi:10.1080/01621459.1992.10475190
    """
    r = correlation(covariance)
    everything = np.arange(len(r))

    def log_det(part: np.ndarray) -> float:
        return float(np.linalg.slogdet(r[np.ix_(part, part)])[1])

    whole = log_det(everything)
    out = []
    for columns in groups:
        own = np.asarray(columns, dtype=np.intp)
        rest = np.setdiff1d(everything, own)
        out.append(np.exp((log_det(own) + log_det(rest) - whole) / (2 * len(own))))
    return np.array(out)


def condition_number(covariance: FloatArray) -> float:
    """Root of the largest over the smallest eigenvalue of the correlation of the coefficients."""
    values = np.linalg.eigvalsh(correlation(covariance))
    return float(np.sqrt(values[-1] / values[0]))


def correlation(covariance: FloatArray) -> FloatArray:
    """Correlations of a covariance matrix."""
    error = np.sqrt(np.diag(covariance))
    return floats(covariance / np.outer(error, error))
