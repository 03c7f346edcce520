"""Whether few patients carry a coefficient: sums over the most influential of them, never one alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, floats


def shift_without(influence: ArrayLike, k: int) -> tuple[FloatArray, FloatArray]:
    """How far each estimate can be pushed down and up, to first order, by leaving out k patients.

    Leaving out a patient moves an estimate by minus its influence: the k largest of the (n, p) influence values are
    summed for the way down, the k smallest for the way up.

    Returns
    -------
    down, up : (p,) changes, at most and at least 0 where k patients have influence of that sign

    References
    ----------
    Broderick T, Giordano R, Meager R. arXiv 2020. arXiv:2011.14999
    """
    ordered = np.sort(floats(influence), axis=0)
    return floats(-ordered[-k:].sum(axis=0)), floats(-ordered[:k].sum(axis=0))
