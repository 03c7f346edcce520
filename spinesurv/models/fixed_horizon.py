"""SORG-style boosting: one classifier per fixed horizon, with censored patients weighted instead of dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.models.boosting import NO_INPUT, Boosting, matrix, without_input
from spinesurv.stats.censoring import KaplanMeierCensoring

#: deaths, and patients known to be alive, below which a horizon is not modelled
FEWEST = 10


class FixedHorizonBooster(Boosting):
    """SORG-style model: boosted trees for "dead by day h", one set per horizon h.

    `make_pipeline(Encoder(terms), FixedHorizonBooster())`. For each horizon XGBoost's `binary:logistic` learns the
    status at h from all training patients, with the weights of `horizon_weights`: a patient who died by h counts
    1 / G(T-), one followed beyond h 1 / G(h), one censored before h 0, G the curve of remaining uncensored in the
    patient's own hospital, in training. It follows the recipe of the published machine-learning models in outline
    (gradient boosting, separate horizons); it is not the published SORG model, whose weights are not public.

    The horizons know nothing of each other, so survival could rise with time. Each patient's values are then made
    monotone by pooling adjacent horizons (least squares), which leaves their mean unchanged.

    A gap in a predictor is a direction in the trees: patients with gaps are learned from and predicted. Only a
    patient without any known predictor is missing, with that reason. Survival at days other than the horizons is
    missing. The marker is the risk by the last horizon modelled, where most deaths are known.

    Parameters
    ----------
    horizons_days : rising days
    truncate_weights_at : quantile of the positive weights above which they are cut to it; 1 for none
    n_rounds : int or None
        Trees per horizon; None chooses them by cross-validation inside the training patients: the number with
        the smallest mean over folds of the weighted log loss of the patients left out.
    learning_rate, max_depth, min_child_weight, subsample, colsample, reg_lambda, most_rounds, folds, random_state
        See `Boosting`.

    Attributes
    ----------
    n_, events_ : patients and deaths in training
    fitted_days_ : horizons that could be modelled
    n_rounds_ : horizon -> trees
    notes_ : dict
        ``horizon 90``: counts of deaths, alive, unknown (censored before: weight 0), unreached (in hospitals where
        nobody is followed that far: weight 0), truncated weights, largest weight; ``not modelled``: horizon ->
        reason; ``repaired`` and ``largest repair``: patients of the last prediction whose survival rose with
        time, and by how much a value was moved at most.

    Raises
    ------
    InputError
        No horizon can be modelled, delayed entry, or a table that does not come from an `Encoder`.

    References
    ----------
    Karhade AV et al. Neurosurgery 2019;85:E671-E681. doi:10.1093/neuros/nyz070. Vock DM et al. J Biomed Inform
    2016;61:119-131. doi:10.1016/j.jbi.2016.03.009 (weighting for censoring in machine learning)
    """

    def __init__(
        self,
        horizons_days: Sequence[float] = (42, 90, 365),
        truncate_weights_at: float = 0.99,
        n_rounds: int | None = None,
        learning_rate: float = 0.05,
        max_depth: int = 2,
        min_child_weight: float = 5.0,
        subsample: float = 0.8,
        colsample: float = 0.8,
        reg_lambda: float = 1.0,
        most_rounds: int = 400,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            n_rounds=n_rounds,
            learning_rate=learning_rate,
            max_depth=max_depth,
            min_child_weight=min_child_weight,
            subsample=subsample,
            colsample=colsample,
            reg_lambda=reg_lambda,
            most_rounds=most_rounds,
            folds=folds,
            random_state=random_state,
        )
        self.horizons_days = horizons_days
        self.truncate_weights_at = truncate_weights_at

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from encoded columns (variable, term) and the outcome of the same patients."""
        outcome.of_any_cause("FixedHorizonBooster")
        self._check(patients, outcome)
        days = [float(day) for day in self.horizons_days]
        if not days or days[0] <= 0 or (np.diff(days) <= 0).any():
            raise InputError(
                "FixedHorizonBooster: horizons_days must be days after time zero, in rising order."
            )
        self.n_, self.events_ = len(outcome), outcome.n_events
        self.columns_ = patients.columns
        self.boosters_: list[Any] = []
        self.fitted_days_: list[float] = []
        self.n_rounds_: dict[str, int] = {}
        self.notes_: dict[str, Any] = {"not modelled": {}}
        site = _site(patients)
        for day in days:
            given = horizon_weights(outcome, day, site=site, truncate_at=self.truncate_weights_at)
            self.notes_[f"horizon {day:g}"] = given.counts
            n_dead, n_alive = given.counts["deaths"], given.counts["alive"]
            if min(n_dead, n_alive) < FEWEST:
                self.notes_["not modelled"][f"{day:g}"] = (
                    f"{n_dead} deaths by day {day:g} and {n_alive} patients followed beyond it in training, at least "
                    f"{FEWEST} of each are needed"
                )
                continue
            known = given.weight > 0
            booster, rounds = self._boost(
                patients[known],
                given.dead[known].astype(float),
                given.dead[known],
                objective="binary:logistic",
                loss="logloss",
                weight=given.weight[known],
            )
            self.boosters_.append(booster)
            self.fitted_days_.append(day)
            self.n_rounds_[f"{day:g}"] = rounds
        if not self.fitted_days_:
            raise InputError(
                "FixedHorizonBooster: no horizon can be modelled. "
                + "; ".join(self.notes_["not modelled"].values())
                + ". Choose other horizons, or a point score."
            )
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at those of `times_days` that are horizons of the model, missing at others; marker for everybody."""
        design = self._columns(patients)
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        silent = without_input(design)
        table = matrix(design)
        risk = np.column_stack([booster.predict(table).astype(float) for booster in self.boosters_])
        own = falling(1.0 - risk)
        moved = np.abs(own - (1.0 - risk)).max(axis=1)[~silent]
        self.notes_["repaired"] = int((moved > 0).sum())
        self.notes_["largest repair"] = float(moved.max(initial=0.0))
        own[silent] = np.nan
        return Prediction(
            patients.index,
            marker=1.0 - own[:, -1],
            times_days=times,
            survival=self._at(own, times),
            reason=np.where(silent, NO_INPUT, ""),
        )

    def shifted_survival(
        self, design: pd.DataFrame, shifts: Sequence[np.ndarray], times_days: Any
    ) -> np.ndarray:
        """(n, k) survival at `times_days` if each horizon's log odds of death were `shifts` (n,) higher."""
        table = matrix(self._columns(design))
        odds = [
            booster.predict(table, output_margin=True).astype(float) + shift
            for booster, shift in zip(self.boosters_, shifts, strict=True)
        ]
        return self._at(falling(expit(-np.column_stack(odds))), np.asarray(times_days, dtype=float))

    def _at(self, own: np.ndarray, times: np.ndarray) -> np.ndarray:
        """(n, k) survival at those of `times` that are horizons, out of that at each horizon."""
        survival = np.full((len(own), len(times)), np.nan)
        for j, day in enumerate(times):
            if day in self.fitted_days_:
                survival[:, j] = own[:, self.fitted_days_.index(day)]
        return survival


@dataclass(frozen=True, eq=False)
class HorizonWeights:
    """Status of n patients at a horizon, and what each counts.

    Parameters
    ----------
    dead : (n,) died by the horizon; meaningful where the weight is above 0
    weight : (n,) 0 where the status is not known
    counts : deaths, alive, unknown, unreached, truncated, largest weight
    """

    dead: NDArray[np.bool_]
    weight: NDArray[np.float64]
    counts: dict[str, Any]


def horizon_weights(
    outcome: Outcome, horizon_days: float, *, site: ArrayLike | None = None, truncate_at: float = 1.0
) -> HorizonWeights:
    """Inverse-probability-of-censoring weights of a status at a horizon.

    1(T <= h, dead) / G(T-) + 1(T > h) / G(h), G the Kaplan-Meier curve of remaining uncensored of the same site,
    deaths leaving before the censorings of the same day. In a site that has patients censored before h and nobody
    followed beyond it, survivors are unknown: all of it gets 0, or its deaths would stand alone.

    Parameters
    ----------
    outcome : of the n patients who are learned from
    horizon_days : h
    site : (n,) one curve for each; None = one for all
    truncate_at : quantile of the positive weights to which larger ones are cut

    References
    ----------
    Graf E et al. Stat Med 1999;18:2529-2545.
    """
    time, event = outcome.time_days, outcome.event
    place = (
        np.zeros(len(time), dtype=int)
        if site is None
        else np.unique(np.asarray(site), return_inverse=True)[1]
    )
    censoring = KaplanMeierCensoring(time, event, strata=place)
    dead, alive = event & (time <= horizon_days), time > horizon_days
    unreached = np.zeros(len(time), dtype=bool)
    for one in np.unique(place):
        here = place == one
        if not dead[here].all() and not alive[here].any():
            unreached |= here
    weight = np.zeros(len(time))
    weight[dead] = 1.0 / censoring.before_own_time()[dead]
    weight[alive] = 1.0 / censoring.at(horizon_days)[alive]
    weight[unreached] = 0.0
    positive = weight > 0
    cap = float(np.quantile(weight[positive], truncate_at)) if positive.any() else 0.0
    truncated = weight > cap
    weight = np.minimum(weight, cap)
    counts = {
        "deaths": int((dead & positive).sum()),
        "alive": int((alive & positive).sum()),
        "unknown": int((~dead & ~alive & ~unreached).sum()),
        "unreached": int(unreached.sum()),
        "truncated": int(truncated.sum()),
        "largest weight": cap,
    }
    return HorizonWeights(dead, weight, counts)


def falling(survival: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) the nearest rows (least squares) that never rise: pool-adjacent violators by the min-max formula.

    Value at j = min over a <= j of max over b >= j of the mean from a to b.

    References
    ----------
    Barlow RE, Bartholomew DJ, Bremner JM, Brunk HD. Statistical inference under order restrictions. 1972.
    """
    k = survival.shape[1]
    total = np.concatenate([np.zeros((len(survival), 1)), np.cumsum(survival, axis=1)], axis=1)
    out = np.empty_like(survival)
    for j in range(k):
        highest = [
            np.max([(total[:, b + 1] - total[:, a]) / (b + 1 - a) for b in range(j, k)], axis=0)
            for a in range(j + 1)
        ]
        out[:, j] = np.min(highest, axis=0)
    rises = np.asarray((np.diff(survival, axis=1) > 0).any(axis=1))
    # rows that already fall come back to the last digit
    return np.where(rises[:, None], np.minimum.accumulate(np.clip(out, 0.0, 1.0), axis=1), survival)


def _site(patients: pd.DataFrame) -> NDArray[Any] | None:
    if "site" not in patients.index.names:
        return None
    return np.asarray(patients.index.get_level_values("site"), dtype=str)
