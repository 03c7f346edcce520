"""Concordance probability that a Cox model claims for itself, from its log hazards alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import unknown_name
from spinesurv.stats.arrays import FloatArray, case_weights, floats

TIES = ("half", "zero")
BLOCK = 1000  # distinct log hazards compared with all others at a time


@dataclass(frozen=True, eq=False)
class ConcordanceProbability:
    """A concordance probability, nan with fewer than two patients, and its influence values (n,)."""

    value: float
    influence: FloatArray


def gonen_heller(
    log_hazard: ArrayLike, *, weights: ArrayLike | None = None, ties: str = "half"
) -> ConcordanceProbability:
    """Mean over pairs of the probability that the one with the higher hazard has the event first.

    K = sum over i < j of w_i w_j / (1 + exp(-|x_i - x_j|)) / sum over i < j of w_i w_j.

    Parameters
    ----------
    log_hazard : (n,) log hazards x, up to a constant
    weights : (n,) case weights; a pair weighs their product. A weight of 2 is not the same as two patients, who
        would form a pair
    ties : what a pair of equal log hazards counts: "half", the limit of the formula, or "zero", as in
        survAUC::GHCI, where the published formula has strict inequalities

    Notes
    -----
    The influence values are for log hazards that are taken as given. O(m^2) for m distinct log hazards. Agrees with
    survAUC::GHCI, golden cases ``conc.*.gonen_heller``, under ``ties="zero"``.

    References
    ----------
    Gonen M, Heller G. Biometrika 2005;92:965-970. doi:10.1093/biomet/92.4.965
    """
    if ties not in TIES:
        raise unknown_name("rule for ties", ties, TIES, where="Gonen-Heller concordance")
    values = floats(log_hazard)
    w = case_weights(weights, len(values))
    grid, index = np.unique(values, return_inverse=True)
    index = index.reshape(-1)
    mass = np.bincount(index, weights=w, minlength=len(grid))
    others = np.empty(len(grid))
    for first in range(0, len(grid), BLOCK):
        part = slice(first, first + BLOCK)
        ahead = 1.0 / (1.0 + np.exp(-np.abs(grid[part, None] - grid)))
        others[part] = ahead @ mass - 0.5 * mass[part]
    tied = 0.5 if ties == "half" else 0.0
    per_patient = others[index] + tied * (mass[index] - w)  # sum over the pairs of each patient
    per_pair = w.sum() - w
    total = float(w @ per_pair)
    if not total > 0.0:
        return ConcordanceProbability(np.nan, np.full(len(values), np.nan))
    value = float(w @ per_patient) / total
    return ConcordanceProbability(value, 2.0 * w * (per_patient - value * per_pair) / total)
