"""Local polynomial regression (loess), exact at every point."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats

POINTS_AT_ONCE = 128  # bounds the memory at 128 n numbers
SMALLEST_EIGENVALUE = 1e-10  # of the moments, scaled to unit diagonal


def loess(
    x: ArrayLike,
    y: ArrayLike,
    at: ArrayLike,
    *,
    span: float = 0.75,
    degree: int = 1,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """(m,) fitted values at the points `at`; see `loess_rows`."""
    points, values = floats(at), floats(y)
    out = np.empty(len(points))
    for k in range(0, len(points), POINTS_AT_ONCE):
        part = slice(k, k + POINTS_AT_ONCE)
        out[part] = loess_rows(x, points[part], span=span, degree=degree, weights=weights) @ values
    return out


def loess_rows(
    x: ArrayLike,
    at: ArrayLike,
    *,
    span: float = 0.75,
    degree: int = 1,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """(m, n) what each observation counts in the fitted value at each point: fitted = rows @ y.

    At a point, a polynomial is fitted by least squares to the nearest floor(span n) observations, each weighted
    (1 - (d / h)^3)^3, d its distance and h that of the farthest of them (times `span` where that is above 1).
    Where those observations hold too few different values for the polynomial, its degree is lowered; where all of
    them are equally far away, their mean is the fit.

    Parameters
    ----------
    x : (n,) places of the observations
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
    ``cal.*.pseudo``. R's default surface interpolates between some exact fits and differs by up to 0.01.

    References
    ----------
    Cleveland WS. J Am Stat Assoc 1979;74:829-836. doi:10.1080/01621459.1979.10481038
    """
    if degree not in (0, 1, 2):
        raise InputError(f"loess: degree {degree} asked for; 0, 1 or 2 is possible.")
    places, points = floats(x), floats(at)
    n_near = min(int(np.floor(len(places) * span + 1e-5)), len(places))
    if n_near < 1:
        raise InputError(f"loess: a span of {span:g} leaves none of {len(places)} observations.")
    distance = np.abs(points[:, None] - places[None, :])
    reach = np.partition(distance, n_near - 1, axis=1)[:, n_near - 1] * max(1.0, span)
    on_the_point = reach <= 0.0
    share = distance / np.where(on_the_point, 1.0, reach)[:, None]
    kernel = np.clip(1.0 - share**3, 0.0, None) ** 3
    flat = on_the_point | (kernel.max(axis=1) < 1e-20)
    kernel[flat] = distance[flat] <= (1.0 + 1e-9) * distance[flat].min(axis=1, keepdims=True, initial=np.inf)
    kernel *= case_weights(weights, len(places))
    scale = np.where(on_the_point, 1.0, reach)[:, None]
    z = (places[None, :] - points[:, None]) / scale
    basis = [np.ones_like(z), *(z**k for k in range(1, degree + 1))]
    moments = np.moveaxis(np.array([[np.sum(kernel * a * b, axis=1) for b in basis] for a in basis]), 2, 0)
    first = _constant_term(moments)
    return floats(sum(kernel * first[:, [j]] * basis[j] for j in range(degree + 1)))


def _constant_term(moments: FloatArray) -> FloatArray:
    """(m, degree + 1) first row of the inverse of each matrix of moments; of a smaller one where it has none."""
    out = np.zeros(moments.shape[:2])
    left = np.arange(len(moments))
    for size in range(moments.shape[1], 0, -1):
        part = moments[left, :size, :size]
        spread = np.sqrt(np.einsum("mjj->mj", part))
        unit = part / np.where(spread > 0.0, spread, 1.0)[:, :, None]
        unit = unit / np.where(spread > 0.0, spread, 1.0)[:, None, :]
        solvable = np.linalg.eigvalsh(unit)[:, 0] > SMALLEST_EIGENVALUE
        rows = left[solvable]
        out[rows, :size] = np.linalg.inv(part[solvable])[:, 0, :]
        left = left[~solvable]
    return out
