"""Residuals, tests and contrasts of a Cox model: by hand, sums that are known, and a second way to each number."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.cox_residuals import (
    deviance_residuals,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from spinesurv.stats.cox_survival import robust_covariance
from spinesurv.stats.cox_tests import contrast, likelihood_ratio_test, wald_test
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.proportional_hazards import CLOCKS, proportional_hazards_test
from tests.stats.simulated import Tied, tied


def test_martingale_without_columns_by_hand() -> None:
    # Efron, 4 at risk, 2 die together: 1/4 then 1/3. Each of the two takes part in 1/4 and, on average, half of 1/3
    fit = fit_cox(np.zeros((4, 0)), [1, 1, 2, 2], [1, 1, 0, 0])
    share = 1 / 4 + 1 / 2 * 1 / 3
    m = martingale_residuals(fit)
    assert m == pytest.approx([1 - share, 1 - share, -(1 / 4 + 1 / 3), -(1 / 4 + 1 / 3)])
    by_hand = np.sqrt(-2 * (1 - share + np.log(share)))
    assert deviance_residuals(fit)[:2] == pytest.approx([by_hand, by_hand])
    assert deviance_residuals(fit)[2] == pytest.approx(-np.sqrt(2 * (1 / 4 + 1 / 3)))


def model(d: Tied, ties: str = "efron") -> CoxFit:
    x = np.column_stack([d.marker, d.risk])
    return fit_cox(x, d.time, d.event, start=d.start, strata=d.strata, weights=d.weights, ties=ties)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_weighted_residuals_sum_to_zero(ties: str) -> None:
    d = tied(11, n=80)
    fit = model(d, ties)
    assert d.weights @ martingale_residuals(fit) == pytest.approx(0.0, abs=1e-9)
    # the score is solved to about 1e-8 of a column's spread
    assert d.weights @ score_residuals(fit) == pytest.approx([0.0, 0.0], abs=1e-5)
    deaths = fit.risk_sets.deaths
    assert d.weights[deaths] @ schoenfeld_residuals(fit) == pytest.approx([0.0, 0.0], abs=1e-5)


def test_residuals_of_somebody_without_weight_do_not_matter() -> None:
    d = tied(11, n=40)
    fit = fit_cox(d.marker[:, None], d.time, d.event, weights=np.r_[np.ones(39), 0.0])
    without = fit_cox(d.marker[:39, None], d.time[:39], d.event[:39])
    assert martingale_residuals(fit)[:39] == pytest.approx(martingale_residuals(without))


def clock_of(kind: str, d: Tied, at: np.ndarray) -> np.ndarray:
    if kind == "km":
        return 1.0 - kaplan_meier(d.time, d.event, start=d.start).before(at)
    if kind == "rank":
        return np.array([np.mean([(d.time < t).sum() + 1, (d.time <= t).sum()]) for t in at])
    return np.log(at) if kind == "log" else at


@pytest.mark.parametrize("clock", CLOCKS)
def test_proportional_hazards_is_the_score_test_of_split_follow_up(clock: str) -> None:
    """Follow-up cut at every death: x g(t) becomes a column, and fit_cox itself gives the score test of all."""
    d = tied(12, n=60)
    x = np.column_stack([d.marker, d.risk])
    fit = fit_cox(x, d.time, d.event, start=d.start)
    days = np.unique(d.time[d.event])
    rows, begin, end = [], [], []
    for i in range(60):
        cuts = np.unique([d.start[i], *days[(days > d.start[i]) & (days < d.time[i])], d.time[i]])
        rows += [i] * (len(cuts) - 1)
        begin += cuts[:-1].tolist()
        end += cuts[1:].tolist()
    stop = np.array(end)
    died = d.event[rows] & (stop == d.time[rows])
    wide = np.column_stack([x[rows], x[rows] * clock_of(clock, d, stop)[:, None]])
    split = fit_cox(wide, stop, died, start=begin, offset=x[rows] @ fit.coef)
    tests = proportional_hazards_test(fit, d.time, start=d.start, clock=clock)
    assert [t.df for t in tests] == [1, 1, 2]
    assert tests[-1].value == pytest.approx(split.score_chi2, rel=1e-6)
    # one column alone: the other time-dependent column is left out
    alone = fit_cox(wide[:, :3], stop, died, start=begin, offset=x[rows] @ fit.coef)
    assert tests[0].value == pytest.approx(alone.score_chi2, rel=1e-6)


def test_proportional_hazards_refuses() -> None:
    d = tied(12)
    with pytest.raises(InputError, match="km, rank, identity, log"):
        proportional_hazards_test(fit_cox(d.marker[:, None], d.time, d.event), d.time, clock="sundial")
    with pytest.raises(InputError, match="exact ties"):
        proportional_hazards_test(fit_cox(d.marker[:, None], d.time, d.event, ties="exact"), d.time)


def test_tests_and_contrasts_of_one_column_are_its_z() -> None:
    d = tied(13)
    x = np.column_stack([d.marker, d.risk])
    fit = fit_cox(x, d.time, d.event)
    error = np.sqrt(fit.covariance[1, 1])
    assert wald_test(fit, [1]).value == pytest.approx((fit.coef[1] / error) ** 2)
    assert wald_test(fit, covariance=4.0 * fit.covariance).value == pytest.approx(wald_test(fit).value / 4.0)
    effect, std_error = contrast(fit, [0.0, 2.0])
    assert (effect[0], std_error[0]) == pytest.approx((2 * fit.coef[1], 2 * error))
    small = fit_cox(x[:, :1], d.time, d.event)
    gain = likelihood_ratio_test(fit, small)
    assert gain.df == 1
    assert gain.value == pytest.approx(likelihood_ratio_test(fit).value - likelihood_ratio_test(small).value)
    assert 0 < gain.p < 1


def test_no_wald_test_where_two_clusters_carry_two_coefficients() -> None:
    d = tied(13)
    fit = fit_cox(np.column_stack([d.marker, d.risk]), d.time, d.event)
    clusters = robust_covariance(fit, cluster=np.arange(len(d.time)) % 2)
    assert np.isnan(wald_test(fit, covariance=clusters).value)
    assert wald_test(fit, [0], covariance=clusters).value == pytest.approx(fit.coef[0] ** 2 / clusters[0, 0])
