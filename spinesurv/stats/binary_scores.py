"""Means over patients whose fate is known to all: Brier score, observed over expected deaths, net benefit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, case_weights, floats


@dataclass(frozen=True, eq=False)
class Scored:
    """A value, nan where it does not exist, and its influence values (n,)."""

    value: float
    influence: FloatArray


def binary_brier(dead: ArrayLike, risk: ArrayLike, *, weights: ArrayLike | None = None) -> Scored:
    """Mean of (y - p)^2, y 1 for the dead and p the predicted risk."""
    return _mean((floats(dead) - floats(risk)) ** 2, weights)


def binary_ipa(dead: ArrayLike, risk: ArrayLike, *, weights: ArrayLike | None = None) -> Scored:
    """1 - Brier / (O (1 - O)), O the share of the dead: the scaled Brier score; nan where O is 0 or 1."""
    score, share = binary_brier(dead, risk, weights=weights), _mean(floats(dead), weights)
    null = share.value * (1.0 - share.value)
    if not null > 0.0:
        return Scored(np.nan, np.full(len(share.influence), np.nan))
    by_null = (1.0 - 2.0 * share.value) * share.influence
    influence = -score.influence / null + score.value * by_null / null**2
    return Scored(1.0 - score.value / null, floats(influence))


def binary_expected(risk: ArrayLike, *, weights: ArrayLike | None = None) -> Scored:
    """Mean predicted risk."""
    return _mean(floats(risk), weights)


def binary_observed_expected(dead: ArrayLike, risk: ArrayLike, *, weights: ArrayLike | None = None) -> Scored:
    """Share of the dead over the mean predicted risk, which is taken as given; nan where every risk is 0.

    The root of the sum of squared influences, over the ratio, is sqrt((1 - O) / deaths).
    """
    p = floats(risk)
    expected = float(np.average(p, weights=case_weights(weights, len(p))))
    share = _mean(floats(dead), weights)
    if not expected > 0.0:
        return Scored(np.nan, np.full(len(p), np.nan))
    return Scored(share.value / expected, share.influence / expected)


def binary_net_benefit(
    dead: ArrayLike,
    positive: ArrayLike,
    threshold: float,
    *,
    prevalence: float | None = None,
    weights: ArrayLike | None = None,
) -> Scored:
    """True positives minus false positives times the odds of the threshold, per patient.

    Parameters
    ----------
    dead : (n,) who died
    positive : (n,) whether one would act, that is, whether the predicted risk is the threshold or more
    threshold : risk between 0 and 1 at which one would act
    prevalence : share of deaths in the population, where it is not that of these patients: sensitivity * prevalence -
        (1 - specificity) (1 - prevalence) odds; None = as observed
    weights : (n,) case weights

    Notes
    -----
    Agrees with dcurves::dca, golden cases ``bin.*.nb`` and ``bin.*.nb_prev10``.

    References
    ----------
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361
    """
    case, acts = np.asarray(dead, dtype=bool), np.asarray(positive, dtype=bool)
    odds = threshold / (1.0 - threshold)
    if prevalence is None:
        return _mean(acts * np.where(case, 1.0, -odds), weights)
    w = case_weights(weights, len(case))
    hit, alarm = _mean(acts * 1.0, w * case), _mean(acts * 1.0, w * ~case)
    by_alarm = (1.0 - prevalence) * odds
    return Scored(
        prevalence * hit.value - by_alarm * alarm.value,
        prevalence * hit.influence - by_alarm * alarm.influence,
    )


def _mean(values: FloatArray, weights: ArrayLike | None) -> Scored:
    w = case_weights(weights, len(values))
    value = float(w @ values / w.sum())
    return Scored(value, w * (values - value) / w.sum())
