"""Sensitivity, specificity and predictive values of a positive prediction, with follow-up that may end early.

`positive` (n,) says who is called positive, `fate` who is a case or a control. All agree with timeROC::SeSpPPVNPV,
golden cases ``sespe.*``, where an event at the horizon does not count and the censoring has ``influence="timeROC"``.

Blanche P, Dartigues JF, Jacqmin-Gadda H. Stat Med 2013;32:5381-5397. doi:10.1002/sim.5958
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray
from spinesurv.stats.known_fate import KnownFate


@dataclass(frozen=True, eq=False)
class Share:
    """A share, nan where nobody can have it, and its influence values (n,)."""

    value: float
    influence: FloatArray


def sensitivity(fate: KnownFate, positive: ArrayLike) -> Share:
    """Weight of positive cases over that of all cases: sum a 1[positive] / sum a, with a = w / G(T-)."""
    a = fate.case_weight
    value, terms = share_of(a, a * np.asarray(positive, dtype=bool))
    return Share(value, fate.influence(terms, np.zeros(len(a))))


def specificity(fate: KnownFate, positive: ArrayLike) -> Share:
    """Weight of negative controls over that of all controls: sum b 1[negative] / sum b, with b = w / G(h)."""
    b = fate.control_weight
    value, terms = share_of(b, b * ~np.asarray(positive, dtype=bool))
    return Share(value, fate.influence(np.zeros(len(b)), terms))


def positive_predictive_value(fate: KnownFate, positive: ArrayLike) -> Share:
    """Weight of cases among the positive over that of all positive: sum a / (sum a + sum b) over the positive."""
    return _predictive_value(fate, np.asarray(positive, dtype=bool), fate.is_case)


def negative_predictive_value(fate: KnownFate, positive: ArrayLike) -> Share:
    """Weight of controls among the negative over that of all negative: sum b / (sum a + sum b) over the negative."""
    return _predictive_value(fate, ~np.asarray(positive, dtype=bool), fate.is_control)


def _predictive_value(fate: KnownFate, called: BoolArray, right: BoolArray) -> Share:
    weight = (fate.case_weight + fate.control_weight) * called
    value, terms = share_of(weight, weight * right)
    return Share(value, fate.influence(terms * fate.is_case, terms * fate.is_control))


def share_of(weight: FloatArray, part: FloatArray) -> tuple[float, FloatArray]:
    """sum of `part` over sum of `weight`, and the terms of its linearisation; nan without weight."""
    total = float(weight.sum())
    if not total > 0.0:
        return np.nan, np.full(len(weight), np.nan)
    value = float(part.sum()) / total
    return value, (part - weight * value) / total
