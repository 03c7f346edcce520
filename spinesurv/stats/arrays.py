"""Names for the array types that travel through `stats`, and the few lines that every estimator begins or ends with."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.intp]
AnyArray: TypeAlias = NDArray[Any]


def floats(values: ArrayLike) -> FloatArray:
    """The values as float64."""
    return np.asarray(values, dtype=np.float64)


def case_weights(weights: ArrayLike | None, n: int) -> FloatArray:
    """The weights as float64; one each where there are none."""
    return np.ones(n) if weights is None else floats(weights)


def strata_codes(strata: ArrayLike | None, n: int) -> IntArray:
    """Numbers 0, 1, ... for the sorted distinct values of `strata`; all 0 where there are none."""
    if strata is None:
        return np.zeros(n, dtype=np.intp)
    return np.unique(np.asarray(strata), return_inverse=True)[1].reshape(-1).astype(np.intp)


def sums_by_cluster(influence: FloatArray, cluster: ArrayLike | None) -> FloatArray:
    """(g, k) influence values (n, k) added up within each cluster; as they are where there are none."""
    if cluster is None:
        return influence
    code = strata_codes(cluster, len(influence))
    return np.column_stack([np.bincount(code, weights=column) for column in influence.T]).astype(np.float64)
