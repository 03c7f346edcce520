"""One measure of one system at one site: the leaf from which everything else is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.core.tables import STACKED
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
        """Kaplan-Meier of censoring of these patients, by site where several are stacked."""
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
        if found.status == "gap" and found.n == 0 and (why := commonest_reason(prediction)):
            notes.append(why)
        if absent:
            notes.append(f"without {', '.join(absent)}: horizon beyond the follow-up there")
        return replace(found, reason="; ".join(notes) or None)

    def ending_before(self, horizon_days: float | None) -> list[str]:
        """Sites among stacked ones in which nobody is followed to the horizon although somebody is left alive."""
        if self.strata is None or horizon_days is None:
            return []
        return [name for name, last in self._last_days.items() if last <= horizon_days]

    @cached_property
    def _last_days(self) -> dict[str, float]:
        """Site -> last day on which anybody is followed; infinite where everybody has died."""
        out: dict[str, float] = {}
        for name in dict.fromkeys(np.asarray(self.strata).tolist()):
            rows = np.asarray(self.strata) == name
            last = float(self.outcome.time_days[rows].max())
            ends = self.outcome.event[rows & (self.outcome.time_days == last)]
            out[str(name)] = np.inf if ends.all() else last
        return out

    def difference(
        self,
        metric: Any,
        first: Prediction,
        second: Prediction,
        horizon_days: float | None,
        threshold: float | None = None,
    ) -> Estimate:
        """Paired difference first - second on the patients whom both can predict.

        The censoring curve stays that of all patients judged here; only the mean goes over the common ones.
        """
        both = usable(first, horizon_days, metric.needs) & usable(second, horizon_days, metric.needs)
        pair = [self.estimate(metric, restricted(p, both), horizon_days, threshold) for p in (first, second)]
        return pair[0].minus(pair[1])


def commonest_reason(prediction: Prediction) -> str:
    """Why patients are missing, the reason given for most of them; empty where none is."""
    count = Counter(str(r) for r in np.asarray(prediction.reason) if r)
    return min(count, key=lambda r: (-count[r], r)) if count else ""


def usable(
    prediction: Prediction, horizon_days: float | None, needs: str = "survival"
) -> NDArray[np.bool_]:
    """(n,) who can be judged, by what a measure `needs` (see `metrics.Metric`).

    A measure of survival takes the marker where there is no horizon; one of a marker takes the survival
    probability at the horizon where there is no marker.
    """
    if needs == "interval":
        promised = prediction.expected_days
        return np.zeros(len(prediction), bool) if promised is None else ~np.isnan(promised).any(axis=1)
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

    reason = np.array(prediction.reason, dtype=object)
    reason[outside & (reason == "")] = "not among the patients compared"
    return Prediction(
        prediction.key,
        marker=blank(prediction.marker),
        times_days=prediction.times_days,
        survival=blank(prediction.survival),
        expected_days=blank(prediction.expected_days),
        reason=reason,
    )


def all_leaves(
    judged: Sequence[JudgedSite],
    metrics: dict[str, Any],
    horizons_days: Sequence[float],
    *,
    reference: str | None,
    progress: Callable[[], None] | None = None,
) -> list[Leaf]:
    """Every measure of every system at every site, and the paired difference to the reference system."""
    out = []
    for part in judged:
        for model, prediction in part.predictions.items():
            compared = reference is not None and model != reference and prediction.predicted.any()
            other = part.predictions[str(reference)] if compared else None
            for name, metric in metrics.items():
                for day, risk in product(horizons_of(metric, horizons_days), metric.thresholds or (None,)):
                    alone = part.estimate(metric, prediction, day, risk)
                    out.append(Leaf(part.site, model, "", name, day, alone, risk))
                    if other is not None and metric.comparable:
                        difference = part.difference(metric, prediction, other, day, risk)
                        out.append(Leaf(part.site, model, str(reference), name, day, difference, risk))
            if progress:
                progress()
    return out


def horizons_of(metric: Any, horizons_days: Sequence[float]) -> list[float | None]:
    """The horizons at which a measure is taken; [None] for one over all follow-up."""
    return list(horizons_days) if metric.at_horizon else [None]
