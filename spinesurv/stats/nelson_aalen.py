"""The Nelson-Aalen estimate of the cumulative hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.kaplan_meier import KaplanMeier, kaplan_meier


@dataclass(frozen=True, eq=False)
class NelsonAalen:
    """A cumulative hazard.

    Parameters
    ----------
    time : (m,) distinct ends of follow-up, rising
    cumulative_hazard : (m,) accumulated by each of them
    variance : (m,) of it: the sum of d / n^2, or the robust one where weights are not whole numbers
    """

    time: FloatArray
    cumulative_hazard: FloatArray
    variance: FloatArray

    def at(self, times: ArrayLike) -> FloatArray:
        """Cumulative hazard by `times`, jumps at the time itself included; level after the last one."""
        return self._by(self.cumulative_hazard, times)

    def std_error(self, times: ArrayLike) -> FloatArray:
        """Standard error of the cumulative hazard by `times`."""
        return np.sqrt(self._by(self.variance, times))

    def _by(self, values: FloatArray, times: ArrayLike) -> FloatArray:
        index = np.searchsorted(self.time, floats(times), side="right")
        return floats(np.concatenate([[0.0], values])[index])


def nelson_aalen(
    time: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> NelsonAalen:
    """H(t) = sum over event times s <= t of d(s) / n(s).

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event happened then
    start : (n,) delayed entry: at risk in (start, time]
    weights : (n,) case weights

    Notes
    -----
    Agrees with survival::survfit(stype = 2, ctype = 1), golden cases ``km.*.nelson_aalen``.

    References
    ----------
    Nelson W. Technometrics 1972;14:945-966. doi:10.1080/00401706.1972.10488991
    Aalen O. Ann Stat 1978;6:701-726. doi:10.1214/aos/1176344247
    """
    curve = kaplan_meier(time, event, start=start, weights=weights, robust=False)
    at_risk = np.where(curve.n_risk > 0, curve.n_risk, 1.0)
    steps = curve.n_jump / at_risk
    variance = np.cumsum(steps / at_risk)
    w = case_weights(weights, len(floats(time)))
    if (w != np.floor(w)).any():
        variance = _robust(curve, floats(time), np.asarray(event, dtype=bool), start, w)
    return NelsonAalen(curve.time, floats(np.cumsum(steps)), floats(variance))


def _robust(
    curve: KaplanMeier, time: FloatArray, event: np.ndarray, start: ArrayLike | None, weights: FloatArray
) -> FloatArray:
    """(m,) sum of squared influences on H(t): 1 / n at the own event, minus the sum of d / n^2 while at risk."""
    at_risk = np.where(curve.n_risk > 0, curve.n_risk, 1.0)
    own = np.where(event, 1.0 / at_risk[np.searchsorted(curve.time, time)], 0.0)
    _, window = curve.exposure(time, event, start=start)
    steps = curve.n_jump / at_risk**2
    by_time = [
        weights * (own * (time <= t) - window(np.where(curve.time <= t, steps, 0.0))) for t in curve.time
    ]
    return floats([np.sum(values**2) for values in by_time])
