"""One measure of one system at one site: the leaf from which everything else is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.core.tables import STACKED
from spinesurv.metrics.judged import undefined
from spinesurv.stats.censoring import KaplanMeierCensoring


@dataclass(frozen=True, eq=False)
class Leaf:
    """Where an estimate stands: site (or stacked), system, the system it is compared with, measure, horizon.

    `threshold` is the risk at which one would act, for measures that are taken at several of them.
    """

    site: str
    model: str
    reference: str
    metric: str
    horizon_days: float | None
    estimate: Estimate
    threshold: float | None = None


@dataclass(frozen=True, eq=False)
class JudgedSite:
    """The patients of one site, or of all sites stacked, with the predictions of every system for them.

    `strata` are the sites of stacked patients: each keeps a censoring curve of its own.
    """

    site: str
    outcome: Outcome
    predictions: dict[str, Prediction]
    strata: NDArray[Any] | None = None

    @classmethod
    def by_site(
        cls, outcome: Outcome, predictions: dict[str, Prediction], site: NDArray[Any] | None
    ) -> list[JudgedSite]:
        """One per site in order of appearance, then all of them stacked. Without sites: stacked only."""
        everyone = cls(STACKED, outcome, predictions, site)
        if site is None:
            return [everyone]
        parts = []
        for name in dict.fromkeys(site.tolist()):
            rows = np.flatnonzero(site == name)
            parts.append(
                cls(str(name), outcome.take(rows), {k: p.take(rows) for k, p in predictions.items()})
            )
        return [*parts, everyone]

    @cached_property
    def censoring(self) -> KaplanMeierCensoring:
        """Kaplan-Meier of censoring of these patients, by site where several are stacked.

        Where the status at some days is all that is known it hands on the sites alone: each horizon has its own follow-up.
        """
        o = self.outcome
        return KaplanMeierCensoring(o.time_days, o.event, strata=self.strata, start=o.entry_days)

    def estimate(
        self,
        metric: Any,
        prediction: Prediction,
        horizon_days: float | None,
        threshold: float | None = None,
    ) -> Estimate:
        """One measure of one prediction, with the censoring of these patients.

        Of stacked patients, those of a site that is not followed to the horizon are left out, and the reason says
        so: nobody there could be seen alive at that day.
        """
        absent = self.ending_before(horizon_days)
        if absent:
            prediction = restricted(prediction, ~np.isin(np.asarray(self.strata), absent))
        options = {} if threshold is None else {"threshold": threshold}
        found: Estimate = metric.function(
            self.outcome, prediction, horizon_days=horizon_days, censoring=self.censoring, **options
        )
        notes = [found.reason] if found.reason else []
        not_defined = undefined(self.outcome, metric.competing, metric.at_day, horizon_days)
        silent = found.status == "gap" and found.n == 0 and not not_defined
        if silent and (why := commonest_reason(prediction)):
            notes.append(why)
        if absent:
            notes.append(f"without {', '.join(absent)}: horizon beyond the follow-up there")
        return replace(found, reason="; ".join(notes) or None)

    def ending_before(self, horizon_days: float | None) -> list[str]:
        """Sites among stacked ones in which nobody is followed to the horizon although somebody is left alive."""
        if self.strata is None or horizon_days is None:
            return []
        last_days = self._last_days
        if (status := self.outcome.status) is not None:
            if status.at(horizon_days) is None:
                return []
            last_days = self._last_days_of(self.outcome.at_day(horizon_days))
        return [name for name, last in last_days.items() if last <= horizon_days]

    @cached_property
    def _last_days(self) -> dict[str, float]:
        return self._last_days_of(self.outcome)

    def _last_days_of(self, outcome: Outcome) -> dict[str, float]:
        """Site -> last day on which anybody is followed; infinite where everybody has died."""
        out: dict[str, float] = {}
        for name in dict.fromkeys(np.asarray(self.strata).tolist()):
            rows = np.asarray(self.strata) == name
            last = float(outcome.time_days[rows].max())
            ends = outcome.event[rows & (outcome.time_days == last)]
            out[str(name)] = np.inf if ends.all() else last
        return out

    def difference(
        self,
        metric: Any,
        first: str,
        second: str,
        horizon_days: float | None,
        threshold: float | None = None,
    ) -> Estimate:
        """Paired difference of two systems, first - second, on the patients whom both can predict.

        The censoring curve stays that of all patients judged here; only the mean goes over the common ones.
        """
        able = [usable(self.predictions[key], horizon_days, metric.needs) for key in (first, second)]
        if np.array_equal(able[0], able[1]):
            pair = [self.alone(metric, key, horizon_days, threshold) for key in (first, second)]
        else:
            pair = [
                self.estimate(
                    metric, restricted(self.predictions[key], able[0] & able[1]), horizon_days, threshold
                )
                for key in (first, second)
            ]
        return pair[0].minus(pair[1])

    def alone(
        self, metric: Any, model: str, horizon_days: float | None, threshold: float | None = None
    ) -> Estimate:
        """One measure of one system, computed once."""
        place = (metric.key, model, horizon_days, threshold)
        if place not in self._known:
            self._known[place] = self.estimate(metric, self.predictions[model], horizon_days, threshold)
        return self._known[place]

    @cached_property
    def _known(self) -> dict[tuple[Any, ...], Estimate]:
        return {}


def commonest_reason(prediction: Prediction) -> str:
    """Why patients are missing, the reason given for most of them; empty where none is."""
    count = Counter(str(r) for r in np.asarray(prediction.reason) if r)
    return min(count, key=lambda r: (-count[r], r)) if count else ""


def usable(prediction: Prediction, horizon_days: float | None, needs: str = "survival") -> NDArray[np.bool_]:
    """(n,) who can be judged, by what a measure `needs` (see `metrics.Metric`).

    A measure of survival takes the marker where there is no horizon; one of a marker takes the survival
    probability at the horizon where there is no marker. One of a curve takes those with survival on every day up to
    the horizon that anybody has.
    """
    if needs == "curve" and horizon_days is not None and prediction.has_survival_at(horizon_days):
        return np.asarray(~np.isnan(prediction.curve_to(horizon_days)[1]).any(axis=1))
    if needs == "interval":
        promised = prediction.expected_days
        if promised is None:
            return np.zeros(len(prediction), dtype=bool)
        return np.asarray(~np.isnan(promised).any(axis=1))
    if needs == "group":
        group = prediction.group
        return np.zeros(len(prediction), dtype=bool) if group is None else np.asarray(group.codes >= 0)
    if prediction.marker is not None and (needs == "marker" or horizon_days is None):
        return ~np.isnan(prediction.marker)
    if horizon_days is None:
        return prediction.predicted
    if not prediction.has_survival_at(horizon_days):
        return np.zeros(len(prediction), dtype=bool)
    return ~np.isnan(prediction.survival_at(horizon_days))


def restricted(prediction: Prediction, rows: NDArray[np.bool_]) -> Prediction:
    """The same prediction, missing outside `rows`, so that two systems are judged on the same patients."""
    if rows.all():
        return prediction
    outside = ~rows

    def blank(array: NDArray[Any] | None) -> NDArray[Any] | None:
        if array is None:
            return None
        out = array.copy()
        out[outside] = np.nan
        return out

    group = prediction.group
    if group is not None:
        codes = np.where(outside, -1, group.codes).tolist()
        group = pd.Categorical.from_codes(codes, dtype=group.dtype)
    reason = np.array(prediction.reason, dtype=object)
    reason[outside & (reason == "")] = "not among the patients compared"
    return Prediction(
        prediction.key,
        marker=blank(prediction.marker),
        times_days=prediction.times_days,
        survival=blank(prediction.survival),
        group=group,
        expected_days=blank(prediction.expected_days),
        reason=reason,
    )


def site_leaves(
    part: JudgedSite,
    metrics: Mapping[str, Any],
    horizons_days: Sequence[float],
    pairs: Sequence[tuple[str, str]],
) -> list[Leaf]:
    """Every measure of every system at one site, and the paired differences of `pairs`, model minus reference."""
    out = []
    for name, metric in metrics.items():
        for day, risk in product(horizons_of(metric, horizons_days), metric.thresholds or (None,)):
            out += [
                Leaf(part.site, model, "", name, day, part.alone(metric, model, day, risk), risk)
                for model in part.predictions
            ]
            if not metric.comparable:
                continue
            for model, reference in pairs:
                if part.predictions[model].predicted.any():
                    difference = part.difference(metric, model, reference, day, risk)
                    out.append(Leaf(part.site, model, reference, name, day, difference, risk))
    return out


def pairs_of(models: Sequence[str], reference: str | None, *, every: bool) -> list[tuple[str, str]]:
    """(model, reference) of the differences: each model with the reference, then, if asked, every other pair.

    Pairs without the reference stand in the order of the systems: the later one minus the earlier one.
    """
    with_reference = [(m, reference) for m in models if m != reference] if reference is not None else []
    if not every:
        return with_reference
    others = [m for m in models if m != reference]
    return with_reference + [(b, a) for i, a in enumerate(others) for b in others[i + 1 :]]


def horizons_of(metric: Any, horizons_days: Sequence[float]) -> list[float | None]:
    """The horizons at which a measure is taken, its own days where it has them; [None] over all follow-up."""
    return list(metric.days or horizons_days) if metric.at_horizon else [None]
