"""Restricted cubic splines: where the knots go, and the columns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats

#: number of knots -> share of the values below the first knot
OUTER_SHARE = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}
TIED_AT_AN_END = 0.05
FEW_VALUES = 100


def knots(x: ArrayLike, n_knots: int) -> FloatArray:
    """Knots by the default rule of Hmisc's rcspline.eval.

    Type-7 quantiles at equal steps (3: .10, .50, .90; 4: .05, .35, .65, .95; 5: .05, .275, .50, .725, .95; 6 and
    7 from .05 and .025). Below 100 values the outer knots are the fifth smallest and largest. Knots that
    coincide become one. Where at least 5 % of the values are tied at an end, and no value inside is that
    frequent, the value next to that end becomes the outer knot and the others follow from what lies beyond it.
    Where there are hardly more distinct values than knots, all but the outermost values are knots.

    Parameters
    ----------
    x : values; missing ones are left out
    n_knots : 3 to 7

    Returns
    -------
    knots, rising; fewer than asked where values tie

    Raises
    ------
    InputError
        Fewer than 6 values, or fewer than 3 different knots come out.

    Notes
    -----
    Agrees with Hmisc::rcspline.eval(knots.only=TRUE), golden cases ``rcs.*``.
    """
    if n_knots not in OUTER_SHARE:
        raise InputError(f"spline: {n_knots} knots asked for; 3 to 7 are possible.")
    values = floats(x)
    values = np.sort(values[~np.isnan(values)])
    if len(values) < 6:
        raise InputError(f"spline: {len(values)} values are too few to place knots; at least 6 are needed.")
    distinct = np.unique(values)
    if len(distinct) - 2 <= n_knots:
        out = distinct[1:-1]
    else:
        first, last, inside = _tied_ends(values)
        inner = _inner_knots(inside, first, last, n_knots)
        out = np.unique(np.concatenate([first, inner, last]))
    if len(out) < 3:
        raise InputError(
            f"spline: only {len(out)} different knots come out of {len(distinct)} different values; at least 3 "
            "are needed. Use a linear term."
        )
    return out


def _tied_ends(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outer knots that tied ends dictate (none or one at each side), and the values between them."""
    distinct, count = np.unique(values, return_counts=True)
    frequent = count / len(values) >= TIED_AT_AN_END
    first, last = values[:0], values[:0]
    if not frequent[1:-1].any():
        if frequent[0]:
            first = distinct[1:2]
            values = values[values > first[0]]
        if frequent[-1]:
            last = values[values < values[-1]][-1:]
            values = values[values < last[0]]
    return first, last, values


def _inner_knots(values: FloatArray, first: FloatArray, last: FloatArray, n_knots: int) -> FloatArray:
    outer = OUTER_SHARE[n_knots]
    n_inner = n_knots - len(first) - len(last)
    if n_inner == 1:
        return np.array([np.median(values)])
    placed = np.quantile(values, np.linspace(0.5 if n_inner == 2 else outer, 1.0 - outer, n_inner))
    if len(np.unique(placed)) < min(n_inner, 3):  # ties swallow knots: try twice as many
        placed = np.quantile(values, np.linspace(outer, 1.0 - outer, 2 * n_inner))
        if len(first) and len(np.unique(placed)) < 3:
            middle = 0.5 * (first + last) if len(last) else np.array([np.median(values)])
            upper = last if len(last) else np.array([np.quantile(values, 1.0 - outer)])
            placed = np.sort(np.concatenate([first, middle, upper]))
            n_inner = min(n_inner, len(placed) + 1)
    if 5 <= len(values) < FEW_VALUES:
        if not len(first):
            placed[0] = values[4]
        if not len(last):
            placed = np.append(placed[: n_inner - 1], [values[-5], *placed[n_inner:]])
    return placed


def restricted_cubic(x: ArrayLike, at: ArrayLike, *, norm: int = 2) -> FloatArray:
    """(n, k - 1) columns of a restricted cubic spline: the value first, then the k - 2 nonlinear terms.

    Parameters
    ----------
    x : (n,) values
    at : (k,) knots, rising, k >= 3
    norm : 0 unscaled; 1 divided by (last - last but one knot)^3; 2 by (last - first knot)^2, as rms does

    Notes
    -----
    Linear beyond the outer knots. Agrees with Hmisc::rcspline.eval(inclx=TRUE), golden cases ``rcs.*``.
    """
    v, t = floats(x), floats(at)
    scale = {0: 1.0, 1: (t[-1] - t[-2]) ** 3, 2: (t[-1] - t[0]) ** 2}[norm]
    cubes = np.maximum(v[:, None] - t[None, :], 0.0) ** 3
    gap = t[-1] - t[-2]
    ahead, behind = (t[-1] - t[:-2]) / gap, (t[-2] - t[:-2]) / gap
    bent = cubes[:, :-2] - ahead * cubes[:, [-2]] + behind * cubes[:, [-1]]
    return np.column_stack([v, bent / scale])


def restricted_cubic_range(
    coefficients: ArrayLike, at: ArrayLike, low: float, high: float
) -> tuple[float, float]:
    """Smallest and largest value of a restricted cubic spline between two values of its variable.

    Parameters
    ----------
    coefficients : (k - 1,) of the columns of `restricted_cubic`
    at : (k,) knots
    low, high : ends of the range of the variable

    Notes
    -----
    Exact: between two neighbouring knots the curve is one cubic, whose turns are roots of a quadratic.
    """
    slope, t = floats(coefficients), floats(at)
    ends = np.unique(np.concatenate([[low], t[(t > low) & (t < high)], [high]]))
    turns = [ends]
    for a, b in pairwise(ends):
        x = np.linspace(a, b, 4)
        cubic = np.polynomial.Polynomial.fit(x, restricted_cubic(x, t) @ slope, 3)
        roots = cubic.deriv().roots()
        real = roots[np.abs(roots.imag) < 1e-9].real
        turns.append(real[(real > a) & (real < b)])
    values = restricted_cubic(np.concatenate(turns), t) @ slope
    return float(values.min()), float(values.max())
