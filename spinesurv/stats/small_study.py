"""Are small sites different? Egger's regression of site results on their standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from spinesurv.errors import InputError
from spinesurv.stats.arrays import floats


@dataclass(frozen=True)
class SmallStudy:
    """Slope of results on their standard errors, its error, t statistic, degrees of freedom k - 2 and p value."""

    slope: float
    std_error: float
    t: float
    df: int
    p: float


def small_study_test(estimate: ArrayLike, std_error: ArrayLike) -> SmallStudy:
    """Weighted regression of (k,) results on their standard errors, weights 1 / se^2, spread estimated.

    A slope away from 0: results depend on the size of the site. With few sites the test finds little.

    Raises
    ------
    InputError
        Fewer than 3 results, or all with the same error.

    Notes
    -----
    Agrees with metafor::regtest(model = "lm"), golden cases ``meta.*.egger``.

    References
    ----------
    Egger M et al. BMJ 1997;315:629-634. doi:10.1136/bmj.315.7109.629
    """
    y, s = floats(estimate), floats(std_error)
    if len(y) < 3 or np.ptp(s) == 0:
        raise InputError(
            f"small-study test: {len(y)} results with {len(np.unique(s))} errors; 3 and 2 are needed."
        )
    w = 1.0 / s**2
    x = s - np.average(s, weights=w)
    spread = float(w @ x**2)
    slope = float(w @ (x * y)) / spread
    rest = y - np.average(y, weights=w) - slope * x
    df = len(y) - 2
    error = float(np.sqrt((w @ rest**2) / df / spread))
    return SmallStudy(slope, error, slope / error, df, float(2.0 * student.sf(abs(slope / error), df)))
