"""Baseline hazard and predicted survival of a Cox model, their errors, and influence values of patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_residuals import score_residuals


def baseline_hazard(fit: CoxFit, times: ArrayLike, *, stratum: int = 0) -> FloatArray:
    """Cumulative hazard H(t) at the means of the columns, at `times` (right-continuous).

    Efron's estimate goes with Efron ties, Breslow's with Breslow ties: the sum over deaths up to t of the mean
    weight of those tied, divided by what is at risk when this one leaves.
    """
    grid, hazard = _hazard_curve(fit, stratum)
    return floats(np.concatenate([[0.0], hazard])[np.searchsorted(grid, floats(times), side="right")])


def hazard_before(fit: CoxFit, times: ArrayLike, *, stratum: int = 0) -> FloatArray:
    """Cumulative hazard just before `times` (left limit)."""
    grid, hazard = _hazard_curve(fit, stratum)
    return floats(np.concatenate([[0.0], hazard])[np.searchsorted(grid, floats(times), side="left")])


def survival(fit: CoxFit, design: ArrayLike, times: ArrayLike, *, stratum: int = 0) -> FloatArray:
    """(rows, times) survival exp(-H(t) exp(linear predictor)) of new rows."""
    hazard = baseline_hazard(fit, np.atleast_1d(floats(times)), stratum=stratum)
    return floats(np.exp(-np.outer(np.exp(fit.linear_predictor(design)), hazard)))


def survival_error_log(fit: CoxFit, design: ArrayLike, times: ArrayLike, *, stratum: int = 0) -> FloatArray:
    """(rows, times) standard error of log survival of new rows, from the likelihood.

    Its square is exp(2 lp) (V0(t) + d(t)' V d(t)): V0 the sum of squared hazard steps, V the covariance of the
    coefficients, d(t) = H(t) x - sum of (mean at risk) dH, columns relative to their means.

    Notes
    -----
    Agrees with survival::survfit.coxph and rms::survest.
    """
    sets = fit.risk_sets
    phi, mean = fit.step_terms()
    mass = sets.mean_weight[sets.step_time]
    part = sets.stratum_times(stratum)
    grid = sets.times[part]
    index = np.searchsorted(grid, np.atleast_1d(floats(times)), side="right")

    def up_to(steps: FloatArray) -> FloatArray:
        total = np.cumsum(sets.per_time(steps)[part], axis=0)
        return np.concatenate([np.zeros((1, *total.shape[1:])), total])[index]

    hazard, squared = up_to(mass / phi), up_to(mass / phi**2)
    shift = up_to((mass / phi)[:, None] * mean)
    x = floats(design) - fit.centre
    out = np.empty((len(x), len(index)))
    for k in range(len(index)):
        d = hazard[k] * x - shift[k]
        out[:, k] = np.sqrt(squared[k] + np.einsum("ij,jk,ik->i", d, fit.covariance, d))
    return np.exp(fit.linear_predictor(design))[:, None] * out


def coefficient_influence(fit: CoxFit) -> FloatArray:
    """(n, p) weight times derivative of the coefficients with respect to each patient's weight (dfbeta).

    Their cross product is the robust (sandwich) covariance; sum rows within clusters first where there are any.
    """
    phi, mean = fit.step_terms()
    relative = (fit.weights * fit.hazard_ratio)[:, None]
    share = (fit.risk_sets.mean_weight[fit.risk_sets.step_time] / phi)[:, None]
    through = fit.risk_sets.through_weights
    score = fit.weights[:, None] * score_residuals(fit)
    score -= through(relative * (fit.design - fit.centre), np.broadcast_to(share, mean.shape))
    score += through(np.broadcast_to(relative, fit.design.shape), share * mean)
    return floats(score @ fit.covariance)


def hazard_influence(
    fit: CoxFit, time: float, *, stratum: int = 0, coefficients: FloatArray | None = None
) -> FloatArray:
    """(n,) weight times derivative of the baseline hazard H(time) (columns at fixed means) by patient weight.

    `coefficients` : result of `coefficient_influence`, where the caller has it already.
    """
    sets = fit.risk_sets
    phi, mean = fit.step_terms()
    mass = sets.mean_weight[sets.step_time]
    here = (sets.strata[sets.step_time] == stratum) & (sets.times[sets.step_time] <= time)
    out = -fit.hazard_ratio * sets.while_at_risk(np.where(here, mass / phi**2, 0.0))
    own = sets.per_time(np.where(here, 1.0 / phi, 0.0)) / np.maximum(sets.count, 1)
    out[sets.deaths] += own[sets.step_time]
    drift = np.where(here, mass / phi, 0.0) @ mean
    dfbeta = coefficient_influence(fit) if coefficients is None else coefficients
    relative, steps = fit.weights * fit.hazard_ratio, np.where(here, mass / phi**2, 0.0)
    estimated = sets.through_weights(relative[:, None], steps[:, None])[:, 0]
    return floats(fit.weights * out - estimated - dfbeta @ drift)


def _hazard_curve(fit: CoxFit, stratum: int) -> tuple[FloatArray, FloatArray]:
    sets = fit.risk_sets
    phi, _ = fit.step_terms()
    part: slice = sets.stratum_times(stratum)
    steps = sets.per_time(sets.mean_weight[sets.step_time] / phi)[part]
    return sets.times[part], np.cumsum(steps)
