"""Local polynomial regression (loess): exact at every point, or as R's default surface between a few exact fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats

POINTS_AT_ONCE = 128  # bounds the memory at 128 n numbers
SMALLEST_EIGENVALUE = 1e-10  # of the moments, scaled to unit diagonal
CELL = 0.2  # a cell of the surface holds up to this share of span * n observations
MARGIN = 0.005  # of the range, by which the outer vertices of the surface lie outside


def loess(
    x: ArrayLike,
    y: ArrayLike,
    at: ArrayLike,
    *,
    span: float = 0.75,
    degree: int = 1,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """(m,) fitted values at the points `at`, exact at each of them.

    At a point, a polynomial is fitted by least squares to the nearest floor(span n) observations, each weighted
    (1 - (d / h)^3)^3, d its distance and h that of the farthest of them (times `span` where that is above 1).
    Where those observations hold too few different values for the polynomial, its degree is lowered; where all of
    them are equally far away, their mean is the fit.

    Parameters
    ----------
    x : (n,) places of the observations
    y : (n,) observations
    at : (m,) points
    span : share of the observations that a fit uses
    degree : 0, 1 or 2
    weights : (n,) case weights; they do not change who is near

    Raises
    ------
    InputError
        Another degree, or a span that leaves no observation.

    Notes
    -----
    Agrees with R's loess(surface="direct", family="gaussian"), golden cases ``bin.*.loess*.direct`` and
    ``cal.*.pseudo``.

    References
    ----------
    Cleveland WS. J Am Stat Assoc 1979;74:829-836. doi:10.1080/01621459.1979.10481038
    """
    points, values = floats(at), floats(y)
    out = np.empty(len(points))
    for k in range(0, len(points), POINTS_AT_ONCE):
        part = slice(k, k + POINTS_AT_ONCE)
        local = _local_fits(x, points[part], span=span, degree=degree, weights=weights)
        out[part] = local.rows(0) @ values
    return out


@dataclass(frozen=True, eq=False)
class LoessSurface:
    """A smooth curve through exact local fits at a few vertices: cubic between two, by their values and slopes.

    Parameters
    ----------
    vertices : (v,) rising, the outer ones just outside the observations
    value, slope : (v,) of the local fits
    value_influence, slope_influence : (v, n) case weight times their derivatives with respect to it, vertices and
        neighbourhoods taken as given
    """

    vertices: FloatArray
    value: FloatArray
    slope: FloatArray
    value_influence: FloatArray
    slope_influence: FloatArray

    def at(self, points: ArrayLike) -> FloatArray:
        """(m,) the curve at points inside the range of the observations."""
        by_value, by_slope = self._shares(floats(points))
        return floats(by_value @ self.value + by_slope @ self.slope)

    def influence(self, points: ArrayLike, shares: FloatArray) -> FloatArray:
        """(n,) influence values of the sum of shares * curve over the points."""
        by_value, by_slope = self._shares(floats(points))
        moved = (shares @ by_value) @ self.value_influence + (shares @ by_slope) @ self.slope_influence
        return floats(moved)

    def _shares(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(m, v) what values and slopes at the vertices count at each point: Hermite's cubic."""
        v = self.vertices
        left = np.clip(np.searchsorted(v, points, side="right") - 1, 0, len(v) - 2)
        width = v[left + 1] - v[left]
        t = (points - v[left]) / width
        row = np.arange(len(points))
        by_value, by_slope = np.zeros((len(points), len(v))), np.zeros((len(points), len(v)))
        by_value[row, left], by_value[row, left + 1] = (
            (1.0 - t) ** 2 * (1.0 + 2.0 * t),
            t**2 * (3.0 - 2.0 * t),
        )
        by_slope[row, left], by_slope[row, left + 1] = width * t * (1.0 - t) ** 2, -width * t**2 * (1.0 - t)
        return by_value, by_slope


def loess_surface(
    x: ArrayLike,
    y: ArrayLike,
    *,
    span: float = 0.75,
    degree: int = 2,
    weights: ArrayLike | None = None,
) -> LoessSurface:
    """The local fits of `loess` at the vertices of a tree of cells, to be interpolated.

    Cells are halved at their middle observation until each holds at most floor(0.2 span n); the places of the cuts
    and 0.5 % of the range beyond both ends are the vertices. The cost is O(n) per vertex instead of per point.

    Parameters
    ----------
    x, y, span, degree, weights : as in `loess`, degree 1 or 2

    Notes
    -----
    Agrees with R's loess(surface="interpolate"), its default, golden cases ``bin.*.loess*.interpolate``. Differs
    from the exact fit by about 0.01 at most in a few hundred patients.

    References
    ----------
    Cleveland WS, Grosse E. Stat Comput 1991;1:47-62. doi:10.1007/BF01890836
    """
    if degree not in (1, 2):
        raise InputError(f"loess surface: degree {degree} asked for; 1 or 2 is possible.")
    places, values = floats(x), floats(y)
    vertices = _vertices(np.sort(places), int(np.floor(len(places) * span * CELL)))
    local = _local_fits(places, vertices, span=span, degree=degree, weights=weights)
    value, slope = local.rows(0), local.rows(1)
    by_power = [value, slope] + [local.rows(k) for k in range(2, degree + 1)]
    away = places[None, :] - vertices[:, None]
    rest = values - sum((rows @ values)[:, None] * away**k for k, rows in enumerate(by_power))
    return LoessSurface(vertices, value @ values, slope @ values, value * rest, slope * rest)


@dataclass(frozen=True, eq=False)
class _LocalFits:
    """Polynomials at m points in z, the distance in units of the neighbourhood's reach."""

    kernel: FloatArray
    z: FloatArray
    scale: FloatArray
    inverse: FloatArray

    def rows(self, power: int) -> FloatArray:
        """(m, n) what each observation counts in the coefficient of (x - point)^power."""
        sums = sum(self.inverse[:, [power], [j]] * self.z**j for j in range(self.inverse.shape[1]))
        return floats(self.kernel * sums / self.scale**power)


def _local_fits(
    x: ArrayLike, at: ArrayLike, *, span: float, degree: int, weights: ArrayLike | None
) -> _LocalFits:
    if degree not in (0, 1, 2):
        raise InputError(f"loess: degree {degree} asked for; 0, 1 or 2 is possible.")
    places, points = floats(x), floats(at)
    n_near = min(int(np.floor(len(places) * span + 1e-5)), len(places))
    if n_near < 1:
        raise InputError(f"loess: a span of {span:g} leaves none of {len(places)} observations.")
    distance = np.abs(points[:, None] - places[None, :])
    reach = np.partition(distance, n_near - 1, axis=1)[:, n_near - 1] * max(1.0, span)
    on_the_point = reach <= 0.0
    scale = np.where(on_the_point, 1.0, reach)[:, None]
    kernel = np.clip(1.0 - (distance / scale) ** 3, 0.0, None) ** 3
    flat = on_the_point | (kernel.max(axis=1) < 1e-20)
    kernel[flat] = distance[flat] <= (1.0 + 1e-9) * distance[flat].min(axis=1, keepdims=True, initial=np.inf)
    kernel *= case_weights(weights, len(places))
    z = (places[None, :] - points[:, None]) / scale
    basis = [z**k for k in range(degree + 1)]
    moments = np.moveaxis(np.array([[np.sum(kernel * a * b, axis=1) for b in basis] for a in basis]), 2, 0)
    return _LocalFits(kernel, z, scale, _inverses(moments))


def _inverses(moments: FloatArray) -> FloatArray:
    """(m, d, d) inverse of each matrix of moments; where it has none, of its largest leading part that has one."""
    out = np.zeros(moments.shape)
    left = np.arange(len(moments))
    for size in range(moments.shape[1], 0, -1):
        part = moments[left, :size, :size]
        spread = np.sqrt(np.einsum("mjj->mj", part))
        unit = part / np.where(spread > 0.0, spread, 1.0)[:, :, None]
        unit = unit / np.where(spread > 0.0, spread, 1.0)[:, None, :]
        solvable = np.linalg.eigvalsh(unit)[:, 0] > SMALLEST_EIGENVALUE
        rows = left[solvable]
        out[rows, :size, :size] = np.linalg.inv(part[solvable])
        left = left[~solvable]
    return out


def _vertices(x: FloatArray, most: int) -> FloatArray:
    """Ends and cuts of the cells of sorted observations; a cell with `most` of them or fewer is not cut."""
    margin = MARGIN * max(x[-1] - x[0], 1e-10 * max(abs(x[0]), abs(x[-1])) + 1e-30)
    ends = (float(x[0] - margin), float(x[-1] + margin))
    found, cells = [*ends], [(0, len(x) - 1, *ends)]
    while cells:
        first, last, low, high = cells.pop()
        if last - first + 1 <= max(most, 1):
            continue
        middle = _between_ties(x, first, last)
        cut = float(x[middle])
        if low < cut < high:
            found.append(cut)
            cells += [(first, middle, low, cut), (middle + 1, last, cut, high)]
    return np.array(sorted(found))


def _between_ties(x: FloatArray, first: int, last: int) -> int:
    """The middle position, or the one nearest to it that is not tied with the next; the middle where R stops looking."""
    middle = (first + last) // 2
    for step in range(last - first + 1):
        for at in dict.fromkeys((middle + step, middle - step)):
            if not first <= at < last:
                return middle
            if x[at] != x[at + 1]:
                return at
    return middle
