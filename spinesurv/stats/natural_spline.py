"""Natural cubic splines in the basis of R's splines::ns."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import BSpline
from scipy.linalg import qr

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats

DEGREE = 3


def natural_knots(x: ArrayLike, df: int, *, intercept: bool = False) -> tuple[FloatArray, FloatArray]:
    """Inner knots at equally spaced type-7 quantiles, and the smallest and largest value as boundary.

    Parameters
    ----------
    x : values; missing ones are left out
    df : number of columns of the basis; df - 1 inner knots, one less with `intercept`
    """
    values = floats(x)
    values = values[~np.isnan(values)]
    n_inner = df - 1 - int(intercept)
    if n_inner < 0 or len(values) == 0:
        raise InputError(
            f"natural spline: {df} columns of {len(values)} values; at least {1 + intercept} of 1 are needed."
        )
    shares = np.linspace(0.0, 1.0, n_inner + 2)[1:-1]
    return floats(np.quantile(values, shares)), np.array([values.min(), values.max()])


def natural_spline(
    x: ArrayLike, inner: ArrayLike, boundary: ArrayLike, *, intercept: bool = False
) -> FloatArray:
    """(n, inner knots + 1) columns of a cubic spline that is linear beyond the boundary; one more with `intercept`.

    Notes
    -----
    Cubic B-splines, projected on those whose second derivative is 0 at both ends (by the QR decomposition of the
    two conditions). Spans the same curves as `splines.restricted_cubic` with all knots. Agrees with splines::ns.
    """
    v, ends = floats(x), floats(boundary)
    full = np.sort(np.concatenate([np.repeat(ends, DEGREE + 1), floats(inner)]))
    first = 0 if intercept else 1
    basis = BSpline(full, np.eye(len(full) - DEGREE - 1), DEGREE)
    inside = np.clip(v, *ends)
    columns = basis(inside) + (v - inside)[:, None] * basis(inside, nu=1)
    bends = basis(ends, nu=2)[:, first:]
    q, _ = qr(bends.T)
    return floats(columns[:, first:] @ q[:, 2:])
