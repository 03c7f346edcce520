"""Lowess: robust local lines through scattered points, as R's lowess draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats


@dataclass(frozen=True, eq=False)
class Lowess:
    """A curve of straight pieces between the places at which a line was fitted.

    Parameters
    ----------
    places : (k,) distinct, rising; the first and the last are the ends of the observations
    value : (k,) of the lines there
    value_influence : (k, n) case weight times their derivatives with respect to it, robust weights taken as given
    """

    places: FloatArray
    value: FloatArray
    value_influence: FloatArray

    def at(self, points: ArrayLike) -> FloatArray:
        """(m,) the curve at points inside the range of the observations."""
        return np.interp(floats(points), self.places, self.value)

    def influence(self, points: ArrayLike, shares: FloatArray) -> FloatArray:
        """(n,) influence values of the sum of shares * curve over the points."""
        if len(self.places) == 1:
            return floats(shares.sum() * self.value_influence[0])
        p = floats(points)
        left = np.clip(np.searchsorted(self.places, p, side="right") - 1, 0, len(self.places) - 2)
        t = (p - self.places[left]) / (self.places[left + 1] - self.places[left])
        count = len(self.places)
        total = np.bincount(left, shares * (1.0 - t), count) + np.bincount(left + 1, shares * t, count)
        return floats(total @ self.value_influence)


def lowess(
    x: ArrayLike,
    y: ArrayLike,
    *,
    share: float = 2.0 / 3.0,
    n_robust: int = 3,
    step: float | None = None,
    weights: ArrayLike | None = None,
) -> Lowess:
    """Local lines, refitted with less weight for observations that lie far from them.

    At a place, a line is fitted to the nearest floor(share n) observations, each weighted (1 - (d / h)^3)^3, d its
    distance and h that of the farthest of them. Places closer together than `step` are skipped and lie on the
    straight piece between their neighbours. In a robust turn the weights are multiplied with (1 - (r / 6 m)^2)^2,
    r the distance from the curve and m the median of these.

    Parameters
    ----------
    x : (n,) places of the observations
    y : (n,) observations
    share : of the observations that a line uses (`f` in R)
    n_robust : robust turns (`iter` in R); 0 for an outcome of 0 and 1, where every observation lies far away
    step : None = 1 % of the range (`delta` in R)
    weights : (n,) case weights; they do not change who is near

    Raises
    ------
    InputError
        The share is not above 0, or the number of turns negative.

    Notes
    -----
    Agrees with R's lowess, golden cases ``bin.*.lowess`` and ``bin.*.val_prob``.

    References
    ----------
    Cleveland WS. J Am Stat Assoc 1979;74:829-836. doi:10.1080/01621459.1979.10481038
    """
    if not share > 0.0 or n_robust < 0:
        raise InputError(
            f"lowess: share {share:g} and {n_robust} robust turns asked for; 0 turns or more, share above 0."
        )
    order = np.argsort(floats(x), kind="stable")
    places, values = floats(x)[order], floats(y)[order]
    n = len(places)
    own = np.ones(n) if weights is None else floats(weights)[order]
    n_near = max(min(int(share * n + 1e-7), n), min(2, n))
    grid = _fitted_places(places, (places[-1] - places[0]) / 100.0 if step is None else step)
    robust, turns = np.ones(n), 0
    while True:
        lines = [_line(places, values, float(p), n_near, own * robust) for p in grid]
        fitted = np.array([rows @ values for rows, _ in lines])
        distance = np.abs(values - np.interp(places, grid, fitted))
        reach = 6.0 * float(np.median(distance))
        if turns == n_robust or reach < 1e-7 * float(distance.mean()):
            break
        turns += 1
        robust = np.where(distance <= 0.999 * reach, (1.0 - (distance / reach) ** 2) ** 2, 0.0)
        robust[distance <= 0.001 * reach] = 1.0
    influence = np.empty((len(grid), n))
    for k, (rows, slope) in enumerate(lines):
        influence[k, order] = rows * (values - fitted[k] - (places - grid[k]) * slope)
    return Lowess(grid, fitted, influence)


def _fitted_places(x: FloatArray, step: float) -> FloatArray:
    """Places of fits among sorted observations: each the last one within `step` of that before, or the next one."""
    out = [float(x[0])]
    while out[-1] < x[-1]:
        beyond = int(np.searchsorted(x, out[-1], side="right"))
        last_near = int(np.searchsorted(x, out[-1] + step, side="right")) - 1
        out.append(float(x[max(beyond, last_near)]))
    return np.array(out)


def _line(
    x: FloatArray, y: FloatArray, place: float, n_near: int, weights: FloatArray
) -> tuple[FloatArray, float]:
    """(n,) what each observation counts in the line's value at a place, and its slope; sorted observations."""
    distance = np.abs(x - place)
    reach = float(np.partition(distance, n_near - 1)[n_near - 1])
    kernel = (1.0 - (distance / (reach if reach > 0.0 else 1.0)) ** 3).clip(0.0) ** 3
    kernel[distance <= 0.001 * reach] = 1.0
    kernel[distance > 0.999 * reach] = 0.0
    kernel *= weights
    if not kernel.sum() > 0.0:
        kernel = (distance == 0.0) / np.sum(
            distance == 0.0
        )  # everybody near is an outlier: no line, the point itself
    kernel = kernel / kernel.sum()
    centre = float(kernel @ x)
    spread = float(kernel @ (x - centre) ** 2)
    if reach <= 0.0 or np.sqrt(spread) <= 0.001 * (x[-1] - x[0]):
        return kernel, 0.0
    slope_rows = kernel * (x - centre) / spread
    return floats(kernel + (place - centre) * slope_rows), float(slope_rows @ y)
