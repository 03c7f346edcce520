"""Exact ties and ridge penalties: by hand, against slow direct formulas, and what must not matter."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from spinesurv.errors import InputError
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.cox_residuals import score_residuals
from spinesurv.stats.cox_tests import score_test
from tests.stats.simulated import tied


def test_two_tied_deaths_of_three_by_hand() -> None:
    # at day 1 two of three die (x = 1, 0 of x = 1, 0, 0): r / (r + r + 1) with r = exp(b); day 2: one of one.
    # The likelihood r / (2 r + 1) rises for ever, so a second stratum with the mirror image is added: x = 0, 0 of
    # 1, 0, 0 die: 1 / (2 r + 1). The product r / (2 r + 1)^2 is largest where 2 r = 1.
    x = [1, 0, 0, 1, 0, 0]
    event = [1, 1, 0, 0, 1, 1]
    fit = fit_cox(np.c_[x].astype(float), [1, 1, 2, 2, 1, 1], event, strata=[0, 0, 0, 1, 1, 1], ties="exact")
    assert fit.coef[0] == pytest.approx(np.log(0.5))
    assert fit.log_likelihood == pytest.approx((-2 * np.log(3), np.log(0.5 / 4)))
    # each of the two factors adds 2 r / (2 r + 1)^2 = 1 / 4 to the information
    assert fit.covariance[0, 0] == pytest.approx(1 / (2 * 0.25))


@pytest.mark.parametrize("delayed", [False, True])
def test_exact_likelihood_is_the_sum_over_all_sets_of_deaths(delayed: bool) -> None:
    d = tied(4, n=14)
    x = np.column_stack([d.marker, d.risk])
    start = d.start if delayed else None
    fit = fit_cox(x, d.time, d.event, start=start, strata=d.strata, ties="exact")

    def likelihood(beta: np.ndarray) -> float:
        total, r = 0.0, np.exp(x @ beta)
        for stratum in (0, 1):
            for day in np.unique(d.time[d.event & (d.strata == stratum)]):
                here = (d.strata == stratum) & (d.time >= day)
                if delayed:
                    here &= d.start < day
                dead = d.event & (d.strata == stratum) & (d.time == day)
                sums = sum(r[list(s)].prod() for s in combinations(np.flatnonzero(here), int(dead.sum())))
                total += np.log(r[dead].prod() / sums)
        return total

    assert fit.log_likelihood[1] == pytest.approx(likelihood(fit.coef))
    for j, step in enumerate(1e-4 * np.eye(2)):
        up, down = likelihood(fit.coef + step), likelihood(fit.coef - step)
        curvature = (up - 2 * fit.log_likelihood[1] + down) / 1e-8
        # a second difference of step 1e-4 keeps about six digits
        assert -curvature == pytest.approx(np.linalg.inv(fit.covariance)[j, j], rel=1e-4)
        assert up - down == pytest.approx(0.0, abs=1e-7)


def test_without_ties_the_three_likelihoods_are_one() -> None:
    d = tied(5, n=50)
    time = d.time + np.arange(50) / 1000
    fits = [fit_cox(d.marker[:, None], time, d.event, ties=t) for t in ("efron", "breslow", "exact")]
    assert fits[0].coef == pytest.approx(fits[1].coef, rel=1e-9)
    assert fits[0].coef == pytest.approx(fits[2].coef, rel=1e-9)
    assert fits[0].score_chi2 == pytest.approx(fits[2].score_chi2)


def test_what_exact_ties_cannot_have() -> None:
    d = tied(5)
    with pytest.raises(InputError, match="case weights"):
        fit_cox(d.marker[:, None], d.time, d.event, weights=d.weights, ties="exact")
    with pytest.raises(InputError, match="exact ties"):
        score_residuals(fit_cox(d.marker[:, None], d.time, d.event, ties="exact"))
    with pytest.raises(InputError, match="efron, breslow, exact"):
        fit_cox(d.marker[:, None], d.time, d.event, ties="discrete")


def test_ridge_stands_where_score_and_penalty_balance() -> None:
    d = tied(6, n=90)
    x = np.column_stack([d.marker, d.risk])
    theta = np.array([3.0, 0.7])
    fit = fit_cox(x, d.time, d.event, penalty=theta)

    def penalised(beta: np.ndarray) -> float:
        plain = fit_cox(np.zeros((90, 0)), d.time, d.event, offset=x @ beta).log_likelihood[0]
        return plain - 0.5 * float(theta @ beta**2)

    h = 1e-4
    for j, e in enumerate(np.eye(2)):
        up, here, down = (penalised(fit.coef + k * h * e) for k in (1, 0, -1))
        assert (up - down) / (2 * h) == pytest.approx(0.0, abs=1e-6)
        # second difference of step 1e-4
        assert -(up - 2 * here + down) / h**2 == pytest.approx(np.linalg.inv(fit.covariance)[j, j], rel=1e-4)
    assert 0 < fit.effective_df < 2
    assert fit_cox(x, d.time, d.event).effective_df == pytest.approx(2.0)


def test_ridge_against_lifelines() -> None:
    d = tied(7, n=120)
    x = np.column_stack([d.marker, d.risk])
    table = pd.DataFrame(x, columns=["a", "b"]).assign(time=d.time, event=d.event.astype(int))
    options = {"precision": 1e-12, "r_precision": 1e-14, "max_steps": 200}
    other = CoxPHFitter(penalizer=0.3).fit(table, "time", "event", fit_options=options)
    # lifelines divides the likelihood by n and penalises columns of unit spread
    theta = 0.3 * 120 * x.var(axis=0, ddof=1)
    fit = fit_cox(x, d.time, d.event, penalty=theta)
    assert fit.coef == pytest.approx(other.params_.to_numpy(), rel=1e-6)


def test_a_penalty_settles_what_repeats_itself() -> None:
    d = tied(2)
    x = np.column_stack([d.marker, d.marker])
    fit = fit_cox(x, d.time, d.event, penalty=0.5)
    assert fit.coef[0] == pytest.approx(fit.coef[1])
    assert np.isfinite(fit.score_chi2)


def test_score_test_of_two_groups_is_the_log_rank_test() -> None:
    # deaths of x = 1 among 1, 0, 0, 1, then of x = 0 among 0, 0, 1, then of x = 0 among 0, 1
    fit = fit_cox([[1.0], [0.0], [0.0], [1.0]], [1, 2, 3, 4], [1, 1, 1, 0])
    observed, expected, variance = 1.0, 1 / 2 + 1 / 3 + 1 / 2, 1 / 4 + 2 / 9 + 1 / 4
    assert score_test(fit).value == pytest.approx((observed - expected) ** 2 / variance)
