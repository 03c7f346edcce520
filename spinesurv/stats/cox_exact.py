"""The exact partial likelihood of tied deaths: which of those at risk die, given how many do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spinesurv.stats.arrays import FloatArray
from spinesurv.stats.risk_sets import RiskSets


def exact_likelihood(
    sets: RiskSets, x: FloatArray, offset: FloatArray, beta: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Log likelihood, score and information of the conditional logistic likelihood of each tied time.

    At a time with d deaths the likelihood is the product of exp(eta) of those who die, divided by the sum of that
    product over all sets of d patients at risk: the elementary symmetric polynomial of order d.

    Parameters
    ----------
    sets : who is at risk when
    x, offset : (n, p) columns and (n,) fixed part of eta = x beta + offset
    beta : (p,) coefficients

    Notes
    -----
    The polynomials and their derivatives come from multiplying 1 + exp(eta) z over patients in pairs, truncated
    at order d: O(n d p^2) for each time with d deaths. Agrees with survival::coxph(ties = "exact").

    References
    ----------
    Gail MH, Lubin JH, Rubinstein LV. Biometrika 1981;68:703-707. doi:10.1093/biomet/68.3.703
    """
    eta = x @ beta + offset
    value = float(eta[sets.deaths].sum())
    score = x[sets.deaths].sum(axis=0)
    information = np.zeros((x.shape[1], x.shape[1]))
    for k, deaths in enumerate(sets.count):
        rows = np.flatnonzero((sets.first <= k) & (k <= sets.last))
        highest = float(eta[rows].max())
        with np.errstate(under="ignore"):
            whole = _product(_leaves(np.exp(eta[rows] - highest), x[rows]), int(deaths))
        total, slope, bend = whole.value[0, -1], whole.slope[0, -1], whole.bend[0, -1]
        mean = slope / total
        value -= float(np.log(total)) + deaths * highest
        score = score - mean
        information += bend / total - np.outer(mean, mean)
    return value, score, information


@dataclass(frozen=True, eq=False)
class _Polynomials:
    """Coefficients (polynomials, orders) with first and second derivatives by beta."""

    value: FloatArray
    slope: FloatArray
    bend: FloatArray

    def take(self, part: slice) -> _Polynomials:
        return _Polynomials(self.value[part], self.slope[part], self.bend[part])


def _leaves(ratio: FloatArray, x: FloatArray) -> _Polynomials:
    """1 + ratio z of each patient."""
    n, p = x.shape
    value, slope, bend = np.ones((n, 2)), np.zeros((n, 2, p)), np.zeros((n, 2, p, p))
    value[:, 1] = ratio
    slope[:, 1] = ratio[:, None] * x
    bend[:, 1] = slope[:, 1][:, :, None] * x[:, None, :]
    return _Polynomials(value, slope, bend)


def _product(factors: _Polynomials, order: int) -> _Polynomials:
    """The product of all factors up to `order`."""
    while len(factors.value) > 1:
        even = len(factors.value) // 2 * 2
        pairs = _times(factors.take(slice(0, even, 2)), factors.take(slice(1, even, 2)), order)
        odd = _padded(factors.take(slice(even, None)), pairs.value.shape[1])
        factors = _Polynomials(
            np.concatenate([pairs.value, odd.value]),
            np.concatenate([pairs.slope, odd.slope]),
            np.concatenate([pairs.bend, odd.bend]),
        )
    return factors


def _padded(a: _Polynomials, orders: int) -> _Polynomials:
    return _Polynomials(
        *(
            np.pad(part, [(0, 0), (0, orders - part.shape[1]), *[(0, 0)] * (part.ndim - 2)])
            for part in (a.value, a.slope, a.bend)
        )
    )


def _times(a: _Polynomials, b: _Polynomials, order: int) -> _Polynomials:
    n, ka, p = a.slope.shape
    kb = b.slope.shape[1]
    orders = min(order + 1, ka + kb - 1)
    out = _Polynomials(np.zeros((n, orders)), np.zeros((n, orders, p)), np.zeros((n, orders, p, p)))
    for i in range(min(ka, orders)):
        j = slice(0, min(kb, orders - i))
        to = slice(i, i + len(range(kb)[j]))
        va, sa, ba = a.value[:, i], a.slope[:, i], a.bend[:, i]
        vb, sb, bb = b.value[:, j], b.slope[:, j], b.bend[:, j]
        cross = sa[:, None, :, None] * sb[:, :, None, :]
        out.value[:, to] += va[:, None] * vb
        out.slope[:, to] += va[:, None, None] * sb + vb[:, :, None] * sa[:, None, :]
        out.bend[:, to] += (
            va[:, None, None, None] * bb
            + vb[:, :, None, None] * ba[:, None]
            + cross
            + np.swapaxes(cross, 2, 3)
        )
    return out
