"""Expected places of ranks under a normal law: any marker becomes one with mean 0 and standard deviation near 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spinesurv.stats.arrays import FloatArray, case_weights, floats


def normal_scores(values: ArrayLike, *, weights: ArrayLike | None = None) -> FloatArray:
    """(n,) normal quantile of (i - 3/8) / (n + 1/4) for the value with rank i; equal values get the mean of theirs.

    Parameters
    ----------
    values : (n,) only their order counts
    weights : (n,) case weights above 0; a patient stands at the middle of the ranks that the weight takes up, with
        the weights brought to sum n

    References
    ----------
    Blom G. Statistical estimates and transformed beta-variables. Wiley, New York 1958.
    """
    x = floats(values)
    n = len(x)
    w = case_weights(weights, n)
    w = w * (n / w.sum())
    order = np.lexsort((w, x))  # by weight within equal values, so that the order of patients does not matter
    rank = np.cumsum(w[order]) - 0.5 * w[order] + 0.5
    score = np.empty(n)
    score[order] = ndtri((rank - 0.375) / (n + 0.25))
    group = np.unique(x, return_inverse=True)[1].reshape(-1)
    mean = np.bincount(group, weights=w * score) / np.bincount(group, weights=w)
    return floats(mean[group])
