"""Smooth calibration of predicted risks at a horizon: Cox regression on their complementary log-log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.cox_survival import (
    baseline_hazard,
    coefficient_influence,
    hazard_influence,
    survival,
    survival_error_log,
)
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.splines import knots as default_knots
from spinesurv.stats.splines import restricted_cubic


def cloglog(risk: ArrayLike) -> FloatArray:
    """log(-log(1 - risk)); infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.log(-np.log1p(-floats(risk)))


@dataclass(frozen=True, eq=False)
class CalibrationFit:
    """Observed risk as a smooth function of predicted risk.

    Parameters
    ----------
    fit : Cox model on the spline columns
    knots : knots on the complementary log-log scale; empty for a linear term
    horizon : time at which risks are compared
    risk : (n,) predicted risks it was fitted on
    """

    fit: CoxFit
    knots: FloatArray
    horizon: float
    risk: FloatArray

    def _columns(self, risk: ArrayLike) -> FloatArray:
        x = cloglog(risk)
        return x[:, None] if len(self.knots) == 0 else restricted_cubic(x, self.knots)

    def observed(self, risk: ArrayLike) -> FloatArray:
        """Risk observed among patients with these predicted risks."""
        return 1.0 - survival(self.fit, self._columns(risk), [self.horizon])[:, 0]

    def interval(self, risk: ArrayLike, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise interval of `observed`, symmetric for the logarithm of survival as rms::survest does."""
        columns = self._columns(risk)
        alive = survival(self.fit, columns, [self.horizon])[:, 0]
        error = survival_error_log(self.fit, columns, [self.horizon])[:, 0]
        low, high = survival_interval(alive, error, level=level, kind="log")
        return 1.0 - high, 1.0 - low

    def mean_error(self) -> tuple[float, FloatArray]:
        """Integrated calibration index, weighted mean of |observed - predicted|, with (n,) influence values.

        The knots are taken as fixed; coefficients and baseline hazard vary. Where observed and predicted risk
        cross, the absolute value has no derivative, so the error is too small when the index is near 0.
        """
        fit = self.fit
        weights = fit.weights / fit.weights.sum()
        difference = self.observed(self.risk) - self.risk
        value = float(weights @ np.abs(difference))
        columns = self._columns(self.risk) - fit.centre
        hazard = float(baseline_hazard(fit, [self.horizon])[0])
        ratio = np.exp(columns @ fit.coef)
        slope = weights * np.sign(difference) * ratio * np.exp(-hazard * ratio)
        by_coef = coefficient_influence(fit)
        by_hazard = hazard_influence(fit, self.horizon, coefficients=by_coef)
        influence = weights * (np.abs(difference) - value)
        influence = influence + slope.sum() * by_hazard + by_coef @ (hazard * (slope @ columns))
        return value, influence

    def error_quantiles(self, shares: ArrayLike) -> FloatArray:
        """Quantiles (type 7) of |observed - predicted| over the patients: .5 is E50, .9 E90, 1 Emax."""
        return np.quantile(np.abs(self.observed(self.risk) - self.risk), floats(shares))


def fit_calibration(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    *,
    knots: int | ArrayLike = 3,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> CalibrationFit:
    """Cox regression on a restricted cubic spline of log(-log(1 - risk)), Efron ties.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether the event was seen
    risk : (n,) predicted risk by `horizon`, strictly between 0 and 1, with at least two distinct values
    knots : how many (3 to 7, placed by the rule of `splines.knots`), or where, on the complementary log-log
        scale. A linear term takes the place of the spline where the risks have too few distinct values for 3
        knots; with two distinct risks that fits each of the two groups its own level
    start, weights : (n,) delayed entry; case weights

    Raises
    ------
    CoxFitError
        The Cox model cannot be estimated.

    Notes
    -----
    Agrees with rms::cph on rcs at full convergence and rms::survest, golden cases ``cal.*.rcs*``.

    References
    ----------
    Austin PC, Harrell FE, van Klaveren D. Stat Med 2020;39:2714-2742. doi:10.1002/sim.8570
    """
    p = floats(risk)
    x = cloglog(p)
    if np.ndim(knots) > 0:
        at = floats(knots)
    else:
        try:
            at = default_knots(x, int(np.asarray(knots)))
        except InputError:
            at = x[:0]
    columns = x[:, None] if len(at) == 0 else restricted_cubic(x, at)
    fit = fit_cox(columns, time, event, start=start, weights=case_weights(weights, len(p)))
    return CalibrationFit(fit, at, horizon, p)
