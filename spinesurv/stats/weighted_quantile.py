"""Quantiles of weighted values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, case_weights, floats


def weighted_quantile(values: ArrayLike, shares: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """(m,) quantiles, linear between the values; without weights R's type 7, NumPy's default.

    The k-th smallest value stands at (C_k - w_k / 2 - w_1 / 2) / (C_n - w_n / 2 - w_1 / 2), C the running sum of
    the weights w: 0 for the smallest, 1 for the largest. A common factor of the weights changes nothing.

    Parameters
    ----------
    values : (n,) at least one
    shares : (m,) between 0 and 1
    weights : (n,) above 0; None = 1 each
    """
    v = floats(values)
    w = case_weights(weights, len(v))
    order = np.argsort(v, kind="stable")
    v, w = v[order], w[order]
    place = np.cumsum(w) - w / 2.0 - w[0] / 2.0
    return floats(np.interp(floats(shares), place / place[-1] if place[-1] > 0.0 else place, v))
