"""Smooth calibration of predicted risks at a horizon: Cox regression on their complementary log-log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.censoring import KaplanMeierCensoring
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.cox_survival import (
    baseline_hazard,
    coefficient_influence,
    hazard_influence,
    survival,
    survival_error_log,
)
from spinesurv.stats.fine_gray import fit_fine_gray
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.splines import knots as default_knots
from spinesurv.stats.splines import restricted_cubic
from spinesurv.stats.weighted_quantile import weighted_quantile


def cloglog(risk: ArrayLike) -> FloatArray:
    """log(-log(1 - risk)); infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.log(-np.log1p(-floats(risk)))


@dataclass(frozen=True, eq=False)
class CalibrationLine:
    """log(-log(1 - observed risk)) = columns @ coef of the patients a curve was fitted on.

    Parameters
    ----------
    columns : (n, q) 1 for the baseline hazard, and the centred spline
    coef : (q,) logarithm of the baseline hazard at the horizon, and the coefficients of the spline
    influence : (n, q) influence values of `coef`
    """

    columns: FloatArray
    coef: FloatArray
    influence: FloatArray


@dataclass(frozen=True, eq=False)
class CalibrationFit:
    """Observed risk as a smooth function of predicted risk.

    Parameters
    ----------
    fit : Cox model on the spline columns; a Fine-Gray model where events compete
    knots : knots on the complementary log-log scale; empty for a linear term
    horizon : time at which risks are compared
    risk : (n,) predicted risks it was fitted on
    robust : intervals from influence values instead of the likelihood
    """

    fit: CoxFit
    knots: FloatArray
    horizon: float
    risk: FloatArray
    robust: bool = False

    def _columns(self, risk: ArrayLike) -> FloatArray:
        x = cloglog(risk)
        return x[:, None] if len(self.knots) == 0 else restricted_cubic(x, self.knots)

    def observed(self, risk: ArrayLike) -> FloatArray:
        """Risk observed among patients with these predicted risks."""
        return 1.0 - survival(self.fit, self._columns(risk), [self.horizon])[:, 0]

    def line(self) -> CalibrationLine:
        """The curve as a linear predictor of the patients."""
        fit = self.fit
        hazard = float(baseline_hazard(fit, [self.horizon])[0])
        by_coef = coefficient_influence(fit)
        by_hazard = hazard_influence(fit, self.horizon, coefficients=by_coef) / hazard
        columns = self._columns(self.risk) - fit.centre
        return CalibrationLine(
            np.column_stack([np.ones(len(columns)), columns]),
            np.append(np.log(hazard), fit.coef),
            np.column_stack([by_hazard, by_coef]),
        )

    def interval(self, risk: ArrayLike, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise interval of `observed`, symmetric for the logarithm of survival as rms::survest does."""
        columns = self._columns(risk)
        alive = survival(self.fit, columns, [self.horizon])[:, 0]
        error = (
            self._robust_error_log(columns)
            if self.robust
            else survival_error_log(self.fit, columns, [self.horizon])[:, 0]
        )
        low, high = survival_interval(alive, error, level=level, kind="log")
        return 1.0 - high, 1.0 - low

    def _robust_error_log(self, columns: FloatArray) -> FloatArray:
        """Standard error of the logarithm of 1 - observed risk."""
        fit = self.fit
        by_coef = coefficient_influence(fit)
        by_hazard = hazard_influence(fit, self.horizon, coefficients=by_coef)
        hazard = float(baseline_hazard(fit, [self.horizon])[0])
        moved = by_hazard[:, None] + hazard * by_coef @ (columns - fit.centre).T
        return floats(np.exp(fit.linear_predictor(columns)) * np.sqrt(np.sum(moved**2, axis=0)))

    def error(self) -> FloatArray:
        """(n,) |observed - predicted| of the patients."""
        return np.abs(self.observed(self.risk) - self.risk)

    def mean_error(self) -> tuple[float, FloatArray]:
        """Integrated calibration index, weighted mean of `error`, with (n,) influence values.

        The knots are taken as fixed; coefficients and baseline hazard vary. Where observed and predicted risk
        cross, the absolute value has no derivative, so the error is too small when the index is near 0.
        """
        weights, error = self.fit.weights / self.fit.weights.sum(), self.error()
        value = float(weights @ error)
        return value, weights * (error - value) + self._shift(weights)

    def error_quantile(self, share: float) -> tuple[float, FloatArray]:
        """Quantile of `error`, with (n,) influence values: .5 is E50, .9 E90; knots fixed as in `mean_error`.

        Two parts: how the curve moves, averaged over the patients within h of the quantile in rank; and whose
        error is below it, (share - 1(error <= quantile)) / density, the density from the quantiles at share - h
        and share + h. Where more patients than that share the quantile itself (groups of a score), they alone
        are averaged, and the quantile stays with them.

        References
        ----------
        Bofinger E. Aust J Stat 1975;17:1-7 (h).
        """
        weights, error = self.fit.weights / self.fit.weights.sum(), self.error()
        h = _rank_width(share, 1.0 / float(weights @ weights))
        value, first, last = weighted_quantile(error, [share, share - h, share + h], weights)
        tied = np.isclose(error, value, rtol=0.0, atol=1e-12)
        if float(weights[tied].sum()) > 2.0 * h:
            return float(value), self._shift(weights * tied / weights[tied].sum())
        near = (error >= first) & (error <= last)
        by_rank = weights * (share - (error <= value)) * (last - first) / (2.0 * h)
        return float(value), by_rank + self._shift(weights * near / weights[near].sum())

    def largest_error(self) -> tuple[float, FloatArray]:
        """Emax, the largest `error`, with (n,) influence values: how the curve moves where it is.

        A maximum of a curve that varies is too large on average, by more than its error where the curve is flat at
        the top or there are several tops: limits come from `stats/largest_distance.py`.
        """
        error = self.error()
        here = np.zeros(len(error))
        here[int(np.argmax(error))] = 1.0
        return float(error.max()), self._shift(here)

    def _shift(self, shares: FloatArray) -> FloatArray:
        """(n,) influence on the sum of shares * error through coefficients and baseline hazard."""
        line = self.line()
        hazard = np.exp(line.columns @ line.coef)
        sign = np.sign(self.observed(self.risk) - self.risk)
        return floats(line.influence @ ((shares * sign * hazard * np.exp(-hazard)) @ line.columns))


def _rank_width(share: float, n: float) -> float:
    """Half the width, in ranks, over which a density at a quantile of n values is taken (Bofinger's rule)."""
    z = float(ndtri(share))
    density = float(np.exp(-z * z / 2.0) / np.sqrt(2.0 * np.pi))
    h = n**-0.2 * (4.5 * density**4 / (2.0 * z * z + 1.0) ** 2) ** 0.2
    return float(min(h, share, 1.0 - share))


def fit_calibration(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    *,
    knots: int | ArrayLike = 3,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    competing: ArrayLike | None = None,
    censoring: KaplanMeierCensoring | None = None,
) -> CalibrationFit:
    """Cox regression on a restricted cubic spline of log(-log(1 - risk)), Efron ties; Fine-Gray where events compete.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether the event was seen
    risk : (n,) predicted risk by `horizon`, strictly between 0 and 1, with at least two distinct values
    knots : how many (3 to 7, placed by the rule of `splines.knots`), or where, on the complementary log-log
        scale. A linear term takes the place of the spline where the risks have too few distinct values for 3
        knots; with two distinct risks that fits each of the two groups its own level
    start, weights : (n,) delayed entry; case weights
    competing : (n,) whether follow-up ended with an event that prevents the one of interest; no delayed entry then
    censoring : needed with `competing`: curve of censoring of these patients

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
    Austin PC, Putter H, Giardiello D, van Klaveren D. Diagn Progn Res 2022;6:2. doi:10.1186/s41512-021-00114-6 (competing)
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
    w = case_weights(weights, len(p))
    if competing is None or censoring is None:
        return CalibrationFit(fit_cox(columns, time, event, start=start, weights=w), at, horizon, p)
    shared = fit_fine_gray(columns, time, event, competing, censoring, weights=w)
    return CalibrationFit(shared, at, horizon, p, robust=True)
