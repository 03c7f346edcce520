"""Patients to whom something is promised about their survival; shared by the measures of accuracy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import (
    FloatArray,
    Judged,
    beyond_follow_up,
    censoring_of,
    estimate,
    gap,
    judged_by_value,
    needed_horizon,
)
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.classification import Share
from spinesurv.stats.interval_accuracy import DecidedWeights, Decision, verdict

SHARE_SCALE = "logit"
WEIGHTED = "influence function, estimation of the censoring weights included"
COMPLETE = "influence function, undecided patients left out"

#: what there is to judge, or the reason why there is nothing and who was there
NotJudged = tuple[str, Judged | None]


@dataclass(frozen=True, eq=False)
class Promised:
    """Patients and the interval [low, high) of days in which each is promised to die.

    Parameters
    ----------
    judged : m patients
    low, high : (m,); high may be inf
    """

    judged: Judged
    low: FloatArray
    high: FloatArray


def promises_of_groups(
    outcome: Outcome,
    prediction: Prediction,
    *,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    boundary: float | None = None,
) -> Promised | NotJudged:
    """Each patient's interval is that of the own group. `boundary`: the one day on which all depends, where that is so."""
    promised = prediction.expected_days
    if promised is None:
        return "no survival interval goes with this prediction", None
    both_ends = np.where(np.isnan(promised).any(axis=1), np.nan, promised[:, 0])
    judged = without_delayed_entry(
        judged_by_value(
            outcome, both_ends, weights, cluster, at_day=boundary is not None, horizon_days=boundary
        )
    )
    return judged if isinstance(judged, tuple) else Promised(judged, *promised[judged.rows].T)


def promises_at_boundary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> Promised | NotJudged:
    """Only one boundary of the groups' intervals counts: death before it, or life up to it, is promised."""
    boundary = needed_horizon(horizon_days)
    found = promises_of_groups(outcome, prediction, weights=weights, cluster=cluster, boundary=boundary)
    if isinstance(found, tuple):
        return found
    if ((found.low < boundary) & (boundary < found.high)).any():
        return f"day {boundary:g} lies inside the survival interval of a group, not between two", found.judged
    lives = found.low >= boundary
    return replace(found, low=np.where(lives, boundary, 0.0), high=np.where(lives, np.inf, boundary))


def without_delayed_entry(judged: Judged | str) -> Judged | NotJudged:
    """The same patients, or the reason why none of them can be judged."""
    if isinstance(judged, str):
        return judged, None
    if judged.start is not None:
        return "the share of kept promises does not cover delayed entry", judged
    return judged


@dataclass(frozen=True, eq=False)
class Decided:
    """Patients judged, who of them is decided, and what each of these weighs.

    Parameters
    ----------
    judged : m patients
    decision : when each is decided
    weighted : their weights
    rows, cluster : of the influence values: positions in the outcome, labels or None
    complete : whether the undecided are left out, instead of others standing for them
    horizon_days : day by which deaths are counted, None = all
    """

    judged: Judged
    decision: Decision
    weighted: DecidedWeights
    rows: NDArray[np.intp]
    cluster: NDArray[np.generic] | None
    complete: bool
    horizon_days: float | None

    def estimate(self, found: Share, scale: str, note: str = "") -> Estimate:
        """A value with its influence; the reason says how many patients are undecided."""
        if not np.isfinite(found.value):
            return self.gap("nobody was followed until it is decided", scale)
        undecided = int((~self.decision.known).sum())
        fate = "left out" if self.complete else "made up for by weights"
        left = f"{undecided} of {self.judged.n} patients censored undecided, {fate}" if undecided else ""
        made = estimate(
            found.value,
            found.influence,
            self.rows,
            self.judged,
            cluster=self.cluster,
            horizon_days=self.horizon_days,
            scale=scale,
            method=COMPLETE if self.complete else WEIGHTED,
            reason="; ".join(filter(None, (left, note))) or None,
        )
        return replace(made, n=self.judged.n - undecided) if self.complete else made

    def gap(self, reason: str, scale: str) -> Estimate:
        """No value, and the reason."""
        return gap(reason, self.judged, self.horizon_days, scale)


def decided(
    judged: Judged,
    decision: Decision,
    outcome: Outcome,
    *,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    complete: bool,
    horizon_days: float | None = None,
    among: NDArray[np.bool_] | None = None,
) -> Decided | NotJudged:
    """Weights of the patients judged, or the reason why they have none.

    `among` (m,) keeps some of them; the others only shape the model of censoring.
    """
    kept = np.ones(judged.n, dtype=bool) if among is None else among
    some = judged.where(kept)
    decision = Decision(*(part[kept] for part in vars(decision).values()))
    for border in np.unique(decision.border):
        beyond = beyond_follow_up(judged, float(border), need_survivors=False)
        if beyond is not None:
            return beyond, some
    if complete:
        model, places, rows, labels = None, np.arange(judged.n), judged.rows, judged.cluster
    else:
        model, mask, rows = censoring_of(judged, outcome, censoring)
        places, labels = np.flatnonzero(mask), None if cluster is None else np.asarray(cluster)[rows]
    weighted = DecidedWeights(decision, censoring=model, rows=places[kept], n=len(rows), weights=some.weights)
    return Decided(some, decision, weighted, rows, labels, complete, horizon_days)


def share_of_promises(
    found: Promised | NotJudged,
    part: str,
    outcome: Outcome,
    *,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    complete: bool,
    horizon_days: float | None = None,
) -> Estimate:
    """Share of the promised patients whose survival was `correct`, `longer` or `shorter`."""
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SHARE_SCALE)
    result = verdict(found.judged.time, found.judged.event, found.low, found.high)
    held = decided(
        found.judged,
        result.decision,
        outcome,
        censoring=censoring,
        cluster=cluster,
        complete=complete,
        horizon_days=horizon_days,
    )
    if isinstance(held, tuple):
        return gap(*held, horizon_days, SHARE_SCALE)
    return held.estimate(held.weighted.share(getattr(result, part)), SHARE_SCALE)
