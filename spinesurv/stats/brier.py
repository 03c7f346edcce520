"""Brier score of a predicted risk under censoring, with influence values of the patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.censoring import Censoring


@dataclass(frozen=True, eq=False)
class BrierScore:
    """A Brier score and its influence values (n,), which know that the censoring was estimated."""

    value: float
    influence: FloatArray


def brier_score(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    censoring: Censoring,
    *,
    weights: ArrayLike | None = None,
    judged: ArrayLike | None = None,
    competing: ArrayLike | None = None,
) -> BrierScore:
    """Mean squared difference of predicted risk and fate at a horizon, weighted for censoring.

    BS = mean of [ 1(T <= h, event) (1 - p)^2 / G(T-) + 1(T > h) p^2 / G(h) ] over all patients judged, those
    censored before h included with 0. G is the probability of not being censored, from `censoring`. Whoever had a
    competing event by h will never have the event: p^2 / G(T-).

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether the event was seen
    risk : (n,) predicted probability p of an event by `horizon`; not read where `judged` is False
    horizon : time h
    censoring : fitted on these n patients, in this order
    weights : (n,) case weights, those `censoring` was fitted with
    judged : (n,) patients over whom the mean goes; the others only count for the censoring. None = everyone
    competing : (n,) whether follow-up ended with an event that prevents the one of interest; None = none does

    Notes
    -----
    The root of the sum of squared influences is the standard error; it holds the factor n / (n - 1) of a sample
    variance. Agrees with riskRegression::Score (conservative=FALSE), golden cases ``brier.*``; where a Cox model of
    censoring meets tied censorings, under ``CoxCensoring(..., influence="riskRegression")``.

    References
    ----------
    Gerds TA, Schumacher M. Biom J 2006;48:1029-1040. doi:10.1002/bimj.200610301
    Schoop R, Beyersmann J, Schumacher M, Binder H. Biom J 2011;53:88-112. doi:10.1002/bimj.201000073 (competing)
    """
    t, e = floats(time), np.asarray(event, dtype=bool)
    use = np.ones(len(t), dtype=bool) if judged is None else np.asarray(judged, dtype=bool)
    w = np.where(use, case_weights(weights, len(t)), 0.0)
    p = np.where(use, floats(risk), 0.0)
    other = np.zeros(len(t), dtype=bool) if competing is None else np.asarray(competing, dtype=bool)
    known, control = use & (e | other) & (t <= horizon), use & (t > horizon)
    miss = np.where(e, 1.0 - p, p)
    case_loss = np.where(known, miss**2 / np.where(known, censoring.before_own_time(), 1.0), 0.0)
    control_loss = np.where(control, p**2 / np.where(control, censoring.at(horizon), 1.0), 0.0)
    loss = case_loss + control_loss
    total = w.sum()
    value = float(w @ loss / total)
    estimated = censoring.correction(w * case_loss, w * control_loss, horizon)
    influence = (w * (loss - value) + estimated) / total
    influence -= influence.mean()
    n = int(use.sum())
    return BrierScore(value, influence * np.sqrt(n / max(n - 1, 1)))
