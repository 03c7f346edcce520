"""Survival of a point score, re-estimated: one curve per total, made to fall in the score's direction."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.isotonic import isotonic_regression

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models.totals import check_totals, expected_days, marker
from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.kaplan_meier import KaplanMeier, kaplan_meier

NO_TOTAL_IN_TRAINING = "no training patient has a total of this score"


class ScoreStrata(BaseEstimator):
    """Turns the totals of a point score into survival, learned from the training patients.

    For each total s with n_s training patients and each day t

        S_s(t) = (n_s KM_s(t) + m KM(t)) / (n_s + m),

    KM_s the Kaplan-Meier survival of those patients, KM that of all training patients, m = `prior_patients`: one
    typical patient is added to each total, so that a total of three survivors does not promise certainty.
    Where other events compete with the end point, KM is 1 minus its Aalen-Johansen incidence, and a worse total is read as
    more of the end point. At each day the values are then made monotone in s by weighted isotonic regression (weights n_s + m), and they
    never rise with time. A total that no training patient has, or whose patients are followed for less than
    t, takes the value interpolated linearly between its nearest neighbours; beyond the outermost such
    total, that of the nearest one. A day at which no total is followed any more has no prediction. Where no training
    patient has a total, because nobody recorded an input of the score, nobody is predicted, with the reason.

    Parameters
    ----------
    higher_is : "better" or "worse"
        What a higher total means, as in the definition of the score.
    groups : sequence of group records, optional
        Groups of the definition; their survival intervals become `expected_days`.
    prior_patients : float
        Weight m of all training patients in each total; 0 gives the plain Kaplan-Meier curve.

    Attributes
    ----------
    levels_ : (m,) totals seen in training, rising
    counts_ : (m,) training patients per total
    curves_ : of each total; Kaplan-Meier, Aalen-Johansen where events compete; on the days alone at which the status is all
        that is known
    everyone_ : the same of all training patients with a total
    n_left_out_ : training patients without a total

    References
    ----------
    Barlow RE, Bartholomew DJ, Bremner JM, Brunk HD. Statistical inference under order restrictions. 1972.
    """

    def __init__(self, higher_is: str, groups: tuple[Any, ...] = (), prior_patients: float = 1.0) -> None:
        self.higher_is = higher_is
        self.groups = groups
        self.prior_patients = prior_patients

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from the table that `Score.transform` returns, and the outcome of the same patients."""
        total = check_totals(patients)
        if len(total) != len(outcome):
            raise InputError(f"score strata: {len(total)} totals for {len(outcome)} outcomes.")
        known = ~np.isnan(total)
        self.n_left_out_ = int((~known).sum())
        self.levels_, code, self.counts_ = np.unique(total[known], return_inverse=True, return_counts=True)
        judged = outcome.take(known)
        self.curves_ = [_curve(judged.take(code == i)) for i in range(len(self.levels_))]
        self.everyone_ = _curve(judged) if known.any() else None
        return self

    def level_survival(self, times_days: np.ndarray) -> np.ndarray:
        """(m, k) monotone survival of the totals `levels_` at `times_days`; nan where nobody is followed."""
        if not hasattr(self, "curves_"):
            raise NotFittedError("score strata: fit it before asking for survival.")
        if self.everyone_ is None:
            return np.empty((0, len(times_days)))
        weight = self.counts_ + self.prior_patients
        own = np.array([_free(curve, times_days) for curve in self.curves_])
        prior = self.prior_patients * _free(self.everyone_, times_days) if self.prior_patients else 0.0
        raw = (self.counts_[:, None] * own + prior) / weight[:, None]
        table = np.full_like(raw, np.nan)
        for j in range(raw.shape[1]):
            seen = ~np.isnan(raw[:, j])
            if not seen.any():
                continue
            smooth = isotonic_regression(
                raw[seen, j], sample_weight=weight[seen], increasing=self.higher_is == "better"
            )
            table[:, j] = np.interp(self.levels_, self.levels_[seen], smooth)
        return _falling(table)

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival and marker of patients, from the table that `Score.transform` returns."""
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        total = check_totals(patients)
        table = self.level_survival(times)
        known = ~np.isnan(total)
        reason = patients["reason"].to_numpy(dtype=object, copy=True)
        if not len(table):
            reason[known] = NO_TOTAL_IN_TRAINING
            known &= False
        survival = np.full((len(total), len(times)), np.nan)
        for j in range(len(times)):
            if len(table) and not np.isnan(table[:, j]).any():
                survival[known, j] = np.interp(total[known], self.levels_, table[:, j])
        return Prediction(
            patients.index,
            marker=marker(np.where(known, total, np.nan), self.higher_is),
            times_days=times,
            survival=_falling(survival),
            group=patients["group"].array,
            expected_days=expected_days(patients["group"], self.groups),
            reason=reason,
        )


class _StatusShares:
    """Share alive by Kaplan-Meier of each follow-up to a day at which the status is all that is known; nan on other days."""

    def __init__(self, outcome: Outcome) -> None:
        assert outcome.status is not None
        self.days = outcome.status.days
        self.alive = np.array([self._at(outcome.at_day(day), day) for day in self.days])

    @staticmethod
    def _at(outcome: Outcome, day: float) -> float:
        return float(kaplan_meier(outcome.time_days, outcome.event).at([day], carry=False)[0])

    def at(self, times_days: np.ndarray) -> np.ndarray:
        place = np.searchsorted(self.days, times_days).clip(max=len(self.days) - 1)
        return np.where(self.days[place] == times_days, self.alive[place], np.nan)


def _falling(survival: np.ndarray) -> np.ndarray:
    """(m, k) survival that never rises along the days; days without any stay so."""
    return np.where(np.isnan(survival), np.nan, np.fmin.accumulate(survival, axis=1))


def _curve(outcome: Outcome) -> KaplanMeier | AalenJohansen | _StatusShares:
    if outcome.status is not None:
        return _StatusShares(outcome)
    if outcome.competing is None:
        return kaplan_meier(outcome.time_days, outcome.event, start=outcome.entry_days)
    return AalenJohansen(outcome.time_days, outcome.of_interest, outcome.competing, start=outcome.entry_days)


def _free(curve: KaplanMeier | AalenJohansen | _StatusShares, times_days: np.ndarray) -> np.ndarray:
    """(k,) survival, or 1 - incidence; nan where nobody is followed any more."""
    if isinstance(curve, _StatusShares):
        return curve.at(times_days)
    if isinstance(curve, KaplanMeier):
        return curve.at(times_days, carry=False)
    return np.where(curve.beyond_follow_up(times_days), np.nan, 1.0 - curve.at(times_days))
