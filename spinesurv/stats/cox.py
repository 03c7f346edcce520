"""Cox regression: ties, case weights, strata, delayed entry, offset, ridge penalty. Plain NumPy, O(n p^2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, case_weights, floats, strata_codes
from spinesurv.stats.cox_exact import exact_likelihood
from spinesurv.stats.risk_sets import RiskSets

TIES = ("efron", "breslow", "exact")

RELATIVE_TOLERANCE = 1e-9  # of the log partial likelihood
SMALLEST_EIGENVALUE = 1e-11  # of the information, scaled to unit diagonal
STEP_TOLERANCE = 1e-9
MAX_STEPS = 60

# share of the largest part of a direction from which a column counts as part of it
NAMED_SHARE = 0.1

#: coefficients -> log partial likelihood, its gradient, and minus its second derivative
Likelihood: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]


class CoxFitError(InputError):
    """A Cox model that cannot be estimated: no events, columns that repeat each other, or separation.

    columns : positions of those at fault, where they are known
    """

    def __init__(self, message: str, columns: ArrayLike = ()) -> None:
        super().__init__(message)
        self.columns: tuple[int, ...] = tuple(np.asarray(columns, dtype=np.intp).tolist())


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted Cox model.

    Parameters
    ----------
    coef : (p,) log hazard ratios
    covariance : (p, p) inverse information; of the penalised likelihood where there is a penalty
    log_likelihood : log partial likelihood without and with the coefficients, without the penalty
    score_chi2 : score statistic of all coefficients being 0
    effective_df : p, or less where a penalty holds the coefficients back: trace of information times `covariance`
    centre : (p,) weighted means of the columns; `linear_predictor` and the baseline are taken there
    design, event, weights, stratum : what the model was fitted on
    ties : "efron", "breslow" or "exact"
    hazard_ratio : (n,) exp(linear predictor relative to `centre`)
    risk_sets : who was at risk when
    n_events : number of events
    """

    coef: FloatArray
    covariance: FloatArray
    log_likelihood: tuple[float, float]
    score_chi2: float
    effective_df: float
    centre: FloatArray
    design: FloatArray
    event: BoolArray
    weights: FloatArray
    stratum: IntArray
    ties: str
    hazard_ratio: FloatArray
    risk_sets: RiskSets
    n_events: int

    def linear_predictor(self, design: ArrayLike) -> FloatArray:
        """(m,) log hazard ratio of new rows relative to `centre`."""
        return (floats(design) - self.centre) @ self.coef

    def step_terms(self) -> tuple[FloatArray, FloatArray]:
        """Per tied death: weight at risk phi (deaths,), and mean of the columns among those at risk (deaths, p)."""
        return _steps(self.risk_sets, self.weights * self.hazard_ratio, self.design - self.centre)

    def information(self, steps: FloatArray | None = None) -> FloatArray:
        """(p, p) sum over tied deaths of `steps` (deaths,; 1 each) times the covariance of the columns at risk."""
        sets = self.risk_sets
        phi, mean = self.step_terms()
        mass = sets.mean_weight[sets.step_time] * (1.0 if steps is None else steps)
        relative = self.weights * self.hazard_ratio
        return _information(sets, self.design - self.centre, relative, phi, mean, mass)


def fit_cox(
    design: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    ties: str = "efron",
    penalty: ArrayLike | None = None,
    risk_sets: RiskSets | None = None,
) -> CoxFit:
    """Maximise the Cox partial likelihood by Newton's method with step halving.

    With a penalty what is maximised is log likelihood - sum_j penalty_j beta_j^2 / 2.

    Parameters
    ----------
    design : (n, p) columns, p may be 0
    time, event : (n,) end of follow-up, and whether the event was seen
    start : (n,) delayed entry, at risk in (start, time]
    weights : (n,) case weights; at tied events the Efron steps use the mean weight of those who die
    strata : (n,) a baseline hazard of its own for each
    offset : (n,) term with coefficient 1
    ties : "efron", "breslow" or "exact" (conditional logistic likelihood of each tied time, no case weights;
        baseline hazard and residuals are then Breslow's)
    penalty : (p,) or one number, ridge penalty of each coefficient, on the columns as given
    risk_sets : who is at risk when, made from the same arguments, where it is not what they say (see `fine_gray`)

    Raises
    ------
    InputError
        Unknown handling of ties; case weights with exact ties.
    CoxFitError
        No events; a column that is constant or repeats others; or a coefficient that runs to infinity because
        a column separates those who die from those who do not.

    Notes
    -----
    Agrees with survival::coxph and survival::ridge, golden cases ``cox.*``. Weights that count repeated rows are
    not the same as repeating the rows, which would become ties.

    References
    ----------
    Efron B. J Am Stat Assoc 1977;72:557-565. doi:10.1080/01621459.1977.10480613
    Gray RJ. J Am Stat Assoc 1992;87:942-951. doi:10.1080/01621459.1992.10476248 (penalty, degrees of freedom)
    """
    _check_ties(ties, weights)
    t, e = floats(time), np.asarray(event, dtype=bool)
    n = len(t)
    x = floats(design).reshape(n, -1)
    w, stratum = case_weights(weights, n), strata_codes(strata, n)
    entry = None if start is None else floats(start)
    fixed = np.zeros(n) if offset is None else floats(offset)
    sets = risk_sets or RiskSets(t, e, start=entry, stratum=stratum, weights=w, ties=ties)
    if len(sets.deaths) == 0:
        raise CoxFitError(f"Cox model: no event among {n} patients; at least one is needed.")
    used = w * sets.ever
    centre = (used @ x) / used.sum()
    spread = np.sqrt((used @ (x - centre) ** 2) / used.sum())
    flat = spread <= 1e-12 * (1.0 + np.abs(centre))
    if flat.any():
        raise CoxFitError(
            f"Cox model: {int(flat.sum())} of {x.shape[1]} columns hold one value only (column numbers from 0: "
            f"{', '.join(map(str, np.flatnonzero(flat)))}). Leave them out.",
            np.flatnonzero(flat),
        )
    scaled = (x - centre) / spread
    shift = (used @ fixed) / used.sum()
    ridge = np.broadcast_to(floats(0.0 if penalty is None else penalty), spread.shape) / spread**2
    likelihood: Likelihood = (
        partial(exact_likelihood, sets, scaled, fixed - shift)
        if ties == "exact"
        else partial(_evaluate, sets, scaled, w, fixed - shift)
    )
    beta, information, best = _maximise(likelihood, ridge)
    null, score, at_null = likelihood(np.zeros(len(spread)))
    covariance = np.linalg.inv(information + np.diag(ridge))
    ratio = np.exp(scaled @ beta + fixed - shift)
    return CoxFit(
        coef=beta / spread,
        covariance=covariance / np.outer(spread, spread),
        log_likelihood=(null, best),
        score_chi2=float(score @ np.linalg.pinv(at_null, hermitian=True) @ score),
        effective_df=float(np.sum(information * covariance)),
        centre=centre,
        design=x,
        event=e,
        weights=w,
        stratum=stratum,
        ties=ties,
        hazard_ratio=ratio * np.exp(shift),
        risk_sets=sets,
        n_events=len(sets.deaths),
    )


def with_one_baseline(fit: CoxFit, time: ArrayLike, *, start: ArrayLike | None = None) -> CoxFit:
    """The same coefficients with one baseline hazard for all strata together; `time`, `start` as in the fit.

    For patients of a stratum that was not there. Errors take the coefficients as those of one baseline.
    """
    one = np.zeros(len(fit.event), dtype=np.intp)
    entry = None if start is None else floats(start)
    sets = RiskSets(floats(time), fit.event, start=entry, stratum=one, weights=fit.weights, ties=fit.ties)
    return replace(fit, stratum=one, risk_sets=sets)


def _check_ties(ties: str, weights: ArrayLike | None) -> None:
    if ties not in TIES:
        raise InputError(f"Cox model: ties {ties!r} found; {', '.join(TIES)} are known.")
    if ties == "exact" and weights is not None and not (floats(weights) == 1.0).all():
        raise InputError(
            "Cox model: case weights have no meaning in the exact likelihood of tied deaths. Use efron."
        )


def _steps(sets: RiskSets, relative: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    weighted = relative[:, None] * x
    at, left = sets.step_time, sets.left
    phi = sets.at_risk(relative)[at] - left * sets.among_deaths(relative)[at]
    sums = sets.at_risk(weighted)[at] - left[:, None] * sets.among_deaths(weighted)[at]
    return phi, sums / phi[:, None]


def _information(
    sets: RiskSets, x: FloatArray, relative: FloatArray, phi: FloatArray, mean: FloatArray, mass: FloatArray
) -> FloatArray:
    exposure = relative * sets.while_at_risk(mass / phi)
    return floats(x.T @ (exposure[:, None] * x) - mean.T @ (mass[:, None] * mean))


def _evaluate(
    sets: RiskSets, x: FloatArray, w: FloatArray, offset: FloatArray, beta: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Log likelihood, score and information at `beta`."""
    eta = x @ beta + offset
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        relative = w * np.exp(eta)
        phi, mean = _steps(sets, relative, x)
        mass = sets.mean_weight[sets.step_time]
        likelihood = float(w[sets.deaths] @ eta[sets.deaths] - mass @ np.log(phi))
        score = w[sets.deaths] @ x[sets.deaths] - mass @ mean
        information = _information(sets, x, relative, phi, mean, mass)
    return likelihood, score, information


def _maximise(likelihood: Likelihood, ridge: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Coefficients, information (without the penalty) and log likelihood at the maximum."""

    def at(b: FloatArray) -> tuple[float, FloatArray, FloatArray, float, FloatArray]:
        value, score, information = likelihood(b)
        return (
            value - 0.5 * float(ridge @ b**2),
            score - ridge * b,
            information + np.diag(ridge),
            value,
            information,
        )

    beta = np.zeros(len(ridge))
    now = at(beta)
    if not len(beta):
        return beta, now[4], now[3]
    converged_at = MAX_STEPS
    step = np.full(len(beta), np.inf)
    for turn in range(MAX_STEPS):
        _check_information(now[2], beta)
        step = np.linalg.solve(now[2], now[1])
        new = at(beta + step)
        halvings = 0
        floor = now[0] - 1e-12 * (1.0 + abs(now[0]))
        while not (np.isfinite(new[0]) and new[0] >= floor) and halvings < 30:
            step = step / 2.0
            halvings += 1
            new = at(beta + step)
        gain = abs(new[0] - now[0])
        beta, now = beta + step, new
        if gain <= RELATIVE_TOLERANCE * (1.0 + abs(now[0])):
            converged_at = min(converged_at, turn)
            if np.max(np.abs(step)) <= STEP_TOLERANCE * (1.0 + np.max(np.abs(beta))):
                break
            if turn >= converged_at + 8:
                break
    if converged_at == MAX_STEPS or np.max(np.abs(step)) > 1e-3:
        raise _endless(beta)
    _check_information(now[2], beta)
    return beta, now[4], now[3]


def _check_information(information: FloatArray, beta: FloatArray) -> None:
    if not np.isfinite(information).all():
        raise _endless(beta)
    diagonal = np.sqrt(np.maximum(np.diag(information), 0.0))
    if (diagonal <= 1e-7).any():
        raise _endless(beta)
    values, directions = np.linalg.eigh(information / np.outer(diagonal, diagonal))
    if values[0] < SMALLEST_EIGENVALUE:
        raise CoxFitError(
            f"Cox model: the {len(diagonal)} columns repeat each other (smallest eigenvalue of the scaled "
            f"information {values[0]:.1e}). Leave out columns that are sums of others.",
            _large(directions[:, 0]),
        )


def _endless(beta: FloatArray) -> CoxFitError:
    return CoxFitError(
        "Cox model: the likelihood keeps rising while a coefficient runs to infinity (largest so far "
        f"{np.max(np.abs(beta)):.1f} per standard deviation): a column separates those who die from those who do "
        "not. Join rare levels, leave the column out, or set a penalty.",
        _large(beta),
    )


def _large(direction: FloatArray) -> IntArray:
    size = np.abs(direction)
    return np.flatnonzero(size >= NAMED_SHARE * size.max())
