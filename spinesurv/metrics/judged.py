"""From an outcome and a prediction to the arrays that a measure needs, and back to an Estimate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.censoring import Censoring, KaplanMeierCensoring
from spinesurv.stats.kaplan_meier import KaplanMeier, kaplan_meier

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """The patients whom a prediction can be judged on.

    Parameters
    ----------
    rows : (m,) their positions in the outcome
    time, event, start : (m,) their follow-up, and whether it ended with the event that is judged; start is None
        without delayed entry
    competing : (m,) whether it ended with an event that competes with it; None where every event is judged
    unknown : patients with a prediction who are left out because their status, which is all that is known of anybody, is known at
        no day up to the horizon; None where there are follow-up times
    value : (m,) what was predicted: a marker, or the risk by the horizon
    weights, cluster : (m,) or None
    """

    rows: NDArray[np.intp]
    time: FloatArray
    event: NDArray[np.bool_]
    start: FloatArray | None
    value: FloatArray
    weights: FloatArray | None
    cluster: NDArray[Any] | None
    competing: NDArray[np.bool_] | None = None
    unknown: int | None = None

    @property
    def n(self) -> int:
        """Number of patients judged."""
        return len(self.rows)

    def where(self, some: NDArray[np.bool_]) -> Judged:
        """The patients where `some` (m,) is True."""

        parts: dict[str, Any] = {
            name: part[some] for name, part in vars(self).items() if isinstance(part, np.ndarray)
        }
        return replace(self, **parts)

    def events_by(self, horizon_days: float | None) -> int:
        """Events up to the horizon, the day itself included; all events without one."""
        if horizon_days is None:
            return int(self.event.sum())
        return int((self.event & (self.time <= horizon_days)).sum())

    @property
    def deaths(self) -> str:
        """What the events are called in a reason."""
        return "deaths" if self.competing is None else "events"

    @property
    def died(self) -> str:
        """What has happened to who had the event, in a reason."""
        return "has died" if self.competing is None else "has had the event"

    @property
    def free(self) -> str:
        """What who has not had the event is called in a reason."""
        return "alive" if self.competing is None else "free of the event"

    def curve(self) -> KaplanMeier:
        """Kaplan-Meier of these patients: free of every event, competing ones too."""
        ended = self.event if self.competing is None else self.event | self.competing
        return kaplan_meier(self.time, ended, start=self.start, weights=self.weights)

    def incidence(self, horizon_days: float) -> tuple[float, FloatArray]:
        """Risk of the event by the horizon as it was seen, with (m,) influence values.

        1 - Kaplan-Meier, or Aalen-Johansen where events compete.
        """
        options: dict[str, Any] = {"start": self.start, "weights": self.weights}
        if self.competing is None:
            curve = self.curve()
            moved = curve.influence(horizon_days, self.time, self.event, **options)
            return 1.0 - float(curve.at([horizon_days])[0]), -moved
        shared = AalenJohansen(self.time, self.event, self.competing, **options)
        return float(shared.at(horizon_days)), shared.influence(horizon_days)


def judged_by_marker(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    competing: bool = False,
    at_day: bool = False,
) -> Judged | str:
    """The patients with a ranking number; text = why there are none. `competing` and `at_day` as in `judged_by_value`."""
    if (why_not := undefined(outcome, competing, at_day, horizon_days)) is not None:
        return why_not
    if prediction.marker is None and (horizon_days is None or not prediction.has_survival_at(horizon_days)):
        return "no marker was predicted"
    marker = prediction.marker_at(horizon_days)
    return judged_by_value(
        outcome, marker, weights, cluster, competing=competing, at_day=at_day, horizon_days=horizon_days
    )


def judged_by_risk(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    competing: bool = False,
    at_day: bool = False,
) -> Judged | str:
    """The patients with a predicted risk by the horizon; text = why there are none.

    `competing` and `at_day` as in `judged_by_value`.
    """
    horizon = needed_horizon(horizon_days)
    if (why_not := undefined(outcome, competing, at_day, horizon)) is not None:
        return why_not
    if not prediction.has_survival_at(horizon):
        what = "survival" if outcome.end_point is None else "risk"
        return f"no {what} was predicted for day {horizon:g}"
    risk = prediction.death_by(horizon)
    return judged_by_value(
        outcome, risk, weights, cluster, competing=competing, at_day=at_day, horizon_days=horizon
    )


def needed_horizon(horizon_days: float | None) -> float:
    """The horizon as a positive number of days.

    Raises
    ------
    InputError
        There is none, or it is not positive.
    """
    if horizon_days is None or not float(horizon_days) > 0:
        raise InputError("measure at a horizon: horizon_days must be a positive number of days.")
    return float(horizon_days)


def judged_by_value(
    outcome: Outcome,
    value: FloatArray,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    *,
    competing: bool = False,
    at_day: bool = False,
    horizon_days: float | None = None,
) -> Judged | str:
    """The patients with a value and a weight above 0; text = why there are none.

    A measure that knows what to do with competing events says `competing`. For every other an outcome with an end
    point is a gap: it would take competing events for censorings, or for the event itself. A measure that needs no more than
    who is dead and who alive at `horizon_days` says `at_day`; every other is a gap where that is all that is known. Who is
    alive at an earlier day and not known at that one is censored there; who is known at neither is left out and counted.

    Raises
    ------
    InputError
        Predictions, weights or clusters are not those of the patients in the outcome.
    """
    n = len(outcome)
    if (why_not := undefined(outcome, competing, at_day, horizon_days)) is not None:
        return why_not
    if len(value) != n:
        raise InputError(
            f"measure: {len(value)} predictions for {n} outcomes; both must be the same patients."
        )
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    if w is not None and (w.shape != (n,) or not np.isfinite(w).all() or (w < 0).any()):
        raise InputError(f"measure, weights: {n} finite numbers of 0 or more are expected, one per patient.")
    groups = None if cluster is None else np.asarray(cluster)
    if groups is not None and groups.shape != (n,):
        raise InputError(f"measure, cluster: {len(groups)} labels for {n} patients.")
    rows = np.flatnonzero(~np.isnan(value) if w is None else ~np.isnan(value) & (w > 0))
    if len(rows) == 0 and not np.isnan(value).all():
        return "no patient with a prediction has a weight above 0"
    if len(rows) == 0:
        return "nobody could be predicted"
    unknown = None
    if outcome.status is not None:
        assert horizon_days is not None
        told = outcome.status.at(horizon_days)
        if told is None or np.isnan(told[rows]).all():
            return f"of nobody with a prediction the status at day {horizon_days:g} is known"
        outcome = outcome.at_day(horizon_days)
        followed = outcome.time_days[rows] > 0
        unknown, rows = int((~followed).sum()), rows[followed]
    start = outcome.entry_days
    return Judged(
        rows,
        outcome.time_days[rows],
        outcome.of_interest[rows],
        None if start is None or not start.any() else start[rows],
        value[rows],
        None if w is None else w[rows],
        None if groups is None else groups[rows],
        None if outcome.competing is None else outcome.competing[rows],
        unknown,
    )


def censoring_of(
    judged: Judged, outcome: Outcome, censoring: Censoring | None
) -> tuple[Censoring, NDArray[np.bool_], NDArray[np.intp]]:
    """The model of censoring, a mask of who is judged among those it was fitted on, and their positions.

    Raises
    ------
    InputError
        The given model was fitted on another number of patients than are in the outcome.
    """
    if (
        censoring is None or outcome.status is not None
    ):  # a mere status gives another follow-up for each horizon
        return own_censoring(judged, censoring), np.ones(judged.n, dtype=bool), judged.rows
    if censoring.n != len(outcome):
        raise InputError(
            f"measure, censoring: the model was fitted on {censoring.n} patients, {len(outcome)} are judged. Fit it "
            "on exactly the patients judged."
        )
    mask = np.zeros(len(outcome), dtype=bool)
    mask[judged.rows] = True
    return censoring, mask, np.arange(len(outcome), dtype=np.intp)


def undefined(outcome: Outcome, competing: bool, at_day: bool, horizon_days: float | None) -> str | None:
    """Why a measure does not exist for this outcome, or None; flags as in `judged_by_value`."""
    if outcome.end_point is not None and not competing:
        return f"not defined where other events compete with the end point ({outcome.end_point})"
    status = outcome.status
    if status is None:
        return None
    if status.n_alone < len(outcome):
        return (
            f"follow-up times of some patients and only the status at {status.in_words} of others are not judged together: site by "
            "site, and pooled"
        )
    if not at_day or horizon_days is None:
        return f"not defined where only the status at {status.in_words} is known: it needs follow-up times"
    if status.at(horizon_days) is None:
        return f"the status at day {horizon_days:g} was not recorded, only that at {status.in_words}"
    return None


def own_censoring(judged: Judged, censoring: Censoring | None) -> KaplanMeierCensoring:
    """Kaplan-Meier of censoring of the patients judged alone, with the strata of the model given.

    Raises
    ------
    InputError
        The given model was fitted on patients among whom those judged are not.
    """
    strata = None
    if isinstance(censoring, KaplanMeierCensoring):
        if censoring.n <= int(judged.rows.max()):
            raise InputError(
                f"measure, censoring: the model was fitted on {censoring.n} patients, more are judged. Fit it on exactly "
                "the patients judged."
            )
        strata = censoring.stratum[judged.rows]
    ended = judged.event if judged.competing is None else judged.event | judged.competing
    return KaplanMeierCensoring(judged.time, ended, strata=strata, weights=judged.weights, start=judged.start)


def spread(values: FloatArray, mask: NDArray[np.bool_]) -> FloatArray:
    """Values of the patients judged where `mask` is True, 0 for the others."""
    out = np.zeros(len(mask))
    out[mask] = values
    return out


def clustered(
    influence: FloatArray, rows: NDArray[np.intp], cluster: NDArray[Any] | None
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Influence summed within clusters, each standing at the position of its first patient."""
    if cluster is None:
        return influence, rows
    _, first, code = np.unique(cluster, return_index=True, return_inverse=True)
    order = np.argsort(first)
    sums = np.asarray(np.bincount(code.reshape(-1), weights=influence), dtype=np.float64)
    return sums[order], rows[first[order]]


def estimate(
    value: float,
    influence: FloatArray,
    rows: NDArray[np.intp],
    judged: Judged,
    *,
    cluster: NDArray[Any] | None,
    horizon_days: float | None,
    scale: str,
    method: str,
    reason: str | None = None,
) -> Estimate:
    """An Estimate whose standard error is the root of the sum of squared influences."""
    if judged.unknown:
        left_out = (
            f"{judged.unknown} patients are left out, their status is known at no day up to {horizon_days:g}: right only if that has "
            "nothing to do with whether they died"
        )
        reason = f"{reason}; {left_out}" if reason else left_out
    sums, at = clustered(influence, rows, cluster)
    text = method if cluster is None else f"{method}, summed within clusters"
    error = float(np.sqrt(np.sum(sums**2)))
    if judged.n == 1 or len(sums) == 1:
        error = np.nan
        alone = f"one {'patient' if judged.n == 1 else 'cluster'} alone has no standard error"
        reason = f"{reason}; {alone}" if reason else alone
    return Estimate(
        value,
        judged.n,
        judged.events_by(horizon_days),
        error,
        scale=scale,
        method=text,
        influence=sums,
        rows=at,
        reason=reason,
    )


def gap(reason: str, judged: Judged | None, horizon_days: float | None, scale: str) -> Estimate:
    """No value, the reason, and how many patients and events there were to judge."""
    n = 0 if judged is None else judged.n
    events = 0 if judged is None else judged.events_by(horizon_days)
    return Estimate.gap(reason, n=n, events=events, scale=scale)


def beyond_follow_up(judged: Judged, horizon_days: float, *, need_survivors: bool) -> str | None:
    """Why this horizon cannot be judged, or None.

    The horizon is beyond follow-up when the last patient was censored before it. Weights at the horizon
    (`need_survivors`) also need somebody followed for longer than that day, unless everybody has died, or had another
    event. The last day that can be judged is named to the tens below, because it is the follow-up of one patient.
    """
    curve = judged.curve()
    if bool(curve.beyond_follow_up([horizon_days])[0]):
        when = "at"
    elif need_survivors and judged.time.max() <= horizon_days and float(curve.at([horizon_days])[0]) > 0:
        when = "after"
    else:
        return None
    usable = usable_days(curve.last_time - (when == "after"))
    return f"horizon beyond follow-up: nobody is observed {when} day {horizon_days:g}; {usable}"


def usable_days(last_day: float) -> str:
    """Which horizons can be judged, in a few words, where follow-up ends on `last_day`: to the tens below."""
    last = float(np.floor(last_day / 10) * 10)
    return f"days up to {last:g} can be judged" if last > 0 else "no day of 10 or more can be judged"
