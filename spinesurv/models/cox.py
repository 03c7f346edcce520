"""Cox regression for prediction: hazard ratios, and absolute survival from Efron's baseline."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError, NotFittedError
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.cox_survival import baseline_hazard

# lifelines stops at a change of about 1e-7 by default, which leaves 3e-6 in the coefficients
PRECISION = {"precision": 1e-11, "r_precision": 1e-14, "max_steps": 200}


class CoxNomogram(BaseEstimator):
    """Cox proportional hazards model on the columns of an `Encoder`: `make_pipeline(Encoder(terms), CoxNomogram())`.

    h(t | x) = h0(t) exp(x'b), Efron's handling of ties. Absolute survival is S(t | x) = exp(-H0(t) exp(x'b)) with
    Efron's estimate of H0 at the fitted coefficients. Patients with a gap in any column are left out of the fit,
    counted in `left_out_`, and are missing in the prediction with the names of the variables.

    Parameters
    ----------
    penalty : float
        Ridge penalty on the coefficients, as in lifelines (on columns scaled to unit variance); 0 for none.
    stratify_by : "site" or None
        A baseline hazard of its own for each site. Survival can then be predicted for those sites only.

    Attributes
    ----------
    coef_ : Series of log hazard ratios, index (variable, term)
    std_error_ : Series, same index
    n_, events_ : patients and deaths the model was fitted on
    left_out_ : variable -> training patients in whom it was missing

    Raises
    ------
    InputError
        No complete patient, no death, a predictor with one single value, or one that separates the dead from the
        living. The message names the predictor, never a value.

    References
    ----------
    Cox DR. J R Stat Soc B 1972;34:187-220. Efron B. J Am Stat Assoc 1977;72:557-565. doi:10.1080/01621459.1977.10480613

    Agrees with
    -----------
    survival::coxph through `stats.cox`, and lifelines.CoxPHFitter to 1e-5 where that converges.
    """

    def __init__(self, penalty: float = 0.0, stratify_by: str | None = None) -> None:
        self.penalty = penalty
        self.stratify_by = stratify_by

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn from encoded columns (variable, term) and the outcome of the same patients."""
        design, left_out = _complete(patients)
        self.left_out_ = left_out
        judged = outcome.take(~patients.isna().any(axis=1).to_numpy())
        self.n_, self.events_ = len(judged), judged.n_events
        _check(design, judged, left_out)
        self.columns_ = patients.columns
        self.strata_ = self._strata(design)
        code = np.array([self.strata_.index(s) for s in self.stratum_of(design)])
        coef, self.covariance_ = self._estimate(design, judged, code)
        self.coef_ = pd.Series(coef, index=self.columns_, name="log_hazard_ratio")
        self.std_error_ = pd.Series(np.sqrt(np.diag(self.covariance_)), index=self.columns_, name="std_error")
        self.centre_ = design.to_numpy().mean(axis=0)
        self.last_day_ = float(judged.time_days.max())
        self.baseline_ = fit_cox(
            np.empty((self.n_, 0)),
            judged.time_days,
            judged.event,
            start=judged.entry_days,
            strata=code,
            offset=self._linear_predictor(design),
        )
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days` (missing beyond the last training follow-up) and the linear predictor as marker."""
        if not hasattr(self, "coef_"):
            raise NotFittedError("Cox model: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        known = ~patients.isna().any(axis=1).to_numpy()
        reason = np.array(_gaps(patients), dtype=object)
        marker = np.full(len(patients), np.nan)
        survival = np.full((len(patients), len(times)), np.nan)
        marker[known] = self._linear_predictor(patients[known])
        stratum = np.array(self.stratum_of(patients), dtype=object)
        for name in self.strata_:
            rows = known & (stratum == name)
            survival[rows] = np.exp(-np.outer(np.exp(marker[rows]), self.hazard(times, stratum=name)))
        elsewhere = known & ~np.isin(stratum, self.strata_)
        reason[elsewhere] = "no baseline hazard for this site in the training data; the marker is there"
        return Prediction(patients.index, marker=marker, times_days=times, survival=survival, reason=reason)

    def hazard(self, times_days: Any, *, stratum: str = "all") -> np.ndarray:
        """Cumulative baseline hazard H0 at `times_days`, columns at their training means `centre_`.

        Missing beyond the last training follow-up. `stratum`: one of `strata_`; "all" where there are none.
        """
        times = np.asarray(times_days, dtype=float)
        hazard = baseline_hazard(self.baseline_, times, stratum=self.strata_.index(stratum))
        return np.where(times <= self.last_day_, hazard, np.nan)

    def median_days(self, linear_predictor: Any, *, stratum: str = "all") -> np.ndarray:
        """First day by which survival is at most one half; missing where the training follow-up never shows it.

        `linear_predictor` : as the marker of a prediction, relative to the training means.
        """
        sets = self.baseline_.risk_sets
        days = sets.times[sets.stratum_times(self.strata_.index(stratum))]
        # a hazard that reaches log 2 exactly must not be missed by its last digit
        needed = np.log(2.0) * np.exp(-np.asarray(linear_predictor, dtype=float)) * (1 - 1e-12)
        first = np.searchsorted(self.hazard(days, stratum=stratum), needed)
        return np.where(np.isnan(needed), np.nan, np.append(days, np.nan)[first])

    def _linear_predictor(self, design: pd.DataFrame) -> np.ndarray:
        return (design.to_numpy(dtype=float) - self.centre_) @ self.coef_.to_numpy()

    def stratum_of(self, patients: pd.DataFrame) -> list[str]:
        """Stratum of each patient, "all" where there are none."""
        if self.stratify_by is None:
            return ["all"] * len(patients)
        if self.stratify_by not in patients.index.names:
            raise InputError(f"Cox model: stratify_by {self.stratify_by!r} found, site or nothing expected.")
        return [str(v) for v in patients.index.get_level_values(self.stratify_by)]

    def _strata(self, design: pd.DataFrame) -> list[str]:
        return sorted(set(self.stratum_of(design)))

    def _estimate(
        self, design: pd.DataFrame, outcome: Outcome, stratum: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Log hazard ratios and their covariance: lifelines where there is a penalty, else the kernel.

        The steps of lifelines are not halved where they overshoot, as they do on spline columns of a predictor with a
        long tail (neutrophil-to-lymphocyte ratio); those of the kernel are.
        """
        if self.penalty:
            fitted = self._lifelines(design, outcome)
            return fitted.params_.to_numpy(), fitted.variance_matrix_.to_numpy()
        kernel = fit_cox(
            design.to_numpy(dtype=float),
            outcome.time_days,
            outcome.event,
            start=outcome.entry_days,
            strata=stratum,
        )
        return kernel.coef, kernel.covariance

    def _lifelines(self, design: pd.DataFrame, outcome: Outcome) -> Any:
        from lifelines import CoxPHFitter
        from lifelines.exceptions import ConvergenceError, ConvergenceWarning

        names = [f"x{i}" for i in range(design.shape[1])]
        table = pd.DataFrame(design.to_numpy(dtype=float), columns=names)
        table["time"], table["event"] = outcome.time_days, outcome.event.astype(int)
        options: dict[str, Any] = {}
        if outcome.entry_days is not None:
            table["entry"] = outcome.entry_days
            options["entry_col"] = "entry"
        if self.stratify_by is not None:
            table["stratum"] = self.stratum_of(design)
            options["strata"] = ["stratum"]
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                return CoxPHFitter(penalizer=self.penalty).fit(
                    table, "time", "event", fit_options=PRECISION, **options
                )
            except (ConvergenceError, ConvergenceWarning) as error:
                raise InputError(
                    f"Cox model: the fit on {self.n_} patients and {self.events_} deaths did not settle. A predictor "
                    "separates the dead from the living, or two predictors say the same. Leave one out, merge rare "
                    "levels (minimum_patients), or set a penalty."
                ) from error


def _complete(patients: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    if patients.columns.nlevels != 2:
        raise InputError(
            "Cox model: it stands behind an Encoder: make_pipeline(Encoder(terms), CoxNomogram())."
        )
    missing = patients.isna().T.groupby(level="variable", sort=False).any().T.sum()
    return patients.dropna(), {str(k): int(v) for k, v in missing.items() if v}


def _check(design: pd.DataFrame, outcome: Outcome, left_out: dict[str, int]) -> None:
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


def _gaps(patients: pd.DataFrame) -> list[str]:
    missing = patients.isna().T.groupby(level="variable", sort=False).any().T
    names = [str(c) for c in missing.columns]
    words: dict[tuple[bool, ...], str] = {}
    out = []
    for row in missing.itertuples(index=False, name=None):
        if row not in words:
            gaps = [n for n, gone in zip(names, row, strict=True) if gone]
            words[row] = f"missing or of a level never seen in training: {', '.join(gaps)}" if gaps else ""
        out.append(words[row])
    return out
