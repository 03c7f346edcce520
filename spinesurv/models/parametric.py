"""Parametric survival: accelerated failure time models, whose survival is defined beyond the last death and is smooth."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError, NotFittedError, unknown_name
from spinesurv.models.cox import check_design, complete_rows, gap_reasons
from spinesurv.stats.failure_time import DISTRIBUTIONS, failure_time_survival


class ParametricSurvival(BaseEstimator):
    """Accelerated failure time model on the columns of an `Encoder`: `make_pipeline(Encoder(terms), ParametricSurvival())`.

    log T = b0 + x'b + s e, with the error e of the distribution; fitted by maximum likelihood with lifelines. With
    "weibull" the hazards are proportional, as in a Cox model, with a baseline hazard that only rises or only falls. Columns
    are brought to unit spread for the fit, so `penalty` does not depend on units.

    Parameters
    ----------
    distribution : weibull, log_normal or log_logistic
    penalty : ridge penalty of the coefficients, as lifelines' `penalizer`; 0 for none

    Attributes
    ----------
    coef_ : Series of x'b per unit of a column, index (variable, term); above 0 = lives longer
    location_, scale_ : b0 for a patient at the training means, and s
    n_, events_ : patients and deaths the model was fitted on
    left_out_ : variable -> training patients in whom it was missing

    Raises
    ------
    InputError
        An unknown distribution, no complete patient, no death, a predictor with one single value, or a likelihood without
        a maximum.

    Notes
    -----
    Survival is missing beyond the last training follow-up, as for every other model here: what lies there would be the
    distribution's word alone. The marker is -x'b.

    References
    ----------
    Davidson-Pilon C. lifelines: survival analysis in Python. J Open Source Softw 2019;4:1317. doi:10.21105/joss.01317

    Agrees with
    -----------
    lifelines, whose fit it is; the true coefficients of simulated exponential survival.
    """

    def __init__(self, distribution: str = "weibull", penalty: float = 0.0) -> None:
        self.distribution = distribution
        self.penalty = penalty

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from encoded columns (variable, term) and the outcome of the same patients."""
        outcome.of_any_cause("parametric survival model")
        self.check_settings()
        design, self.left_out_ = complete_rows(patients)
        known = outcome.take(~patients.isna().any(axis=1).to_numpy())
        check_design(design, known, self.left_out_)
        self.n_, self.events_ = len(known), known.n_events
        self.columns_ = patients.columns
        x = design.to_numpy(dtype=float)
        self.centre_, spread = x.mean(axis=0), x.std(axis=0)
        scaled, self.location_, self.scale_ = self._fitted((x - self.centre_) / spread, known)
        self.coef_ = pd.Series(scaled / spread, index=self.columns_, name="log_time_ratio")
        self.last_day_ = float(known.time_days.max())
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days`, missing beyond the last training follow-up, and -x'b as marker."""
        if not hasattr(self, "coef_"):
            raise NotFittedError("parametric model: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        known = ~patients.isna().any(axis=1).to_numpy()
        centred = patients[known].to_numpy(dtype=float) - self.centre_
        marker = np.full(len(patients), np.nan)
        marker[known] = -centred @ self.coef_.to_numpy()
        return Prediction(
            patients.index,
            marker=marker,
            times_days=times,
            survival=self.survival_of(marker, times),
            reason=np.array(gap_reasons(patients), dtype=object),
        )

    def survival_of(self, marker: np.ndarray, times: np.ndarray) -> np.ndarray:
        """(n, k) survival at `times` of patients with these markers."""
        survival = failure_time_survival(self.distribution, times, self.location_ - marker, self.scale_)
        return np.where(times <= self.last_day_, survival, np.nan)

    def check_settings(self) -> None:
        """Refuse a setting that is not known; nothing is fitted."""
        if self.distribution not in DISTRIBUTIONS:
            raise unknown_name("distribution", self.distribution, DISTRIBUTIONS, where="parametric model")
        if isinstance(self.penalty, str) or not 0 <= self.penalty < np.inf:
            raise InputError(
                f"parametric model: penalty {self.penalty!r} found; a number from 0 is expected."
            )

    def _fitted(self, scaled: np.ndarray, outcome: Outcome) -> tuple[np.ndarray, float, float]:
        """Coefficients of the scaled columns, location and scale, by maximum likelihood."""
        from lifelines import LogLogisticAFTFitter, LogNormalAFTFitter, WeibullAFTFitter
        from lifelines.exceptions import ConvergenceError, ConvergenceWarning

        fitter = {
            "weibull": WeibullAFTFitter,
            "log_normal": LogNormalAFTFitter,
            "log_logistic": LogLogisticAFTFitter,
        }[self.distribution]
        names = [f"x{j}" for j in range(scaled.shape[1])]
        table = pd.DataFrame(scaled, columns=names)
        table = table.assign(time=outcome.time_days, event=outcome.event.astype(int))
        entry = None
        if outcome.entry_days is not None:
            table, entry = table.assign(entry=outcome.entry_days), "entry"
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                fit = fitter(penalizer=float(self.penalty)).fit(
                    table, duration_col="time", event_col="event", entry_col=entry
                )
            except (ConvergenceError, ConvergenceWarning):
                raise InputError(
                    f"parametric model: the {self.distribution} likelihood of {len(outcome)} patients with "
                    f"{outcome.n_events} deaths has no maximum that could be found. Use fewer predictors, a penalty above 0, "
                    "or a Cox model."
                ) from None
        own = fit.params_[fit._primary_parameter_name]
        log_shape = float(fit.params_[fit._ancillary_parameter_name]["Intercept"])
        scale = np.exp(log_shape if self.distribution == "log_normal" else -log_shape)
        return own.loc[names].to_numpy(), float(own["Intercept"]), float(scale)
