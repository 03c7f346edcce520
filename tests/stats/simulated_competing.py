"""Small follow-up with two kinds of events, censoring and many ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Competing:
    """n patients; follow-up ends with the event of interest, a competing one, or neither."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    competing: NDArray[np.bool_]
    x: NDArray[np.float64]
    risk: NDArray[np.float64]


def competing(seed: int, n: int = 80, *, last: float = 14.0, rounded: bool = True) -> Competing:
    """The event has hazard exp(0.8 x) / 12, the competing one 1 / 10; censoring is uniform from 2 to `last`."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    first = rng.exponential(12 * np.exp(-0.8 * x))
    second = rng.exponential(10.0, n)
    end = rng.uniform(2, last, n)
    time = np.minimum(np.minimum(first, second), end)
    return Competing(
        time=np.ceil(time) if rounded else time,
        event=(first <= second) & (first <= end),
        competing=(second < first) & (second <= end),
        x=x,
        risk=np.round(1 / (1 + np.exp(1 - x)), 2).clip(0.02, 0.98),
    )
