"""Cox regression for prediction: hazard ratios, and absolute survival with its interval from Efron's baseline."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.core.interaction import is_interaction
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models.model_size import FewEventsWarning, model_size
from spinesurv.stats.cox import CoxFit, CoxFitError, fit_cox, with_one_baseline
from spinesurv.stats.cox_survival import (
    Baseline,
    baseline_hazard,
    baseline_terms,
    robust_baseline_terms,
    robust_covariance,
)
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.ridge_tuning import PENALTIES, cross_validated_likelihood, even_folds, ridge_of

#: the baseline hazard of everybody: the only one, or that of sites which training never saw
ALL = "all"
CROSS_VALIDATED = "cross_validated"
FOLDS = 5
ERRORS = ("likelihood", "robust", "site")


class CoxNomogram(BaseEstimator):
    """Cox proportional hazards model on the columns of an `Encoder`: `make_pipeline(Encoder(terms), CoxNomogram())`.

    h(t | x) = h0(t) exp(x'b), Efron's handling of ties. Absolute survival is S(t | x) = exp(-H0(t) exp(x'b)) with
    Efron's estimate of H0 at the fitted coefficients, and an interval at `level` that is symmetric for
    log(-log S) and knows the errors of coefficients and baseline. Patients with a gap in any column are left out
    of the fit, counted in `left_out_`, and are missing in the prediction with the names of the variables.

    Parameters
    ----------
    penalty : float or "cross_validated"
        Ridge penalty on the coefficients, per patient and on columns scaled to unit variance (as lifelines does);
        0 for none. "cross_validated" takes the one of `stats.ridge_tuning.PENALTIES` with the largest
        cross-validated partial likelihood of the training patients, 5 folds.
    stratify_by : "site" or None
        A baseline hazard of its own for each site. Patients of sites that training never saw get the baseline of
        all training patients together, at the same coefficients.
    errors : "likelihood", "robust" or "site"
        Where standard errors and intervals come from: the information, each patient's influence (sandwich), or
        influence summed within sites, for which there should be many sites.
    level : confidence of the interval of predicted survival

    Attributes
    ----------
    coef_ : Series of log hazard ratios, index (variable, term)
    std_error_ : Series, same index
    covariance_ : of the coefficients, by `errors`
    penalty_ : the penalty used
    fit_, outcome_ : the CoxFit behind it and the outcome of its patients, which never leave the computer
    n_, events_ : patients and deaths the model was fitted on
    left_out_ : variable -> training patients in whom it was missing

    Warns
    -----
    FewEventsWarning
        Fewer than 10 deaths per parameter, with the numbers of Riley's criteria.

    Raises
    ------
    InputError
        No complete patient, no death, a predictor with one single value, or one that separates the dead from the
        living; an unknown setting; errors by site with one site. The message names the predictor, never a value.

    References
    ----------
    Cox DR. J R Stat Soc B 1972;34:187-220. Efron B. J Am Stat Assoc 1977;72:557-565. doi:10.1080/01621459.1977.10480613
    Verweij PJM, van Houwelingen HC. Stat Med 1993;12:2305-2314. doi:10.1002/sim.4780122407

    Agrees with
    -----------
    rms::cph, survest, robcov and nomogram, survival::coxph, ridge and survfit to 1e-9 (tests/models/test_against_rms.py),
    and lifelines.CoxPHFitter, also with its penalizer, to 1e-5. With robust errors or errors by site the intervals of
    survival are those of the whole sandwich; survfit puts the sandwich of the coefficients beside the likelihood's
    error of the baseline.
    """

    def __init__(
        self,
        penalty: float | str = 0.0,
        stratify_by: str | None = None,
        errors: str = "likelihood",
        level: float = 0.95,
    ) -> None:
        self.penalty = penalty
        self.stratify_by = stratify_by
        self.errors = errors
        self.level = level

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from encoded columns (variable, term) and the outcome of the same patients."""
        self.check_settings()
        outcome.of_any_cause("Cox model")
        design, left_out = complete_rows(patients)
        self.left_out_ = left_out
        judged = outcome.take(~patients.isna().any(axis=1).to_numpy())
        self.n_, self.events_ = len(judged), judged.n_events
        check_design(design, judged, left_out)
        self.columns_, self.outcome_ = patients.columns, judged
        found = sorted(set(_index_values(design, self.stratify_by)))
        self.strata_ = [*found, ALL] if self.stratify_by is not None else found
        code = np.array([self.strata_.index(s) for s in _index_values(design, self.stratify_by)])
        x = design.to_numpy(dtype=float)
        follow_up: dict[str, Any] = {"start": judged.entry_days, "strata": code}
        self.penalty_ = self._penalty(x, judged, follow_up)
        ridge = ridge_of(x, self.penalty_) if self.penalty_ else None
        try:
            self.fit_ = fit_cox(x, judged.time_days, judged.event, penalty=ridge, **follow_up)
        except CoxFitError as error:
            raise self._named(error) from None
        self._warn_of_few_events()
        self._common = self.fit_
        if self.stratify_by is not None:
            self._common = with_one_baseline(self.fit_, judged.time_days, start=judged.entry_days)
        self._cluster = _index_values(design, "site") if self.errors == "site" else None
        self.covariance_ = self._covariance()
        self.coef_ = pd.Series(self.fit_.coef, index=self.columns_, name="log_hazard_ratio")
        self.std_error_ = pd.Series(np.sqrt(np.diag(self.covariance_)), index=self.columns_, name="std_error")
        self.centre_ = x.mean(axis=0)
        self.last_day_ = float(judged.time_days.max())
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days` with its interval, and the linear predictor as marker.

        Missing beyond the last training follow-up.
        """
        if not hasattr(self, "coef_"):
            raise NotFittedError("Cox model: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        known = ~patients.isna().any(axis=1).to_numpy()
        reason = np.array(gap_reasons(patients), dtype=object)
        marker = np.full(len(patients), np.nan)
        survival, low, high = (np.full((len(patients), len(times)), np.nan) for _ in range(3))
        spread = patients[known].to_numpy(dtype=float) - self.centre_
        marker[known] = spread @ self.coef_.to_numpy()
        stratum = np.array(self.stratum_of(patients), dtype=object)
        for name in self.strata_:
            rows = known & (stratum == name)
            if not rows.any():
                continue
            baseline = self.baseline(times, stratum=name)
            survival[rows] = baseline.survival(marker[rows])
            error = baseline.error_log(spread[rows[known]], marker[rows], self.covariance_)
            low[rows], high[rows] = survival_interval(survival[rows], error, level=self.level, kind="log-log")
        return Prediction(
            patients.index,
            marker=marker,
            times_days=times,
            survival=survival,
            low=low,
            high=high,
            reason=reason,
        )

    def baseline(self, times_days: Any, *, stratum: str = ALL) -> Baseline:
        """Baseline hazard at `times_days` with what its errors need, columns at their training means `centre_`.

        Missing beyond the last training follow-up. `stratum`: one of `strata_`; "all" where there are none.
        """
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        fit, code = self._baseline_of(stratum)
        if self.errors == "likelihood":
            terms = baseline_terms(fit, times, stratum=code)
        else:
            terms = robust_baseline_terms(fit, times, stratum=code, cluster=self._cluster)
        return terms.moved(self.centre_ - fit.centre, fit.coef).where(times <= self.last_day_)

    def hazard(self, times_days: Any, *, stratum: str = ALL) -> np.ndarray:
        """Cumulative baseline hazard H0 at `times_days`, without its errors; see `baseline`."""
        times = np.asarray(times_days, dtype=float)
        fit, code = self._baseline_of(stratum)
        hazard = baseline_hazard(fit, times, stratum=code) * np.exp((self.centre_ - fit.centre) @ fit.coef)
        return np.where(times <= self.last_day_, hazard, np.nan)

    def median_days(self, linear_predictor: Any, *, stratum: str = ALL) -> np.ndarray:
        """First day by which survival is at most one half; missing where the training follow-up never shows it.

        `linear_predictor` : as the marker of a prediction, relative to the training means.
        """
        days = self.event_days(stratum)
        # a hazard that reaches log 2 exactly must not be missed by its last digit
        needed = np.log(2.0) * np.exp(-np.asarray(linear_predictor, dtype=float)) * (1 - 1e-12)
        first = np.searchsorted(self.hazard(days, stratum=stratum), needed)
        return np.where(np.isnan(needed), np.nan, np.append(days, np.nan)[first])

    def event_days(self, stratum: str = ALL) -> np.ndarray:
        """Days of training deaths, rising: where the baseline hazard of a stratum rises."""
        fit, code = self._baseline_of(stratum)
        days: np.ndarray = fit.risk_sets.times[fit.risk_sets.stratum_times(code)]
        return days

    def _baseline_of(self, stratum: str) -> tuple[CoxFit, int]:
        return (self._common, 0) if stratum == ALL else (self.fit_, self.strata_.index(stratum))

    def stratum_of(self, patients: pd.DataFrame) -> list[str]:
        """The baseline hazard, one of `strata_`, that each patient is predicted with."""
        return [s if s in self.strata_ else ALL for s in _index_values(patients, self.stratify_by)]

    def check_settings(self) -> None:
        """Refuse a setting that is not known; nothing is fitted."""
        if self.stratify_by not in (None, "site"):
            raise InputError(f"Cox model: stratify_by {self.stratify_by!r} found, site or nothing expected.")
        if self.errors not in ERRORS:
            raise InputError(f"Cox model: errors {self.errors!r} found; {', '.join(ERRORS)} are known.")
        named = isinstance(self.penalty, str) and self.penalty == CROSS_VALIDATED
        if not named and (isinstance(self.penalty, str) or not 0 <= self.penalty < np.inf):
            raise InputError(
                f"Cox model: penalty {self.penalty!r} found; a number from 0, or {CROSS_VALIDATED!r}, is expected."
            )

    def _penalty(self, x: np.ndarray, outcome: Outcome, follow_up: dict[str, Any]) -> float:
        if self.penalty != CROSS_VALIDATED:
            return float(self.penalty)
        if outcome.n_events < FOLDS:
            raise InputError(
                f"Cox model: {outcome.n_events} deaths are too few to choose a penalty in {FOLDS} folds. Name a number."
            )
        time, event = outcome.time_days, outcome.event
        folds = even_folds(time, event, FOLDS)
        likelihood = cross_validated_likelihood(x, time, event, PENALTIES, folds=folds, **follow_up)
        return float(PENALTIES[int(np.argmax(likelihood))])

    def _named(self, error: CoxFitError) -> CoxFitError:
        """The error with the predictors that it is about."""
        names = dict.fromkeys(str(self.columns_[c][0]) for c in error.columns)
        size = f"{len(self.columns_)} columns, {self.events_} deaths"
        return CoxFitError(
            f"{error} Predictors concerned: {', '.join(names) or 'all'} ({size}).", error.columns
        )

    def _warn_of_few_events(self) -> None:
        parameters = self.fit_.effective_df if self.penalty_ else float(len(self.fit_.coef))
        words = model_size(self.fit_, self.outcome_, parameters=parameters).warning
        if words:
            warnings.warn(words, FewEventsWarning, stacklevel=3)

    def _covariance(self) -> np.ndarray:
        if self.errors == "likelihood":
            return self.fit_.covariance
        if self._cluster is not None and len(set(self._cluster)) < 2:
            raise InputError(
                'Cox model: errors = "site" needs two or more training sites. Use robust errors.'
            )
        return robust_covariance(self.fit_, cluster=self._cluster)


def _index_values(patients: pd.DataFrame, name: str | None) -> list[str]:
    """Values of a level of the index as text; `ALL` for everybody where none is named."""
    if name is None:
        return [ALL] * len(patients)
    if name not in patients.index.names:
        raise InputError(
            f"Cox model: the patients have no {name} in their index; it is needed by its settings."
        )
    return [str(v) for v in patients.index.get_level_values(name)]


def complete_rows(patients: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows of encoded columns without a gap, and variable -> number of rows in which it is missing."""
    if patients.columns.nlevels != 2:
        raise InputError(
            "Cox model: it stands behind an Encoder: make_pipeline(Encoder(terms), CoxNomogram())."
        )
    missing = _missing(patients).sum()
    return patients.dropna(), {str(k): int(v) for k, v in missing.items() if v}


def check_design(design: pd.DataFrame, outcome: Outcome, left_out: dict[str, int]) -> None:
    """Refuse a design that nothing can be learned from: no death, or a predictor with one single value."""
    gaps = ", ".join(f"{k} in {v}" for k, v in sorted(left_out.items(), key=lambda kv: -kv[1]))
    if outcome.n_events == 0:
        raise InputError(
            f"Cox model: {len(outcome)} complete training patients and no death among them. Missing: {gaps or 'nothing'}."
            " Use fewer predictors, or impute."
        )
    spread = np.ptp(design.to_numpy(dtype=float), axis=0) if len(design) else np.zeros(design.shape[1])
    constant = sorted({str(v) for v in design.columns.get_level_values("variable")[spread == 0]})
    if constant:
        raise InputError(
            f"Cox model: predictor {', '.join(constant)} has one single value in the {len(design)} complete training "
            "patients. A constant cannot predict: leave it out of the study file."
        )


def gap_reasons(patients: pd.DataFrame) -> list[str]:
    """Row of encoded columns -> why it cannot be predicted; empty where it can."""
    missing = _missing(patients)
    names = [str(c) for c in missing.columns]
    words: dict[tuple[bool, ...], str] = {}
    out = []
    for row in missing.itertuples(index=False, name=None):
        if row not in words:
            gaps = [n for n, gone in zip(names, row, strict=True) if gone]
            words[row] = f"missing or of a level never seen in training: {', '.join(gaps)}" if gaps else ""
        out.append(words[row])
    return out


def _missing(patients: pd.DataFrame) -> pd.DataFrame:
    """(n, variables) where a variable has a gap; an interaction has one only where its variables have."""
    by_variable = patients.isna().T.groupby(level="variable", sort=False).any().T
    return by_variable[[name for name in by_variable.columns if not is_interaction(str(name))]]
