"""The test of Grønnesby and Borgan: do groups of patients add to a Cox model that already knows their index?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr
from scipy.stats import chi2

from spinesurv.stats.arrays import FloatArray, IntArray, floats, strata_codes
from spinesurv.stats.cox import CoxFit, CoxFitError, fit_cox


@dataclass(frozen=True, eq=False)
class AddedGroups:
    """Events of each group under a Cox model, and tests of whether the groups add to it.

    Parameters
    ----------
    n, observed : (g,) patients and events, in the order of the groups
    expected : (g,) events under the model: cumulative hazard of the patients over their follow-up
    score_chi_square : score test of the group indicators added to the model
    likelihood_ratio : chi-squared of the same by the likelihood; nan where the larger model cannot be estimated
    """

    n: IntArray
    observed: FloatArray
    expected: FloatArray
    score_chi_square: float
    likelihood_ratio: float

    @property
    def degrees_of_freedom(self) -> int:
        """Groups minus 1."""
        return len(self.n) - 1

    @property
    def p(self) -> float:
        """p value of the score test."""
        return float(chi2.sf(self.score_chi_square, self.degrees_of_freedom))


def gronnesby_borgan(
    fit: CoxFit,
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    start: ArrayLike | None = None,
    ties: str = "efron",
) -> AddedGroups:
    """Observed and expected events by group of a fitted Cox model, and the score test of the groups.

    Parameters
    ----------
    fit : Cox model, without offset
    time, event, start, ties : what it was fitted on, and how
    group : (n,) label of each patient's group, usually by the prognostic index

    Notes
    -----
    Expected events are the event minus the martingale residual, summed within the group. Form of May and Hosmer.
    Agrees with survival::coxph with the indicators added, golden cases ``gb.*``.

    References
    ----------
    Gronnesby JK, Borgan O. Lifetime Data Anal 1996;2:315-328. doi:10.1007/BF00127305
    May S, Hosmer DW. Lifetime Data Anal 1998;4:109-120. doi:10.1023/A:1009612305785
    """
    code = strata_codes(group, len(fit.weights))
    n = np.bincount(code).astype(np.intp)
    sets = fit.risk_sets
    larger = np.column_stack([fit.design, *(code == k for k in range(1, len(n)))])
    # the same fit seen with more columns: hazard ratios and risk sets stay as they are
    seen = replace(fit, design=larger, centre=np.average(larger, axis=0, weights=fit.weights))
    phi, mean = seen.step_terms()
    mass = sets.mean_weight[sets.step_time]
    hazard = fit.hazard_ratio * sets.while_at_risk(mass / phi)
    x = larger - seen.centre
    score = fit.weights[sets.deaths] @ x[sets.deaths] - mass @ mean
    information = x.T @ ((fit.weights * hazard)[:, None] * x) - mean.T @ (mass[:, None] * mean)
    chi_square = float(score @ np.linalg.lstsq(information, score, rcond=None)[0])
    try:
        own = _independent(larger - larger.mean(axis=0))
        both = fit_cox(
            larger[:, own], time, event, start=start, weights=fit.weights, strata=fit.stratum, ties=ties
        )
        ratio = 2.0 * (both.log_likelihood[1] - fit.log_likelihood[1])
    except CoxFitError:
        ratio = float("nan")
    deaths = np.asarray(event, dtype=np.float64)
    return AddedGroups(
        n,
        floats(np.bincount(code, weights=deaths)),
        floats(np.bincount(code, weights=hazard)),
        chi_square,
        ratio,
    )


def _independent(columns: FloatArray) -> IntArray:
    """Positions of columns that are no sums of others: an index with few values is told by its groups."""
    scaled = columns / np.maximum(np.linalg.norm(columns, axis=0), np.finfo(np.float64).tiny)
    _, r, order = qr(scaled, mode="economic", pivoting=True)
    return np.sort(order[np.abs(np.diag(r)) > 1e-9])
