"""Small random follow-up with many ties, for comparisons with slow direct formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tied:
    """n patients on few distinct days; start is before time."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    marker: NDArray[np.float64]
    risk: NDArray[np.float64]
    start: NDArray[np.float64]
    weights: NDArray[np.float64]
    strata: NDArray[np.intp]


def tied(seed: int, n: int = 60) -> Tied:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    death = rng.exponential(8 * np.exp(-0.8 * x))
    end = rng.uniform(2, 14, n)
    time = np.ceil(np.minimum(death, end))
    return Tied(
        time=time,
        event=death <= end,
        marker=np.round(x * 2),
        risk=np.round(1 / (1 + np.exp(-x)), 2).clip(0.02, 0.98),
        start=np.maximum(time - rng.integers(1, 9, n), 0.0),
        weights=rng.integers(1, 4, n).astype(float),
        strata=rng.integers(0, 2, n).astype(np.intp),
    )
