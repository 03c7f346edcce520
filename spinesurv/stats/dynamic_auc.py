"""Area under the time-dependent ROC curve: those dead by a time against those alive after it, in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.known_fate import KnownFate


@dataclass(frozen=True, eq=False)
class DynamicAuc:
    """A cumulative/dynamic AUC, nan without a case or without a control, and its influence values (n,)."""

    value: float
    influence: FloatArray


def dynamic_auc(fate: KnownFate, marker: ArrayLike) -> DynamicAuc:
    """Chance that one who died by the horizon has the higher marker than one who lived longer.

    AUC = sum over cases i and controls j of a_i b_j (1[m_i > m_j] + 1[m_i = m_j] / 2) / (sum a_i sum b_j), with
    a_i = w_i / G(T_i-) for deaths at T_i <= h and b_j = w_j / G(h) for those followed beyond h.

    Parameters
    ----------
    fate : cases and controls
    marker : (n,) higher = event expected sooner; only read for cases and controls

    Notes
    -----
    The influence values know that the censoring was estimated. Agrees with riskRegression::Score and, where an event
    at the horizon does not count, with timeROC; golden cases ``auc.*``.

    References
    ----------
    Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958
    """
    a, b = fate.case_weight, fate.control_weight
    if not (fate.cases > 0.0 and fate.controls > 0.0):
        return DynamicAuc(np.nan, np.full(len(a), np.nan))
    m = np.where(fate.is_case | fate.is_control, floats(marker), 0.0)
    beaten = np.where(fate.is_case, share_below(m, b), 0.0)
    beats = np.where(fate.is_control, 1.0 - share_below(m, a), 0.0)
    value = float(a @ beaten) / fate.cases
    by_case, by_control = a * (beaten - value) / fate.cases, b * (beats - value) / fate.controls
    return DynamicAuc(value, fate.influence(by_case, by_control))


def share_below(marker: FloatArray, weight: FloatArray) -> FloatArray:
    """(n,) share of the weight that lies below each marker, equal markers one half."""
    grid, index = np.unique(marker, return_inverse=True)
    index = index.reshape(-1)
    at = np.bincount(index, weights=weight, minlength=len(grid))
    up_to = np.cumsum(at)
    return floats(((up_to - 0.5 * at) / up_to[-1])[index])
