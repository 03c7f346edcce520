"""Spiegelhalter's test: is the Brier score as large as well calibrated risks would make it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from spinesurv.stats.arrays import FloatArray, case_weights, floats


@dataclass(frozen=True, eq=False)
class Spiegelhalter:
    """z, nan where every risk is 0, 0.5 or 1, its two-sided p value, and the influence values (n,) of z."""

    z: float
    p_value: float
    influence: FloatArray


def spiegelhalter(dead: ArrayLike, risk: ArrayLike, *, weights: ArrayLike | None = None) -> Spiegelhalter:
    """Brier score minus its expectation under the predicted risks, over its standard deviation.

    z = sum w (y - p)(1 - 2p) / sqrt(sum w (1 - 2p)^2 p (1 - p)), normal with variance 1 if every p is right.

    Parameters
    ----------
    dead : (n,) who died, y
    risk : (n,) predicted risk p
    weights : (n,) how many patients each stands for

    Notes
    -----
    Agrees with rms::val.prob (S:z, S:p), golden cases
    ``bin.*.spiegelhalter``.

    References
    ----------
    Spiegelhalter DJ. Stat Med 1986;5:421-433. doi:10.1002/sim.4780050506
    """
    y, p = floats(dead), floats(risk)
    w = case_weights(weights, len(y))
    excess = w * (y - p) * (1.0 - 2.0 * p)
    variance = w * (1.0 - 2.0 * p) ** 2 * p * (1.0 - p)
    total = float(variance.sum())
    if not total > 0.0:
        return Spiegelhalter(np.nan, np.nan, np.full(len(y), np.nan))
    z = float(excess.sum() / np.sqrt(total))
    each = excess / np.sqrt(total) - 0.5 * z * variance / total
    return Spiegelhalter(z, float(2.0 * ndtr(-abs(z))), floats(each))
