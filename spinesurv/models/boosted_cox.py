"""Boosted Cox model: one model for every day, hazard ratios from boosted trees, absolute survival from a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.models.boosting import NO_INPUT, Boosting, matrix, without_input
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.cox_survival import baseline_hazard


class BoostedCox(Boosting):
    """Cox model whose log hazard ratio is a sum of small trees: `make_pipeline(Encoder(terms), BoostedCox())`.

    h(t | x) = h0(t) exp(f(x)), f the margin of XGBoost's `survival:cox` (partial likelihood, ties as Breslow), minus
    its mean in training. Absolute survival is S(t | x) = exp(-H0(t) exp(f(x))) with Efron's estimate of H0 in the
    training patients at the fitted f. It is the survival-native twin of `FixedHorizonBooster`: one model for every
    day, so that survival cannot rise with time.

    A gap in a predictor is a direction in the trees: patients with gaps are learned from and predicted. Only a
    patient without any known predictor is missing, with that reason.

    Parameters
    ----------
    n_rounds : int or None
        Trees; None chooses them by cross-validation inside the training patients: the number with the smallest
        mean over folds of the negative log partial likelihood of the patients left out.
    learning_rate, max_depth, min_child_weight, subsample, colsample, reg_lambda, most_rounds, folds, random_state
        See `Boosting`.

    Attributes
    ----------
    n_, events_ : patients and deaths in training
    n_rounds_ : trees
    baseline_days_, baseline_hazard_ : (m,) days of deaths in training and cumulative hazard H0 from each on
    last_day_ : last follow-up in training; survival is missing beyond it

    Raises
    ------
    InputError
        Fewer deaths than folds, delayed entry, or a table that does not come from an `Encoder`.

    Notes
    -----
    XGBoost's weights are not case weights of the partial likelihood (they leave the risk sets alone), so none are
    taken. Times go in as ranks, which is all that a partial likelihood reads: a death on day 0 keeps its sign.

    References
    ----------
    Ridgeway G. Computing Science and Statistics 1999;31:172-181. Chen T, Guestrin C. KDD 2016:785-794.
    doi:10.1145/2939672.2939785
    """

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from encoded columns (variable, term) and the outcome of the same patients."""
        outcome.of_any_cause("boosted Cox model")
        self._check(patients, outcome)
        self.n_, self.events_ = len(outcome), outcome.n_events
        if self.events_ < self.folds:
            raise InputError(
                f"boosted Cox model: {self.events_} deaths among {self.n_} training patients, at least {self.folds} "
                "are needed. Use a point score, or wait for longer follow-up."
            )
        self.columns_ = patients.columns
        rank = np.unique(outcome.time_days, return_inverse=True)[1].reshape(-1) + 1.0
        self.booster_, self.n_rounds_ = self._boost(
            patients,
            np.where(outcome.event, rank, -rank),
            outcome.event,
            objective="survival:cox",
            loss="cox-nloglik",
        )
        self.centre_ = 0.0
        margin = self._margin(patients)
        self.centre_ = float(margin.mean())
        baseline = fit_cox(
            np.empty((self.n_, 0)), outcome.time_days, outcome.event, offset=margin - self.centre_
        )
        self.baseline_days_ = np.unique(outcome.time_days[outcome.event])
        self.baseline_hazard_ = baseline_hazard(baseline, self.baseline_days_)
        self.last_day_ = float(outcome.time_days.max())
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days` (missing beyond the last training follow-up) and the log hazard ratio as marker."""
        design = self._columns(patients)
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        silent = without_input(design)
        marker = np.where(silent, np.nan, self._margin(design))
        return Prediction(
            patients.index,
            marker=marker,
            times_days=times,
            survival=self._survival(marker, times),
            reason=np.where(silent, NO_INPUT, ""),
        )

    def hazard(self, times_days: Any) -> np.ndarray:
        """Cumulative baseline hazard H0 at `times_days`; missing beyond the last training follow-up."""
        times = np.asarray(times_days, dtype=float)
        step = np.searchsorted(self.baseline_days_, times, side="right")
        hazard = np.concatenate([[0.0], self.baseline_hazard_])[step]
        return np.where(times <= self.last_day_, hazard, np.nan)

    def shifted_survival(
        self, design: pd.DataFrame, shifts: Sequence[np.ndarray], times_days: Any
    ) -> np.ndarray:
        """(n, k) survival at `times_days` if the sum of leaves of each patient were `shifts[0]` (n,) higher."""
        return self._survival(self._margin(self._columns(design)) + shifts[0], times_days)

    def _survival(self, marker: np.ndarray, times_days: Any) -> np.ndarray:
        return np.exp(-np.outer(np.exp(marker), self.hazard(times_days)))

    def _margin(self, design: pd.DataFrame) -> np.ndarray:
        # predict() without output_margin is exponentiated for this objective
        return self.booster_.predict(matrix(design), output_margin=True).astype(float) - self.centre_
