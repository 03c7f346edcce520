"""Predicted survival between the predicted days, for measures that look at whole curves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.judged import FloatArray, Judged, beyond_follow_up, judged_by_value, needed_horizon

#: the longest step between predicted days that is read as a curve: in days, or as a share of the horizon if longer
STEP_DAYS = 10.0
STEP_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class FullCurve:
    """Patients whose survival was predicted day by day up to a horizon, and their follow-up cut there.

    Parameters
    ----------
    judged : the patients; their `value` is the risk by the horizon
    days : (k,) predicted days, 0 and the horizon included
    survival : (m, k) predicted survival on these days
    event : (m,) whether they died by the horizon
    at_end : (m,) predicted survival at the end of follow-up or at the horizon, whichever is first; of patients who
        entered late, given survival up to their entry
    note : what to keep in mind, such as patients left out; None = nothing
    """

    judged: Judged
    days: FloatArray
    survival: FloatArray
    event: FloatArray
    at_end: FloatArray
    note: str | None = None

    @property
    def hazard(self) -> FloatArray:
        """(m,) predicted cumulative hazard over the follow-up of each patient."""
        with np.errstate(divide="ignore"):
            return -np.log(self.at_end)


def full_curve(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> FullCurve | tuple[str, Judged | None]:
    """The patients with a curve up to the horizon; or the reason why there are none, and who was there.

    Between two predicted days the hazard is taken as constant, if they are at most 10 days or a tenth of the horizon
    apart. A longer step is a gap, unless nobody enters or leaves observation inside it.
    """
    horizon = needed_horizon(horizon_days)
    if not prediction.has_survival_at(horizon):
        return f"no survival was predicted for day {horizon:g}", None
    days, survival = prediction.curve_to(horizon)
    risk = np.where(np.isnan(survival).any(axis=1), np.nan, 1.0 - survival[:, -1])
    if len(risk) == len(outcome) and outcome.entry_days is not None:
        risk[outcome.entry_days >= horizon] = np.nan  # never under observation before the horizon
    judged = judged_by_value(outcome, risk, weights, cluster)
    if isinstance(judged, str):
        return judged, None
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return beyond, judged
    end = np.minimum(judged.time, horizon)
    own = survival[judged.rows]
    longest = max(STEP_DAYS, STEP_SHARE * horizon)
    passed = end if judged.start is None else np.concatenate([end, judged.start])
    for first, last in pairwise(days):
        if last - first > longest and ((passed > first) & (passed < last)).any():
            return (
                f"no full survival curve was predicted: no day between {first:g} and {last:g}, when patients enter or "
                f"leave observation; days at most {longest:g} apart are needed up to day {horizon:g}",
                judged,
            )
    at_end = _read(days, own, end)
    if judged.start is not None:
        at_entry = _read(days, own, judged.start)
        if (at_entry <= 0.0).any():
            return "a predicted survival is 0 on the day of entry", judged
        at_end = at_end / at_entry
    event = np.asarray(judged.event & (judged.time <= horizon), dtype=np.float64)
    return FullCurve(judged, days, own, event, at_end)


def _read(days: FloatArray, survival: FloatArray, at: FloatArray) -> FloatArray:
    """(m,) each patient's survival at a day of his own: the hazard is constant between two predicted days.

    Where survival reaches 0 at the later one, the straight line takes its place.
    """
    right = np.clip(np.searchsorted(days, at, side="left"), 1, len(days) - 1)
    rows = np.arange(len(at))
    share = (at - days[right - 1]) / (days[right] - days[right - 1])
    first, last = survival[rows, right - 1], survival[rows, right]
    return np.where(last > 0.0, first ** (1.0 - share) * last**share, (1.0 - share) * first)
