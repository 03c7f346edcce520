"""Baseline hazard and predicted survival of a Cox model, their errors, and influence values of patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, floats, strata_codes
from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_residuals import score_residuals
from spinesurv.stats.rubin import pool_rubin_vector


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


@dataclass(frozen=True, eq=False)
class Baseline:
    """A baseline hazard at k times with all that the errors of predicted survival need; no row of a patient.

    Parameters
    ----------
    hazard : (k,) cumulative hazard at the means of the p columns
    variance : (k,) of the hazard with the coefficients fixed
    shift : (k, p) sum of (mean at risk) dH: how the hazard falls as the coefficients rise
    cross : (k, p) covariance of the hazard, coefficients fixed, with the coefficients; 0 by the likelihood
    """

    hazard: FloatArray
    variance: FloatArray
    shift: FloatArray
    cross: FloatArray

    def moved(self, by: ArrayLike, coef: ArrayLike) -> Baseline:
        """The same baseline for columns at their means plus `by` (p,), at coefficients `coef` (p,)."""
        d = floats(by)
        ratio = float(np.exp(d @ floats(coef)))
        shift = ratio * (self.shift - np.outer(self.hazard, d))
        return Baseline(ratio * self.hazard, ratio**2 * self.variance, shift, ratio * self.cross)

    def where(self, known: BoolArray) -> Baseline:
        """Missing at times (k,) that are not known."""
        column = known[:, None]
        return Baseline(
            np.where(known, self.hazard, np.nan),
            np.where(known, self.variance, np.nan),
            np.where(column, self.shift, np.nan),
            np.where(column, self.cross, np.nan),
        )

    def survival(self, linear_predictor: ArrayLike) -> FloatArray:
        """(rows, k) survival exp(-H exp(linear predictor)), relative to the means."""
        return floats(np.exp(-np.outer(np.exp(floats(linear_predictor)), self.hazard)))

    def error_log(self, spread: ArrayLike, linear_predictor: ArrayLike, covariance: FloatArray) -> FloatArray:
        """(rows, k) standard error of log survival; `spread` (rows, p) columns minus their means.

        Its square is exp(2 lp) (variance + 2 d'cross + d' V d), d = H spread - shift, V `covariance`.
        """
        x = floats(spread)
        out = np.empty((len(x), len(self.hazard)))
        for k, hazard in enumerate(self.hazard):
            d = hazard * x - self.shift[k]
            square = self.variance[k] + 2.0 * d @ self.cross[k] + np.einsum("ij,jk,ik->i", d, covariance, d)
            out[:, k] = np.sqrt(np.maximum(square, 0.0))
        return floats(np.exp(floats(linear_predictor))[:, None] * out)


def pooled_baseline(baselines: Sequence[Baseline], coef: ArrayLike, covariance: ArrayLike) -> Baseline:
    """Baseline of a model fitted on m imputed tables: the mean hazard, its errors by Rubin's rules.

    Goes with the mean and total covariance of the coefficients (`pool_rubin_vector`), with which the hazard is pooled
    together.

    Parameters
    ----------
    baselines : of each table, all at the same centre of the columns
    coef, covariance : (m, p) and (m, p, p), of each table

    Notes
    -----
    Of m equal tables the result is that of one. A mean of hazards rises at deaths alone, as each of them does.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987. Marshall A et al. BMC Med Res Methodol
    2009;9:57. doi:10.1186/1471-2288-9-57
    """
    b, own = floats(coef), floats(covariance)
    total = pool_rubin_vector(b, own)[1]
    shift = floats(np.mean([one.shift for one in baselines], axis=0))
    hazard, variance, cross = np.empty(len(shift)), np.empty(len(shift)), np.empty(shift.shape)
    for k, moves in enumerate(shift):
        values = [np.append(one.hazard[k], c) for one, c in zip(baselines, b, strict=True)]
        joint = [_joint(one, k, v) for one, v in zip(baselines, own, strict=True)]
        mean, together = pool_rubin_vector(values, joint)
        hazard[k] = mean[0]
        cross[k] = together[0, 1:] + total @ moves
        variance[k] = together[0, 0] + 2.0 * moves @ cross[k] - moves @ total @ moves
    return Baseline(hazard, variance, shift, cross)


def _joint(baseline: Baseline, k: int, covariance: FloatArray) -> FloatArray:
    """(1 + p, 1 + p) covariance of the hazard at time k, with the errors of the coefficients in it, and of these."""
    moves, cross = baseline.shift[k], baseline.cross[k]
    with_coef = cross - covariance @ moves
    own = baseline.variance[k] - 2.0 * moves @ cross + moves @ covariance @ moves
    return np.block([[np.full((1, 1), own), with_coef[None, :]], [with_coef[:, None], covariance]])


def baseline_terms(fit: CoxFit, times: ArrayLike, *, stratum: int = 0) -> Baseline:
    """Baseline at `times` with errors from the likelihood: the variance is the sum of squared hazard steps."""
    sets = fit.risk_sets
    phi, mean = fit.step_terms()
    mass = sets.mean_weight[sets.step_time]
    part = sets.stratum_times(stratum)
    index = np.searchsorted(sets.times[part], np.atleast_1d(floats(times)), side="right")

    def up_to(steps: FloatArray) -> FloatArray:
        total = np.cumsum(sets.per_time(steps)[part], axis=0)
        return np.concatenate([np.zeros((1, *total.shape[1:])), total])[index]

    shift = up_to((mass / phi)[:, None] * mean)
    return Baseline(up_to(mass / phi), up_to(mass / phi**2), shift, np.zeros_like(shift))


def robust_baseline_terms(
    fit: CoxFit, times: ArrayLike, *, stratum: int = 0, cluster: ArrayLike | None = None
) -> Baseline:
    """Baseline at `times` with errors from influence values, summed within `cluster` (n,) where there are any.

    Goes with the covariance of `robust_covariance` for the same clusters.
    """
    at = np.atleast_1d(floats(times))
    plain = baseline_terms(fit, at, stratum=stratum)
    by_coef = coefficient_influence(fit)
    fixed = np.zeros_like(by_coef)
    by_hazard = np.column_stack([hazard_influence(fit, t, stratum=stratum, coefficients=fixed) for t in at])
    own, coef = by_cluster(by_hazard, cluster), by_cluster(by_coef, cluster)
    return replace(plain, variance=np.sum(own**2, axis=0), cross=own.T @ coef)


def robust_covariance(fit: CoxFit, *, cluster: ArrayLike | None = None) -> FloatArray:
    """(p, p) sandwich covariance of the coefficients; patients of one cluster count as one.

    Notes
    -----
    With few clusters it is too small, and of rank one less than their number at most.

    References
    ----------
    Lin DY, Wei LJ. J Am Stat Assoc 1989;84:1074-1078. doi:10.1080/01621459.1989.10478874
    """
    own = by_cluster(coefficient_influence(fit), cluster)
    return own.T @ own


def by_cluster(influence: FloatArray, cluster: ArrayLike | None) -> FloatArray:
    """Sums of (n, p) influence values within clusters; the values themselves where there are none."""
    if cluster is None:
        return influence
    code = strata_codes(cluster, len(influence))
    out = np.zeros((int(code.max(initial=-1)) + 1, influence.shape[1]))
    np.add.at(out, code, influence)
    return out


def survival_error_log(fit: CoxFit, design: ArrayLike, times: ArrayLike, *, stratum: int = 0) -> FloatArray:
    """(rows, times) standard error of log survival of new rows, from the likelihood.

    Notes
    -----
    Agrees with survival::survfit.coxph and rms::survest.
    """
    x = floats(design)
    terms = baseline_terms(fit, times, stratum=stratum)
    return terms.error_log(x - fit.centre, fit.linear_predictor(x), fit.covariance)


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
