"""ROC curve of a marker where everybody's fate is known: its area with DeLong's error, and the best cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, case_weights, floats
from spinesurv.stats.dynamic_auc import share_below


@dataclass(frozen=True, eq=False)
class RocArea:
    """An area, nan without a case or without a control, and its influence values (n,)."""

    value: float
    influence: FloatArray


def roc_auc(dead: ArrayLike, marker: ArrayLike, *, weights: ArrayLike | None = None) -> RocArea:
    """Chance that a case has a higher marker than a control, equal markers one half.

    AUC = sum over cases i and controls j of w_i w_j (1[m_i > m_j] + 1[m_i = m_j] / 2) / (sum w_i sum w_j).

    Parameters
    ----------
    dead : (n,) who is a case
    marker : (n,) higher = more likely a case
    weights : (n,) case weights, above 0

    Notes
    -----
    The sum of squared influences is DeLong's variance, the sum of products of two markers his covariance; each
    group has the divisor of a sample variance. O(n log n). Agrees with pROC, golden cases ``bin.*.auc`` and
    ``bin.*.delong.*``.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845. doi:10.2307/2531595
    """
    case = np.asarray(dead, dtype=bool)
    m, w = floats(marker), case_weights(weights, len(case))
    if not case.any() or case.all():
        return RocArea(np.nan, np.full(len(m), np.nan))
    a, b = np.where(case, w, 0.0), np.where(case, 0.0, w)
    beaten, beats = share_below(m, b), 1.0 - share_below(m, a)
    value = float(a @ beaten / a.sum())
    by_case = _sample_size(case) * a * (beaten - value) / a.sum()
    by_control = _sample_size(~case) * b * (beats - value) / b.sum()
    return RocArea(value, floats(by_case + by_control))


def _sample_size(group: BoolArray) -> float:
    """Root of n / (n - 1), for the variance of a sample; 1 for a group of one."""
    n = int(group.sum())
    return float(np.sqrt(n / max(n - 1, 1)))


@dataclass(frozen=True)
class Cut:
    """A cut of a marker and what calling everybody positive at or above it leads to; nan where nobody can be."""

    threshold: float
    sensitivity: float
    specificity: float
    ppv: float
    npv: float


def youden_cut(dead: ArrayLike, marker: ArrayLike, *, weights: ArrayLike | None = None) -> Cut:
    """The cut with the largest sum of sensitivity and specificity (Youden's index plus 1).

    Cuts lie midway between neighbouring values of the marker, and below and above all of them; of equally good
    ones the lowest is taken. Chosen and judged on the same patients, its accuracy is too good.

    Parameters
    ----------
    dead, marker, weights : as in `roc_auc`; at least one case and one control

    Notes
    -----
    Agrees with pROC::coords(best.method="youden"), golden cases ``bin.*.youden``. Sums that are equal on paper and
    differ in their last digit are not equally good, as there.

    References
    ----------
    Youden WJ. Cancer 1950;3:32-35.
    """
    case = np.asarray(dead, dtype=bool)
    w = case_weights(weights, len(case))
    grid, place = np.unique(floats(marker), return_inverse=True)
    place = place.reshape(-1)
    cuts = np.concatenate([[-np.inf], (grid[:-1] + grid[1:]) / 2.0, [np.inf]])
    true_positive, false_positive = (
        np.concatenate([np.cumsum(np.bincount(place, w * group, len(grid))[::-1])[::-1], [0.0]])
        for group in (case, ~case)
    )
    cases, controls = float(true_positive[0]), float(false_positive[0])
    best = int(np.argmax(true_positive / cases + (controls - false_positive) / controls))
    hit, alarm = float(true_positive[best]), float(false_positive[best])
    positive, negative = hit + alarm, cases + controls - hit - alarm
    return Cut(
        float(cuts[best]),
        hit / cases,
        1.0 - alarm / controls,
        hit / positive if positive > 0.0 else np.nan,
        (controls - alarm) / negative if negative > 0.0 else np.nan,
    )
