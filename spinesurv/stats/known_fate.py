"""Who is known to have had the event by a time or not, weighted so that they stand for those censored before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import unknown_name
from spinesurv.stats.arrays import BoolArray, FloatArray, case_weights, floats
from spinesurv.stats.censoring import Censoring

CONTROLS = ("without_event", "event_free")


@dataclass(frozen=True, eq=False)
class KnownFate:
    """Cases and controls at a horizon h.

    Parameters
    ----------
    is_case, is_control : (n,) who was seen to have the event by h, who was seen not to
    case_weight : (n,) w / G(T-), 0 for others
    control_weight : (n,) w / G(h) for those followed beyond h, w / G(T-) for those who had a competing event by h
        and count as controls, 0 for others
    horizon : h
    censoring : the model that G comes from
    n_judged : number of patients who could be cases or controls
    prevented : (n,) controls by a competing event
    """

    is_case: BoolArray
    is_control: BoolArray
    case_weight: FloatArray
    control_weight: FloatArray
    horizon: float
    censoring: Censoring
    n_judged: int
    prevented: BoolArray

    @property
    def cases(self) -> float:
        """Total weight of the cases."""
        return float(self.case_weight.sum())

    @property
    def controls(self) -> float:
        """Total weight of the controls."""
        return float(self.control_weight.sum())

    def influence(self, by_case: FloatArray, by_control: FloatArray) -> FloatArray:
        """(n,) influence values, estimation of the censoring included.

        `by_case` and `by_control` (n,) are the terms of the linearised measure that hold the weight of a case, and
        of a control. The root of the sum of squares is the standard error; it holds the factor n / (n - 1) of a
        sample variance.
        """
        own = by_case + np.where(self.prevented, by_control, 0.0)
        late = np.where(self.prevented, 0.0, by_control)
        out = by_case + by_control + self.censoring.correction(own, late, self.horizon)
        return floats((out - out.mean()) * np.sqrt(self.n_judged / max(self.n_judged - 1, 1)))


def known_fate(
    time: ArrayLike,
    event: ArrayLike,
    horizon: float,
    censoring: Censoring,
    *,
    weights: ArrayLike | None = None,
    judged: ArrayLike | None = None,
    count_horizon: bool = True,
    competing: ArrayLike | None = None,
    controls: str = "without_event",
) -> KnownFate:
    """Cases and controls at a horizon, with inverse probability of censoring weights.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether the event was seen
    horizon : time h
    censoring : fitted on these n patients, in this order
    weights : (n,) case weights, those `censoring` was fitted with
    judged : (n,) patients who can be cases and controls; the others only count for the censoring
    count_horizon : whether an event exactly at h makes a case; without it, it makes neither case nor control
    competing : (n,) whether follow-up ended with an event that prevents the one of interest; None = none does
    controls : under competing events, "without_event" (everybody without the event by h, whatever prevented it) or
        "event_free" (only those free of every event at h)

    Raises
    ------
    InputError
        Unknown `controls`.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958
    """
    t, e = floats(time), np.asarray(event, dtype=bool)
    if controls not in CONTROLS:
        raise unknown_name("kind of controls", controls, CONTROLS)
    use = np.ones(len(t), dtype=bool) if judged is None else np.asarray(judged, dtype=bool)
    w = case_weights(weights, len(t))
    by_then = (t <= horizon) if count_horizon else (t < horizon)
    case, later = use & e & by_then, use & (t > horizon)
    prevented = np.zeros(len(t), dtype=bool)
    if competing is not None and controls == "without_event":
        prevented = use & np.asarray(competing, dtype=bool) & by_then
    known = case | prevented
    at_own = np.where(known, w / np.where(known, censoring.before_own_time(), 1.0), 0.0)
    at_horizon = np.where(later, w / np.where(later, censoring.at(horizon), 1.0), 0.0)
    return KnownFate(
        case,
        later | prevented,
        np.where(case, at_own, 0.0),
        np.where(prevented, at_own, at_horizon),
        horizon,
        censoring,
        int(use.sum()),
        prevented,
    )
