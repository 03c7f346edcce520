"""Area under the time-dependent ROC curve: those dead by a time against those alive after it, in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, case_weights, floats
from spinesurv.stats.censoring import Censoring


@dataclass(frozen=True, eq=False)
class DynamicAuc:
    """A cumulative/dynamic AUC.

    Parameters
    ----------
    value : nan without a case or without a control
    influence : (n,) knows that the censoring was estimated
    is_case, is_control : (n,) who was dead by the horizon, who was followed beyond it
    """

    value: float
    influence: FloatArray
    is_case: BoolArray
    is_control: BoolArray


def dynamic_auc(
    time: ArrayLike,
    event: ArrayLike,
    marker: ArrayLike,
    horizon: float,
    censoring: Censoring,
    *,
    weights: ArrayLike | None = None,
    judged: ArrayLike | None = None,
    count_horizon: bool = True,
) -> DynamicAuc:
    """Chance that one who died by the horizon has the higher marker than one who lived longer.

    AUC = sum over cases i and controls j of a_i b_j (1[m_i > m_j] + 1[m_i = m_j] / 2) / (sum a_i sum b_j), with
    a_i = w_i / G(T_i-) for deaths at T_i <= h and b_j = w_j / G(h) for those followed beyond h.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether the event was seen
    marker : (n,) higher = event expected sooner; not read where `judged` is False
    horizon : time h
    censoring : fitted on these n patients, in this order
    weights : (n,) case weights, those `censoring` was fitted with
    judged : (n,) patients who can be cases and controls; the others only count for the censoring
    count_horizon : whether a death exactly at h is a case; without it, it is neither case nor control

    Notes
    -----
    The root of the sum of squared influences is the standard error; it holds the factor n / (n - 1) of a sample
    variance. Agrees with riskRegression::Score and, with ``count_horizon=False``, with timeROC; golden cases ``auc.*``.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958
    """
    t, e = floats(time), np.asarray(event, dtype=bool)
    use = np.ones(len(t), dtype=bool) if judged is None else np.asarray(judged, dtype=bool)
    w = np.where(use, case_weights(weights, len(t)), 0.0)
    case = use & e & ((t <= horizon) if count_horizon else (t < horizon))
    control = use & (t > horizon)
    a = np.where(case, w / np.where(case, censoring.before_own_time(), 1.0), 0.0)
    b = np.where(control, w / np.where(control, censoring.at(horizon), 1.0), 0.0)
    cases, controls = float(a.sum()), float(b.sum())
    if not (cases > 0.0 and controls > 0.0):
        return DynamicAuc(np.nan, np.full(len(t), np.nan), case, control)
    m = np.where(use, floats(marker), 0.0)
    beaten = np.where(case, _share_below(m, b), 0.0)
    beats = np.where(control, 1.0 - _share_below(m, a), 0.0)
    value = float(a @ beaten) / cases
    by_case, by_control = a * (beaten - value) / cases, b * (beats - value) / controls
    influence = by_case + by_control + censoring.correction(by_case, by_control, horizon)
    influence = influence - influence.mean()
    n = int(use.sum())
    return DynamicAuc(value, influence * np.sqrt(n / (n - 1)), case, control)


def _share_below(marker: FloatArray, weight: FloatArray) -> FloatArray:
    """(n,) share of the weight that lies below each marker, equal markers one half."""
    grid, index = np.unique(marker, return_inverse=True)
    index = index.reshape(-1)
    at = np.bincount(index, weights=weight, minlength=len(grid))
    up_to = np.cumsum(at)
    return floats(((up_to - 0.5 * at) / up_to[-1])[index])
