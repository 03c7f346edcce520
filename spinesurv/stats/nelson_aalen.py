"""The Nelson-Aalen estimate of the cumulative hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.kaplan_meier import kaplan_meier


@dataclass(frozen=True, eq=False)
class NelsonAalen:
    """A cumulative hazard: (m,) distinct ends of follow-up, rising, and the hazard accumulated by each of them."""

    time: FloatArray
    cumulative_hazard: FloatArray

    def at(self, times: ArrayLike) -> FloatArray:
        """Cumulative hazard by `times`, jumps at the time itself included; level after the last one."""
        index = np.searchsorted(self.time, floats(times), side="right")
        return floats(np.concatenate([[0.0], self.cumulative_hazard])[index])


def nelson_aalen(time: ArrayLike, event: ArrayLike, *, start: ArrayLike | None = None) -> NelsonAalen:
    """H(t) = sum over event times s <= t of d(s) / n(s).

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event happened then
    start : (n,) delayed entry: at risk in (start, time]

    Notes
    -----
    Agrees with survival::survfit(type = "fh"), by hand in the tests.

    References
    ----------
    Nelson W. Technometrics 1972;14:945-966. doi:10.1080/00401706.1972.10488991
    Aalen O. Ann Stat 1978;6:701-726. doi:10.1214/aos/1176344247
    """
    curve = kaplan_meier(time, event, start=start)
    steps = np.divide(curve.n_jump, curve.n_risk, out=np.zeros_like(curve.n_risk), where=curve.n_risk > 0)
    return NelsonAalen(curve.time, floats(np.cumsum(steps)))
