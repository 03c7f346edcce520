"""D-calibration: is the predicted survival at the time of death spread evenly over [0, 1]?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from spinesurv.stats.arrays import FloatArray, case_weights, floats, sums_by_cluster
from spinesurv.stats.squared_length import SquaredLength


@dataclass(frozen=True, eq=False)
class DistanceLimits:
    """Confidence limits of the distance from an even spread over k bins.

    Parameters
    ----------
    bins : number k of bins
    distance : the estimate
    length : squared length of the distances of the shares from 1 / k
    """

    bins: int
    distance: float
    length: SquaredLength

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Of a distance that cannot be below 0; an estimate that is below 0 begins its own interval."""
        low, high = (self.bins * limit for limit in self.length.interval(level))
        return min(low, self.distance), high


@dataclass(frozen=True, eq=False)
class DCalibration:
    """Patients by predicted survival at the end of their follow-up.

    Parameters
    ----------
    counts : (k,) weight of patients in each of k equal bins of [0, 1], lowest survival first
    influence : (n, k) weight times derivative of each bin's share with respect to each patient's weight
    """

    counts: FloatArray
    influence: FloatArray

    @property
    def shares(self) -> FloatArray:
        """(k,) share of the patients in each bin; 1 / k each where the prediction is calibrated."""
        return floats(self.counts / self.counts.sum())

    @property
    def chi_square(self) -> float:
        """Pearson's statistic, sum of (count - n / k)^2 / (n / k)."""
        even = self.counts.sum() / len(self.counts)
        return float(np.sum((self.counts - even) ** 2 / even))

    @property
    def degrees_of_freedom(self) -> int:
        """Bins minus 1."""
        return len(self.counts) - 1

    @property
    def p(self) -> float:
        """p value of `chi_square`; too large where many are censored, whose spread is even by construction."""
        return float(chi2.sf(self.chi_square, self.degrees_of_freedom))

    def distance_limits(self, cluster: ArrayLike | None = None) -> DistanceLimits:
        """Confidence limits of `distance`, with the same `cluster`."""
        return DistanceLimits(
            len(self.counts), self.distance(cluster)[0], SquaredLength(self._off, self._covariance(cluster))
        )

    @property
    def _off(self) -> FloatArray:
        """(k,) distances of the shares from 1 / k."""
        return floats(self.shares - 1.0 / len(self.counts))

    def _covariance(self, cluster: ArrayLike | None) -> FloatArray:
        """(k, k) of the shares."""
        sums = sums_by_cluster(self.influence, cluster)
        return floats(sums.T @ sums)

    def distance(self, cluster: ArrayLike | None = None) -> tuple[float, FloatArray]:
        """k times the sum of (share - 1 / k)^2, less what chance adds to it, with (n,) influence values.

        Chance adds the variance of each share, so the distance is 0 on average where the prediction is calibrated, in
        small and in large cohorts. Its variance is 2 tr(V^2) + 4 d'Vd (times k^2), V the covariance of the shares and d
        their distances from 1 / k: the first part is left when d is 0. The influence values are brought to that size.
        `cluster` : (n,) patients of one cluster count as one in V. Limits do not follow from this error: near 0 the law
        of the distance is far from normal, and its variance depends on the distance; see `distance_limits`.
        """
        k, off = len(self.counts), self._off
        by_patient = 2.0 * k * self.influence @ off
        covariance = self._covariance(cluster)
        moved, chance = float(off @ covariance @ off), float(np.sum(covariance**2))
        variance = k**2 * (max(4.0 * moved - 4.0 * chance, 0.0) + 2.0 * chance)
        size = np.sqrt(variance / (4.0 * k**2 * moved)) if moved > 0.0 else 1.0
        return float(k * (np.sum(off**2) - np.trace(covariance))), floats(size * by_patient)


def d_calibration(
    survival: ArrayLike, event: ArrayLike, *, bins: int = 10, weights: ArrayLike | None = None
) -> DCalibration:
    """Spread patients over bins of their predicted survival at the end of follow-up.

    A patient with an event counts in the bin [j / k, (j + 1) / k) of S_i(T_i). One who is censored would have had
    the event later, at a survival anywhere in [0, S_i(T_i)], and is spread evenly over it.

    Parameters
    ----------
    survival : (n,) predicted survival at the end of each patient's own follow-up
    event : (n,) whether the event was seen then
    bins : number k of bins
    weights : (n,) case weights

    Notes
    -----
    Agrees with golden cases ``dcal.*``.

    References
    ----------
    Haider H, Hoehn B, Davis S, Greiner R. J Mach Learn Res 2020;21(85):1-63.
    Goldstein M et al. Adv Neural Inf Process Syst 2020;33:18296-18307. (distance)
    """
    u, e = floats(survival), np.asarray(event, dtype=bool)
    w = case_weights(weights, len(u))
    bottom = np.arange(bins) / bins
    own = np.minimum(np.floor(u * bins), bins - 1).astype(np.intp)
    spread = np.clip(u[:, None] - bottom, 0.0, 1.0 / bins)
    below = spread / np.where(u > 0.0, u, 1.0)[:, None]
    fixed = (np.arange(bins) == own[:, None]).astype(np.float64)
    place = np.where((e | (u <= 0.0))[:, None], fixed, below)
    counts = floats(w @ place)
    return DCalibration(counts, floats(w[:, None] * (place - counts / w.sum()) / w.sum()))
