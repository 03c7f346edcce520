"""How well a linear predictor does in other patients: the indexes that a bootstrap validation corrects."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.concordance import concordance
from spinesurv.stats.cox import fit_cox

#: names of `validation_indexes`, in its order
INDEXES = ("Dxy", "R2", "Slope", "D", "U", "Q", "g")


def explained_variation(null: float, likelihood: float, n: int) -> float:
    """Nagelkerke's R2 from log partial likelihoods without and with the predictor: (1 - exp(-LR / n)) / largest value.

    References
    ----------
    Nagelkerke NJD. Biometrika 1991;78:691-692. doi:10.1093/biomet/78.3.691
    """
    return float(np.expm1(2.0 * (null - likelihood) / n) / np.expm1(2.0 * null / n))


def mean_difference(values: ArrayLike) -> float:
    """Gini's mean difference: how far two patients taken at random lie apart."""
    x = np.sort(floats(values))
    n = len(x)
    return float(2.0 * (2.0 * np.arange(1, n + 1) - n - 1.0) @ x / (n * (n - 1.0)))


def validation_indexes(
    linear_predictor: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: str = "efron",
) -> FloatArray:
    """Dxy, R2, Slope, D, U, Q and g of a linear predictor x in the patients judged.

    L0, L1, Loff: -2 log partial likelihood without x, with x refitted, and with slope 1. Dxy = 2 C - 1, R2 as
    `explained_variation`, Slope the refitted coefficient of x, D = (L0 - L1 - 1) / L0, U = (Loff - L1 - 2) / L0,
    Q = D - U, g = mean difference of Slope x.

    Parameters
    ----------
    linear_predictor : (n,) of a model fitted elsewhere, or on the same patients (the apparent values)
    time, event, start, strata, ties : as `fit_cox`

    Notes
    -----
    Agrees with rms::validate.cph, golden cases ``validate.*``.

    References
    ----------
    Harrell FE. Regression Modeling Strategies, 2nd ed, 2015, chapter 20. doi:10.1007/978-3-319-19425-7
    """
    x = floats(linear_predictor)
    refitted = fit_cox(x, time, event, start=start, strata=strata, ties=ties)
    as_is = fit_cox(np.empty((len(x), 0)), time, event, start=start, strata=strata, ties=ties, offset=x)
    null, best = (-2.0 * value for value in refitted.log_likelihood)
    off = -2.0 * as_is.log_likelihood[0]
    slope = float(refitted.coef[0])
    d, u = (null - best - 1.0) / null, (off - best - 2.0) / null
    c = concordance(time, event, x, start=start, strata=strata).value
    r2 = explained_variation(*refitted.log_likelihood, len(x))
    return np.array([2.0 * c - 1.0, r2, slope, d, u, d - u, slope * mean_difference(x)])
