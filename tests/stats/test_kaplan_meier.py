"""Kaplan-Meier: by hand, properties, and influence values."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.intervals import KINDS, survival_interval
from spinesurv.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from tests.stats.simulated import tied


def test_seven_patients_by_hand() -> None:
    # deaths at 1, 3, 3, 6; censored at 3, 5, 8: S = 6/7, 6/7 * 4/6 = 4/7, 4/7 * 1/2 = 2/7
    curve = kaplan_meier([5, 1, 3, 8, 3, 6, 3], [0, 1, 1, 0, 1, 1, 0])
    assert curve.at([0.9, 1, 2.9, 3, 5, 6, 8]) == pytest.approx([1, 6 / 7, 6 / 7, 4 / 7, 4 / 7, 2 / 7, 2 / 7])
    assert curve.before([1, 3, 6]) == pytest.approx([1, 6 / 7, 4 / 7])
    assert curve.at_risk([0, 1, 2, 3, 4, 8, 9]).tolist() == [7, 7, 6, 6, 3, 1, 0]
    # Greenwood at 3: 1/(7*6) + 2/(6*4)
    assert curve.std_error([3])[0] == pytest.approx(4 / 7 * np.sqrt(1 / 42 + 2 / 24))


def test_beyond_follow_up_is_told() -> None:
    censored_last = kaplan_meier([1, 2, 3], [1, 1, 0])
    assert censored_last.last_time == 3
    assert censored_last.beyond_follow_up([3, 3.1]).tolist() == [False, True]
    assert np.isnan(censored_last.at([4], carry=False)[0])
    assert censored_last.at([4])[0] == pytest.approx(1 / 3)
    died_last = kaplan_meier([1, 2, 3], [1, 0, 1])
    assert died_last.beyond_follow_up([9]).tolist() == [False]
    assert died_last.at([9], carry=False)[0] == 0.0


def test_quantile_takes_the_middle_of_a_flat_stretch() -> None:
    # S: 3/4 from 1, 1/2 from 2 to 5, 1/4 from 5
    value, _, _ = kaplan_meier([1, 2, 5, 9], [1, 1, 1, 0]).quantiles([0.1, 0.5, 0.6, 0.9])
    assert value[:3].tolist() == [1.0, 3.5, 5.0]
    assert np.isnan(value[3])


def test_limit_that_turns_back_counts_where_it_is_nearest() -> None:
    """findq of survival 3.5: of all points of 1 - curve at or above p the lowest, also when it comes later."""
    curve = kaplan_meier(np.arange(1.0, 13.0), [0, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1])
    _, high = curve.interval([8, 9, 11])
    assert 1.0 - high == pytest.approx([0.126, 0.198, 0.148], abs=5e-4)  # the upper limit rises again at 11
    assert curve.quantiles([0.12, 0.13, 0.17, 0.25])[2] == pytest.approx([8, 11, 9, np.nan], nan_ok=True)


def test_tied_deaths_leave_before_censorings_of_censoring_curve() -> None:
    time, event = [1, 1, 2], [1, 0, 0]
    # events first: at day 1 two are at risk of censoring; events last: three
    assert reverse_kaplan_meier(time, event).at([1])[0] == pytest.approx(1 / 2)
    assert reverse_kaplan_meier(time, event, events_first=False).at([1])[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("seed", range(5))
def test_properties(seed: int) -> None:
    d = tied(seed)
    curve = kaplan_meier(d.time, d.event, start=d.start, weights=d.weights)
    assert curve.at([0.0])[0] == 1.0
    assert (np.diff(curve.survival) <= 0).all()
    order = np.random.default_rng(seed).permutation(len(d.time))
    again = kaplan_meier(d.time[order], d.event[order], start=d.start[order], weights=d.weights[order])
    assert again.survival == pytest.approx(curve.survival, abs=1e-14)
    low, high = curve.interval(curve.time)
    known = ~np.isnan(low)
    assert (low[known] <= curve.survival[known]).all() and (high[known] >= curve.survival[known]).all()


def test_without_censoring_it_is_the_share_alive() -> None:
    d = tied(3)
    curve = kaplan_meier(d.time, np.ones(len(d.time), dtype=bool))
    assert curve.at([4])[0] == pytest.approx((d.time > 4).mean())
    assert curve.std_error([4])[0] == pytest.approx(
        np.sqrt((d.time > 4).mean() * (d.time <= 4).mean() / len(d.time))
    )


def test_whole_weights_repeat_patients() -> None:
    d = tied(1)
    times = np.repeat(d.weights, 1).astype(int)
    weighted = kaplan_meier(d.time, d.event, weights=d.weights)
    repeated = kaplan_meier(np.repeat(d.time, times), np.repeat(d.event, times))
    assert weighted.survival == pytest.approx(repeated.survival)
    assert weighted.variance_log == pytest.approx(repeated.variance_log)


@pytest.mark.parametrize("seed", range(3))
def test_influence_adds_up_to_greenwood(seed: int) -> None:
    d = tied(seed)
    curve = kaplan_meier(d.time, d.event)
    influence = curve.influence(5.0, d.time, d.event)
    assert np.sum(influence**2) == pytest.approx(curve.std_error([5.0])[0] ** 2)
    assert influence.sum() == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("others_first", [False, True])
def test_influence_is_the_derivative_by_weight(others_first: bool) -> None:
    d = tied(7)

    def at_five(w: np.ndarray) -> float:
        return float(
            kaplan_meier(
                d.time, d.event, start=d.start, weights=w, others_first=others_first, robust=False
            ).at([5])[0]
        )

    curve = kaplan_meier(d.time, d.event, start=d.start, weights=d.weights, others_first=others_first)
    influence = curve.influence(5.0, d.time, d.event, start=d.start, weights=d.weights)
    for i in range(0, len(d.time), 7):
        step = np.zeros(len(d.time))
        step[i] = 1e-5
        slope = (at_five(d.weights + step) - at_five(d.weights - step)) / 2e-5
        assert influence[i] == pytest.approx(d.weights[i] * slope, abs=1e-8)


def test_robust_variance_with_broken_weights() -> None:
    d = tied(2)
    curve = kaplan_meier(d.time, d.event, weights=d.weights / 2)
    influence = curve.influence(4.0, d.time, d.event, weights=d.weights / 2)
    assert curve.std_error([4.0])[0] == pytest.approx(np.sqrt(np.sum(influence**2)))


def test_interval_kinds_and_edges() -> None:
    for kind in KINDS:
        low, high = survival_interval([1.0, 0.6, 0.0], [0.0, 0.2, np.inf], kind=kind)
        assert (low[0], high[0]) == (1.0, 1.0)
        assert low[1] < 0.6 < high[1] <= 1.0
        assert np.isnan([low[2], high[2]]).all()
    with pytest.raises(InputError, match="log-log"):
        survival_interval([0.5], [0.1], kind="probit")


def test_intervals_of_a_proportion() -> None:
    """Without censoring the scales give the textbook intervals of a share p of n."""
    n, p, z = 40, 0.7, 1.959963984540054
    curve = kaplan_meier([1] * 12 + [2] * 28, [1] * 12 + [0] * 28)
    half = z / np.sqrt(n * p * (1 - p))
    odds = np.exp(np.log(p / (1 - p)) + np.array([-half, half]))
    assert np.ravel(curve.interval([1], kind="logit")) == pytest.approx(odds / (1 + odds))
    angles = np.arcsin(np.sqrt(p)) + np.array([-1, 1]) * z / (2 * np.sqrt(n))
    assert np.ravel(curve.interval([1], kind="arcsin")) == pytest.approx(np.sin(angles) ** 2)
    wald = p + np.array([-1, 1]) * z * np.sqrt(p * (1 - p) / n)
    assert np.ravel(curve.interval([1], kind="plain")) == pytest.approx(wald)


def test_arcsine_interval_stays_in_the_unit_range() -> None:
    low, high = survival_interval([0.02, 0.98], [1.2, 0.03], kind="arcsin")
    assert low[0] == 0.0 and high[1] == 1.0


def test_limits_of_an_error_without_bound() -> None:
    """exp(z times the error) is beyond what a double holds; the upper limit is 1 all the same."""
    low, high = survival_interval([0.5], [1e4])
    assert (low[0], high[0]) == (0.0, 1.0)
