"""Values on a grid of days: what a kept model knows of its baseline, and nothing between two days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError


def at_days(days: np.ndarray, values: np.ndarray, times_days: Any) -> np.ndarray:
    """Values, last axis along `days`, at some of these days.

    Raises
    ------
    InputError
        A day is not on the grid. Nothing is interpolated: between two days the model knows nothing.
    """
    return np.asarray(values[..., np.searchsorted(days, check_days(days, times_days))])


def check_days(days: np.ndarray, times_days: Any) -> np.ndarray:
    """The days asked for; refuses those that are not on the grid."""
    asked = np.atleast_1d(np.asarray(times_days, dtype=float))
    off = asked[~np.isin(asked, days)]
    if len(off):
        raise InputError(
            f"model file: it has no survival for day {', '.join(f'{day:g}' for day in off)}. Days that it has: "
            f"{', '.join(f'{day:g}' for day in days)}."
        )
    return asked


def without_gaps(values: ArrayLike) -> list[Any]:
    """Numbers for JSON, row by row; JSON has no nan: None stands for it."""
    array = np.asarray(values, dtype=float)
    out = array.astype(object)
    out[np.isnan(array)] = None
    return list(out.tolist())


def numbers(values: Iterable[Any]) -> np.ndarray:
    """Numbers out of JSON, nan where None stands."""
    return np.array(list(values), dtype=float)  # None becomes nan
