"""Observed against predicted risk in groups of patients, and the test of Greenwood, Nam and D'Agostino."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.arrays import FloatArray, IntArray, case_weights, floats, strata_codes
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.kaplan_meier import kaplan_meier


@dataclass(frozen=True, eq=False)
class GroupedCalibration:
    """Observed and predicted risk by group, in the order of the groups.

    Parameters
    ----------
    n, events : (g,) patients, and events among them up to the horizon, the time itself included
    predicted : (g,) mean predicted risk
    observed : (g,) Kaplan-Meier risk by the horizon, or Aalen-Johansen incidence where events compete
    std_error, low, high : (g,) error of `observed` (Greenwood's; of Aalen-Johansen by influence), and its interval
    last_time : (g,) last end of follow-up; infinite where nobody is left alive then
    """

    n: IntArray
    events: IntArray
    predicted: FloatArray
    observed: FloatArray
    std_error: FloatArray
    low: FloatArray
    high: FloatArray
    last_time: FloatArray

    @property
    def chi_square(self) -> float:
        """Sum over groups of (observed - predicted)^2 / std_error^2; nan where a group has no error of its own."""
        if not (np.isfinite(self.std_error) & (self.std_error > 0.0)).all():
            return float("nan")
        return float(np.sum(((self.observed - self.predicted) / self.std_error) ** 2))

    @property
    def degrees_of_freedom(self) -> int:
        """Groups minus 1."""
        return len(self.n) - 1

    @property
    def p(self) -> float:
        """p value of `chi_square`."""
        return float(chi2.sf(self.chi_square, self.degrees_of_freedom))


def grouped_calibration(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    group: ArrayLike,
    *,
    competing: ArrayLike | None = None,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    kind: str = "log",
) -> GroupedCalibration:
    """Kaplan-Meier risk, or Aalen-Johansen incidence, and mean predicted risk of each group.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event was seen
    risk : (n,) predicted risk by the horizon
    horizon : time h; beyond the follow-up of a group its curve is taken as level, see `last_time`
    group : (n,) label of each patient's group; groups stand in the order of their labels
    competing : (n,) whether follow-up ended with an event that competes; None = there are none
    start, weights : (n,) delayed entry; case weights
    level, kind : of the intervals of 1 - observed, as in `intervals.survival_interval`

    Notes
    -----
    The test takes groups as they are: none is joined with its neighbour because it has few events, as Demler
    recommends below 5. Agrees with survival::survfit by group, golden cases ``cal.*.groups*``, for competing events in
    its tests.

    References
    ----------
    Demler OV, Paynter NP, Cook NR. Stat Med 2015;34:1659-1680. doi:10.1002/sim.6428
    """
    t, e, p = floats(time), np.asarray(event, dtype=bool), floats(risk)
    w, entry = case_weights(weights, len(t)), None if start is None else floats(start)
    other = None if competing is None else np.asarray(competing, dtype=bool)
    given = None if weights is None else w
    code = strata_codes(group, len(t))
    rows_of = [np.flatnonzero(code == k) for k in range(int(code.max(initial=-1)) + 1)]
    lines = []
    for rows in rows_of:
        begin, weight = (None if a is None else a[rows] for a in (entry, given))
        if other is None:
            curve = kaplan_meier(t[rows], e[rows], start=begin, weights=weight)
            free, error = curve.at([horizon]), curve.std_error([horizon])
            low, high = curve.interval([horizon], level=level, kind=kind)
        else:
            shared = AalenJohansen(t[rows], e[rows], other[rows], start=begin, weights=weight)
            curve, free, error = shared.free, 1.0 - shared.at([horizon]), shared.std_error([horizon])
            relative = np.divide(error, free, out=np.full(1, np.nan), where=free > 0.0)
            low, high = survival_interval(free, relative, level=level, kind=kind)
        ended = curve.survival[-1] <= 0.0
        mean = np.average(p[rows], weights=w[rows])
        last = np.inf if ended else curve.last_time
        lines.append((mean, 1.0 - free[0], error[0], 1.0 - high[0], 1.0 - low[0], last))
    n = np.array([len(rows) for rows in rows_of], dtype=np.intp)
    events = np.array([np.sum(e[rows] & (t[rows] <= horizon)) for rows in rows_of], dtype=np.intp)
    return GroupedCalibration(n, events, *floats(lines).reshape(-1, 6).T)
