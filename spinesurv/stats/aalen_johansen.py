"""The Aalen-Johansen curve: the share of patients who have had one kind of event, where other kinds prevent it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, case_weights, floats
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.kaplan_meier import kaplan_meier


class AalenJohansen:
    """Cumulative incidence of an event under competing events.

    F(t) = sum over times s <= t of S(s-) d1(s) / n(s), with S the Kaplan-Meier curve of being free of every event,
    d1 the events of interest and n those at risk. Whoever had a competing event stays at "never"; nobody is treated
    as censored by it, which would make 1 - Kaplan-Meier too high.

    Parameters
    ----------
    time : (n,) end of follow-up, 0 or more
    event : (n,) whether it was the event of interest
    competing : (n,) whether it was a competing event; never together with `event`
    start : (n,) delayed entry: at risk in (start, time]; None = 0 for everybody
    weights : (n,) case weights

    Attributes
    ----------
    free : Kaplan-Meier curve of being free of every event
    time : (m,) distinct ends of follow-up, rising
    incidence : (m,) F from each time on

    Notes
    -----
    The standard error is the root of the sum of squared influence values (infinitesimal jackknife). Without competing
    events F is 1 - Kaplan-Meier and the error Greenwood's. Agrees with survival::survfit for several states, golden
    case ``cr.mgus2.aalen_johansen``.

    References
    ----------
    Aalen OO, Johansen S. Scand J Stat 1978;5:141-150.
    """

    def __init__(
        self,
        time: ArrayLike,
        event: ArrayLike,
        competing: ArrayLike,
        *,
        start: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> None:
        self._own_time, self._event = floats(time), np.asarray(event, dtype=bool)
        self._any = self._event | np.asarray(competing, dtype=bool)
        self._start = None if start is None else floats(start)
        self._weights = case_weights(weights, len(self._own_time))
        self.free = kaplan_meier(self._own_time, self._any, start=start, weights=weights, robust=False)
        self.time = self.free.time
        m = len(self.time)
        self._index = np.searchsorted(self.time, self._own_time)
        count = np.bincount(self._index, weights=self._weights * self._event, minlength=m)
        at_risk = self.free.n_risk
        self._share = np.divide(count, at_risk, out=np.zeros(m), where=at_risk > 0)  # d1 / n
        self._before = self.free.before(self.time)
        self.incidence: FloatArray = np.cumsum(self._before * self._share)

    def at(self, times: ArrayLike) -> FloatArray:
        """Incidence by `times`, events at the time itself included; level after the last one."""
        index = np.searchsorted(self.time, floats(times), side="right")
        return floats(np.concatenate([[0.0], self.incidence])[index])

    def beyond_follow_up(self, times: ArrayLike) -> BoolArray:
        """True where nobody is under observation any more although somebody was free of every event."""
        return self.free.beyond_follow_up(times)

    def influence(self, at: float) -> FloatArray:
        """(n,) weight times derivative of the incidence by `at` with respect to each patient's weight."""
        here = self.time <= at
        left = np.where(here, float(self.at([at])[0]) - self.incidence, 0.0)  # what comes after each time
        at_risk = self.free.n_risk
        inverse = np.divide(1.0, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
        own, window = self.free.exposure(self._own_time, self._any, start=self._start)
        per_event = np.where(here, self._before * inverse, 0.0)
        out = np.where(self._event, per_event[self._index], 0.0) - own * left[self._index]
        out += window(self.free.hazard_steps() * left - per_event * self._share)
        return floats(self._weights * out)

    def std_error(self, times: ArrayLike) -> FloatArray:
        """Standard error of the incidence by `times`."""
        asked = np.atleast_1d(floats(times))
        return floats([np.sqrt(np.sum(self.influence(float(t)) ** 2)) for t in asked])

    def interval(
        self, times: ArrayLike, *, level: float = 0.95, kind: str = "log"
    ) -> tuple[FloatArray, FloatArray]:
        """Pointwise interval of the incidence, symmetric on the scale `kind` of `intervals.survival_interval`."""
        value = np.atleast_1d(self.at(times))
        error = self.std_error(times)
        relative = np.divide(error, value, out=np.full_like(value, np.nan), where=value > 0)
        return survival_interval(value, relative, level=level, kind=kind)
