"""Confidence limits for the largest distance between predicted risks and a smooth curve of observed ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls
from scipy.special import ndtri

from spinesurv.stats.arrays import FloatArray, floats, sums_by_cluster
from spinesurv.stats.calibration_cox import CalibrationFit, cloglog

POINTS = 100  # risks at which the curve is looked at, besides the worst
TOLERANCE = 1e-6  # of the lower limit, in risk


@dataclass(frozen=True, eq=False)
class LargestDistance:
    """max |o - p| over risks p, where log(-log(1 - o)) = columns b and the coefficients b are known with an error.

    Limits hold every distance that the likelihood ratio does not reject: every D for which a curve with coefficients
    b and max |o - p| = D lies no farther than z from the estimate, (b - b^)' V^-1 (b - b^) <= z^2, z the normal
    quantile of the level. That is, up: the farthest that the pointwise band of the curve is from the predictions.
    Down: the least that the largest distance of such a curve can be. At every D the curves that stay within it are a
    polyhedron, because |o - p| <= D says that a linear predictor lies between two numbers.

    Where a truth above 0 is reached at one risk, its limits hold it as often as the level says; where it is reached at
    several, the lower one nearly always and the upper one less often, together about as often. A truth of 0 is held
    less often: it says something of all coefficients, and z counts for one.

    Parameters
    ----------
    risk : (m,) predicted risks p
    columns : (m, q) what the coefficients are multiplied with, a 1 for the baseline hazard included
    coef : (q,) estimates b^
    covariance : (q, q) V

    References
    ----------
    Venzon DJ, Moolgavkar SH. Appl Stat 1988;37:87-94. (limits by profile likelihood)
    Lawson CL, Hanson RJ. Solving Least Squares Problems. 1974. Prentice-Hall. Chapter 23 (distance to a polyhedron)
    """

    risk: FloatArray
    columns: FloatArray
    coef: FloatArray
    covariance: FloatArray

    @classmethod
    def of(cls, fit: CalibrationFit, cluster: ArrayLike | None = None) -> LargestDistance:
        """Of a calibration fit. `cluster` : (n,) patients of one cluster count as one in the covariance."""
        line = fit.line()
        worst = int(np.argmax(fit.error()))
        risk, first = np.unique(fit.risk, return_index=True)
        some = np.linspace(0, len(risk) - 1, min(POINTS, len(risk))).round().astype(np.intp)
        chosen = np.append(first[some], worst)
        sums = sums_by_cluster(line.influence, cluster)
        return cls(fit.risk[chosen], line.columns[chosen], line.coef, floats(sums.T @ sums))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence limits; the lower one is 0 where the predictions themselves lie among the curves."""
        z = float(ndtri(0.5 + level / 2.0))
        values, vectors = np.linalg.eigh(self.covariance)
        root = floats(vectors * np.sqrt(np.maximum(values, 0.0)))
        middle, moves = self.columns @ self.coef, floats(self.columns @ root)
        reach = z * np.sqrt(np.sum(moves**2, axis=1))
        high = max(
            float(np.max(_risk(middle + reach) - self.risk)), float(np.max(self.risk - _risk(middle - reach)))
        )
        first, last = 0.0, float(np.max(np.abs(_risk(middle) - self.risk)))
        while last - first > TOLERANCE:
            largest = (first + last) / 2.0
            if self._distance(largest, middle, moves) > z:
                first = largest
            else:
                last = largest
        return (0.0 if first == 0.0 else (first + last) / 2.0), high

    def _distance(self, largest: float, middle: FloatArray, moves: FloatArray) -> float:
        """From the estimate, in units of its error, to the nearest curve that is nowhere farther off than `largest`."""
        below, above = self.risk > largest, self.risk < 1.0 - largest
        sides = np.concatenate([moves[below], -moves[above]])
        least = np.concatenate(
            [
                cloglog(self.risk[below] - largest) - middle[below],
                middle[above] - cloglog(self.risk[above] + largest),
            ]
        )
        if not (least > 0.0).any():
            return 0.0
        # least distance programming: the shortest x with sides x >= least
        table = np.vstack([sides.T, least])
        goal = np.zeros(len(table))
        goal[-1] = 1.0
        residual = table @ nnls(table, goal)[0] - goal
        return float(np.linalg.norm(residual[:-1]) / -residual[-1]) if residual[-1] < 0.0 else np.inf


def _risk(predictor: FloatArray) -> FloatArray:
    return floats(-np.expm1(-np.exp(predictor)))
