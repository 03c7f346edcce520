"""Published terms beside a point score: kept on a baseline for each total, or fitted again with the total as a category."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models.equation import Equation
from spinesurv.models.published_equation import PublishedEquation
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.cox_survival import baseline_hazard

#: column of the total, beside those of the equation
TOTAL = "score_total"


class EquationOnScore(BaseEstimator):
    """The terms of a published equation together with the total of a point score.

    Kept: S(t | x) = exp(-H_s(t) exp(L - mean L)), L the published sum of terms with coefficient 1 and H_s Efron's estimate in
    the training patients with total s, L as offset. Refitted: a Cox model of the terms, each per its published step, and of
    the total as a category; then nothing published remains but the choice of the terms.

    Parameters
    ----------
    equation : on a log hazard scale; key, path or Equation, see `PublishedEquation`
    refit : fit the coefficients in training instead of keeping those that were published
    primary_coding, rounding : as in `PublishedEquation`

    Attributes
    ----------
    totals_ : totals that training patients died with; a patient with another one has no prediction
    rank_day_ : kept terms: day whose cumulative hazard is the marker, the last one to which every total is followed
    n_, events_, n_left_out_ : training patients and deaths learned from, and patients without a total or a sum
    notes_ : refitted: log hazard ratio and standard error of each term, and of each total against the commonest one

    Raises
    ------
    InputError
        The equation predicts odds, nobody in training has all inputs and died, or (refitted) a coefficient runs to infinity.

    References
    ----------
    Kim H et al. J Clin Med 2021;10:1119. doi:10.3390/jcm10051119
    """

    def __init__(
        self,
        equation: str | Path | Equation,
        *,
        refit: bool = False,
        primary_coding: str | None = None,
        rounding: str = "published",
    ) -> None:
        self.equation = equation
        self.refit = refit
        self.primary_coding = primary_coding
        self.rounding = rounding

    @property
    def published(self) -> PublishedEquation:
        """The terms as they were published."""
        return PublishedEquation(self.equation, self.primary_coding, self.rounding)

    def check_settings(self) -> None:
        """Refuse an equation that cannot be computed, or is none of hazards; nothing is fitted."""
        self.published.check_settings()
        if self.published.definition.scale != "log_hazard":
            raise InputError(
                f"equation {self.published.definition.key}: it gives the odds of one day; a score beside it needs hazard ratios."
            )

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from training patients with the columns of the equation and `TOTAL`."""
        outcome.of_any_cause("published equation on a score")
        self.check_settings()
        parts, total, reason = self._read(patients)
        inside = reason == ""
        died = np.unique(total[inside & outcome.event])
        inside &= np.isin(total, died)
        self.n_, self.n_left_out_ = int(inside.sum()), int((~inside).sum())
        judged = outcome.take(inside)
        self.events_ = judged.n_events
        if not self.events_:
            raise InputError(
                f"equation {self.published.definition.key}: none of {len(patients)} training patients has all inputs of it and of "
                "the score, and died."
            )
        self.totals_ = died.astype(int).tolist()
        own, at = parts[inside], total[inside]
        follow_up: dict[str, Any] = {"start": judged.entry_days}
        self.last_days_ = [float(judged.time_days[at == s].max()) for s in self.totals_]
        if self.refit:
            self._fit_again(own, at, judged, follow_up)
            return self
        self.centre_ = float(own.sum(axis=1).mean())
        self.rank_day_ = min(self.last_days_)
        self._fit = fit_cox(
            np.empty((self.n_, 0)), judged.time_days, judged.event, offset=own.sum(axis=1) - self.centre_, strata=at, **follow_up
        )  # fmt: skip
        self.notes_: dict[str, Any] = {"baselines": len(self.totals_)}
        return self

    def _fit_again(self, own: np.ndarray, at: np.ndarray, judged: Outcome, follow_up: dict[str, Any]) -> None:
        self.steps_ = np.where(np.abs(own).max(axis=0) > 0, np.abs(own).max(axis=0), 1.0)
        counts = [int((at == s).sum()) for s in self.totals_]
        self.reference_ = self.totals_[int(np.argmax(counts))]
        self.last_days_ = [float(judged.time_days.max())] * len(self.totals_)
        self._fit = fit_cox(self._design(own, at), judged.time_days, judged.event, **follow_up)
        names = [term.key for term in self.published.definition.terms]
        names += [f"total {s} against {self.reference_}" for s in self.totals_ if s != self.reference_]
        errors = np.sqrt(np.diag(self._fit.covariance))
        self.notes_ = {
            f"{name}: {what}": float(value)
            for name, beta, error in zip(names, self._fit.coef, errors, strict=True)
            for what, value in (("log hazard ratio", beta), ("standard error", error))
        }

    def _design(self, parts: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Terms per their largest published step, then the totals other than the reference."""
        return np.column_stack(
            [parts / self.steps_, *(total == s for s in self.totals_ if s != self.reference_)]
        ).astype(float)

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days`; missing beyond the follow-up of the training patients with the same total."""
        if not hasattr(self, "totals_"):
            raise NotFittedError("published equation on a score: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        parts, total, reason = self._read(patients)
        unseen = (reason == "") & ~np.isin(total, self.totals_)
        reason[unseen] = "no training patient with this total died"
        known = reason == ""
        marker = np.full(len(patients), np.nan)
        survival = np.full((len(patients), len(times)), np.nan)
        for k, s in enumerate(self.totals_):
            rows = known & (total == s)
            if self.refit:
                marker[rows] = self._fit.linear_predictor(self._design(parts[rows], total[rows]))
                hazard, lp = baseline_hazard(self._fit, times), marker[rows]
            else:
                lp = parts[rows].sum(axis=1) - self.centre_
                hazard = baseline_hazard(self._fit, times, stratum=k)
                marker[rows] = np.exp(lp) * baseline_hazard(self._fit, [self.rank_day_], stratum=k)[0]
            hazard = np.where(times <= self.last_days_[k], hazard, np.nan)
            survival[rows] = np.exp(-np.outer(np.exp(lp), hazard))
        return Prediction(patients.index, marker=marker, times_days=times, survival=survival, reason=reason)

    def _read(self, patients: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, terms) log ratios, (n,) totals, and (n,) reasons where one of them is missing."""
        _, reason = self.published.totals(patients)
        total = patients[TOTAL].to_numpy(dtype=float, na_value=np.nan)
        reason = np.where((reason == "") & np.isnan(total), "missing: total of the score", reason).astype(
            object
        )
        return self.published.sums(patients).to_numpy(dtype=float), total, reason
