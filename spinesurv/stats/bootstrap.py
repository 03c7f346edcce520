"""Bootstrap by multinomial weights: nobody is copied or sorted again, patients only weigh more or less."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, strata_codes


def multinomial_weights(
    n: int, draws: int, *, seed: int, cluster: ArrayLike | None = None
) -> Iterator[FloatArray]:
    """How often each of n patients is drawn when n are drawn with replacement, `draws` times over.

    Parameters
    ----------
    n : number of patients
    draws : number of bootstrap samples
    seed : the same seed gives the same weights
    cluster : (n,) whole clusters are drawn, as many as there are, each with all its patients

    Yields
    ------
    (n,) weights, whole numbers from 0

    References
    ----------
    Efron B, Tibshirani R. An Introduction to the Bootstrap. 1993. Chapman & Hall.
    """
    rng = np.random.default_rng(seed)
    code = np.arange(n) if cluster is None else strata_codes(cluster, n)
    units = int(code.max(initial=-1)) + 1
    for _ in range(draws):
        times_drawn = np.bincount(rng.integers(0, units, units), minlength=units)
        yield times_drawn[code].astype(np.float64)
