"""Absolute risk of an event under competing events: one Cox model for each of the two, put together."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models.cox import CoxNomogram

_CHUNK = 2**22  # cells of a table of patients by days held at once


class CauseSpecificCox(BaseEstimator):
    """Cumulative incidence from cause-specific Cox models: `make_pipeline(Encoder(terms), CauseSpecificCox())`.

    One Cox model for the hazard of the event of interest (the others censored), one for that of all competing events,
    both on the same columns. Neither says anything about risk alone; together they do, by the product integral

        F(t | x) = sum over days s <= t of S(s- | x) (1 - exp(-dH(s | x))) dH1(s | x) / dH(s | x),
        S(t | x) = exp(-H1(t | x) - H2(t | x)),    H = H1 + H2,

    which stays between 0 and 1. Without competing events it is the ordinary Cox model.

    Parameters
    ----------
    penalty : float or "cross_validated"
        Ridge penalty of both models, as in `CoxNomogram`; 0 for none.

    Attributes
    ----------
    event_, competing_ : CoxNomogram of the event of interest, and of the competing events (None where there are none)
    n_, events_ : patients and events of interest the model was fitted on
    left_out_ : variable -> training patients in whom it was missing

    Raises
    ------
    InputError
        The outcome names no end point, or one of the two models cannot be fitted (as in `CoxNomogram`).

    References
    ----------
    Benichou J, Gail MH. Biometrics 1990;46:813-826.
    Ozenne B et al. R J 2017;9:440-460. doi:10.32614/RJ-2017-062

    Agrees with
    -----------
    The sum by hand; the true incidence of simulated patients.
    """

    def __init__(self, penalty: float | str = 0.0) -> None:
        self.penalty = penalty

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from encoded columns (variable, term) and an outcome with an end point."""
        if outcome.competing is None:
            raise InputError(
                "cause-specific Cox model: the outcome names no end point. Use a Cox model for death of any cause."
            )
        self.event_ = self._one(patients, outcome, outcome.of_interest)
        self.competing_ = self._one(patients, outcome, outcome.competing) if outcome.competing.any() else None
        self.n_, self.events_, self.left_out_ = self.event_.n_, self.event_.events_, self.event_.left_out_
        self.last_day_ = self.event_.last_day_
        return self

    def _one(self, patients: pd.DataFrame, outcome: Outcome, event: np.ndarray) -> CoxNomogram:
        seen = Outcome(outcome.time_days, event, entry_days=outcome.entry_days)
        return CoxNomogram(penalty=self.penalty).fit(patients, seen)

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """1 - F at `times_days` as survival, missing beyond the last training follow-up.

        There is no marker: patients are ranked by their risk by the day that is judged.
        """
        if not hasattr(self, "event_"):
            raise NotFittedError("cause-specific Cox model: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        markers = [m.predict(patients, times_days=[self.last_day_]) for m in self.models]
        free = self.free_of([p.marker_at() for p in markers], times)
        return Prediction(
            patients.index, times_days=times, survival=free, reason=self._reasons(markers[0], free)
        )

    @property
    def models(self) -> list[CoxNomogram]:
        """The Cox model of the event and, where others compete, theirs."""
        return [self.event_] if self.competing_ is None else [self.event_, self.competing_]

    def hazard_days(self) -> np.ndarray:
        """Days at which one of the two hazards rises."""
        return np.unique(np.concatenate([m.fit_.risk_sets.times for m in self.models]))

    def free_of(self, markers: list[np.ndarray], times: np.ndarray) -> np.ndarray:
        """(n, k) 1 - F at `times` of patients with these linear predictors (n,), one for each of `models`."""
        days = self.hazard_days()
        steps = [np.diff(m.hazard(days), prepend=0.0) for m in self.models]
        ratios = [np.exp(marker) for marker in markers]
        n = len(ratios[0])
        free = np.full((n, len(times)), np.nan)
        column = np.searchsorted(days, times, side="right")
        rows = max(_CHUNK // max(len(days), 1), 1)
        for low in range(0, n, rows):
            part = slice(low, low + rows)
            own = np.outer(ratios[0][part], steps[0])
            every = sum(
                (np.outer(r[part], s) for r, s in zip(ratios, steps, strict=True)), np.zeros(own.shape)
            )
            before = np.exp(-(np.cumsum(every, axis=1) - every))
            share = np.divide(own, every, out=np.zeros_like(own), where=every > 0)
            incidence = np.cumsum(before * -np.expm1(-every) * share, axis=1)
            free[part] = 1.0 - np.column_stack([np.zeros(len(own)), incidence])[:, column]
        free[np.isnan(ratios[0])] = np.nan
        free[:, times > self.last_day_] = np.nan
        return free

    def _reasons(self, marker: Prediction, free: np.ndarray) -> np.ndarray:
        reason = np.array(marker.reason, dtype=object)
        beyond = np.isnan(free).all(axis=1) & (reason == "")
        reason[beyond] = "no day is within the follow-up of the training patients"
        return reason
