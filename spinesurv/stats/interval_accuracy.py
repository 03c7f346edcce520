"""How patients fare against a promised survival interval, with follow-up that may end before that is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, case_weights, floats
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.classification import Share, share_of


@dataclass(frozen=True, eq=False)
class Decision:
    """When it becomes known how a patient fares: at the own death, or at a border that the patient lives to see.

    Parameters
    ----------
    known : (n,) whether it is known; False where follow-up ended before
    border : (n,) day beyond which nothing can change
    at_border : (n,) whether the patient lived to see it
    """

    known: BoolArray
    border: FloatArray
    at_border: BoolArray


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether each promise held: exactly one of the three for those decided, none for the others.

    Parameters
    ----------
    decision : when that becomes known
    correct, longer, shorter : (n,) lived within the interval, beyond it, not up to it
    """

    decision: Decision
    correct: BoolArray
    longer: BoolArray
    shorter: BoolArray


def decided_at(time: ArrayLike, event: ArrayLike, border: ArrayLike) -> Decision:
    """Decided by death, or by being alive at the border (n,)."""
    t, last = floats(time), floats(border)
    alive_at_border = t >= last
    return Decision(np.asarray(event, dtype=bool) | alive_at_border, last, alive_at_border)


def verdict(time: ArrayLike, event: ArrayLike, low: ArrayLike, high: ArrayLike) -> Verdict:
    """Compare survival with intervals [low, high).

    A death decides. Who is alive at the high end has outlived the promise; who is alive at the low end of an
    interval without a high end has kept it. Everybody else who is censored is undecided.
    """
    t, first, last = floats(time), floats(low), floats(high)
    decision = decided_at(t, event, np.where(np.isinf(last), first, last))
    shorter, longer = decision.known & (t < first), decision.known & (t >= last)
    return Verdict(decision, decision.known & ~shorter & ~longer, longer, shorter)


class DecidedWeights:
    """Patients who are decided, each standing also for those censored before they could be.

    Weight w / G, with G the probability of being under observation until just before the decision: the own death,
    or the border for those who lived to see it. Undecided patients weigh 0.

    Parameters
    ----------
    decision : of m patients
    censoring : model fitted on these and perhaps others; None leaves the undecided out without making up for them,
        which favours what is decided early
    rows : (m,) their positions among n patients, those of `censoring`
    n : number of these
    weights : (m,) case weights, those `censoring` was fitted with

    References
    ----------
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x
    """

    def __init__(
        self,
        decision: Decision,
        *,
        censoring: Censoring | None,
        rows: IntArray,
        n: int,
        weights: ArrayLike | None = None,
    ) -> None:
        self._rows, self._n, self._censoring = rows, n, censoring
        self._by_death = decision.known & ~decision.at_border
        by_border = decision.known & decision.at_border
        self._at = [
            (float(b), by_border & (decision.border == b)) for b in np.unique(decision.border[by_border])
        ]
        observed = np.ones(len(rows))
        if censoring is not None:
            observed[self._by_death] = censoring.before_own_time()[rows][self._by_death]
            for border, there in self._at:
                observed[there] = censoring.at(_just_before(border))[rows][there]
        self.weight: FloatArray = np.where(decision.known, case_weights(weights, len(rows)), 0.0) / observed

    def share(self, holds: ArrayLike) -> Share:
        """Weighted share of those for whom something holds (m,), nan where nobody is decided; see `influence`."""
        value, terms = share_of(self.weight, self.weight * np.asarray(holds, dtype=bool))
        return Share(value, self.influence(terms))

    def influence(self, terms: FloatArray) -> FloatArray:
        """(n,) influence on a measure whose linearisation has these terms (m,), estimation of G included."""
        out = self._placed(terms)
        if self._censoring is None:
            return out
        none = np.zeros(self._n)
        out = out + self._censoring.correction(self._placed(terms * self._by_death), none, 0.0)
        for border, there in self._at:
            out = out + self._censoring.correction(none, self._placed(terms * there), _just_before(border))
        return out

    def _placed(self, terms: FloatArray) -> FloatArray:
        """(n,) the terms of the m patients, 0 for the others."""
        out = np.zeros(self._n)
        out[self._rows] = terms
        return out


def _just_before(border: float) -> float:
    """A curve of censoring is asked for "up to and including": the number just before excludes the border's day."""
    return float(np.nextafter(border, -np.inf))
