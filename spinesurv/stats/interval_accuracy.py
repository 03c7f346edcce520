"""Share of patients whose survival time falls into a promised interval, with follow-up that may end early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, case_weights, floats
from spinesurv.stats.censoring import Censoring


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether each promise held.

    Parameters
    ----------
    decided : (n,) whether it is known; False where follow-up ended too early
    correct : (n,) whether it held, False where not decided
    border : (n,) day beyond which nothing can change
    at_border : (n,) whether the patient lived to see it
    """

    decided: BoolArray
    correct: BoolArray
    border: FloatArray
    at_border: BoolArray


def verdict(time: ArrayLike, event: ArrayLike, low: ArrayLike, high: ArrayLike) -> Verdict:
    """Compare survival with intervals [low, high).

    A death decides. Who is alive at the high end has outlived the promise; who is alive at the low end of an
    interval without a high end has kept it. Everybody else who is censored is undecided.
    """
    t, e = floats(time), np.asarray(event, dtype=bool)
    first, last = floats(low), floats(high)
    open_end = np.isinf(last)
    border = np.where(open_end, first, last)
    alive_at_border = t >= border
    in_time = np.where(open_end, alive_at_border, (t >= first) & ~alive_at_border)
    decided = e | alive_at_border
    return Verdict(decided, decided & in_time, border, alive_at_border)


@dataclass(frozen=True, eq=False)
class Accuracy:
    """A share, nan where nothing was decided, and its influence values (n,)."""

    value: float
    influence: FloatArray


def interval_accuracy(
    found: Verdict,
    *,
    censoring: Censoring | None,
    weights: ArrayLike | None = None,
    judged: ArrayLike | None = None,
) -> Accuracy:
    """Weighted share of correct promises among those decided.

    sum of w correct / G over sum of w / G, both over the decided. G is the probability of being under observation
    until just before the decision: the own death, or the border for those who lived to see it.

    Parameters
    ----------
    found : verdict of n patients
    censoring : fitted on these n patients, in this order; None leaves the undecided out without making up for
        them, which favours what is decided early
    weights : (n,) case weights, those `censoring` was fitted with
    judged : (n,) patients over whom the mean goes; the others only count for the censoring
    """
    n = len(found.border)
    use = np.ones(n, dtype=bool) if judged is None else np.asarray(judged, dtype=bool)
    decided = use & found.decided
    by_death, by_border = decided & ~found.at_border, decided & found.at_border
    # a curve of censoring is asked for "up to and including": the number just before the border excludes its day
    days = {float(b): float(np.nextafter(b, -np.inf)) for b in np.unique(found.border[by_border])}
    observed = np.ones(n)
    if censoring is not None:
        observed[by_death] = censoring.before_own_time()[by_death]
        for border, before in days.items():
            rows = by_border & (found.border == border)
            observed[rows] = censoring.at(before)[rows]
    each = np.where(decided, case_weights(weights, n), 0.0) / observed
    total = float(each.sum())
    if not total > 0.0:
        return Accuracy(np.nan, np.full(n, np.nan))
    value = float(each @ found.correct / total)
    terms = each * (found.correct - value) / total
    if censoring is None:
        return Accuracy(value, terms)
    influence = terms + censoring.correction(np.where(by_death, terms, 0.0), np.zeros(n), 0.0)
    for border, before in days.items():
        late = np.where(by_border & (found.border == border), terms, 0.0)
        influence = influence + censoring.correction(np.zeros(n), late, before)
    return Accuracy(value, influence)
