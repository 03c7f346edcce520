"""The range that stands for a number wherever one is shown or kept: no single patient's value is an end of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import floats

#: quantiles of the ends
SHARES = (0.01, 0.99)


def percentile_range(values: ArrayLike) -> tuple[float, float]:
    """1st and 99th percentile (type 7) of the values that are not missing."""
    low, high = np.nanquantile(floats(values), SHARES)
    return float(low), float(high)
