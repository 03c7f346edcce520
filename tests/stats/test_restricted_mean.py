"""Restricted mean survival time: by hand, against the plain mean, and its influence values."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from spinesurv.stats.restricted_mean import restricted_mean
from tests.stats.simulated import tied

LIMIT = 6.5


def test_four_patients_by_hand() -> None:
    # S = 3/4 from day 1, 3/8 from day 4, where one of the two left dies
    found = restricted_mean([1, 2, 4, 9], [1, 0, 1, 0], 6)
    assert found.value == pytest.approx(1 + 3 * 3 / 4 + 2 * 3 / 8)
    # areas after the deaths: 3, then 3/4; Greenwood steps 1/(4 * 3) and 1/(2 * 1)
    assert found.std_error == pytest.approx(np.sqrt(3.0**2 / 12 + 0.75**2 / 2))
    assert not found.extended


def test_without_censoring_it_is_the_plain_mean() -> None:
    d = tied(0)
    found = restricted_mean(d.time, np.ones(60, dtype=bool), LIMIT)
    lived = np.minimum(d.time, LIMIT)
    assert found.value == pytest.approx(lived.mean())
    assert found.std_error == pytest.approx(lived.std() / np.sqrt(60))


@pytest.mark.parametrize("seed", range(3))
def test_area_against_lifelines(seed: int) -> None:
    d = tied(seed)
    other = restricted_mean_survival_time(KaplanMeierFitter().fit(d.time, d.event), t=LIMIT)
    assert restricted_mean(d.time, d.event, LIMIT).value == pytest.approx(other, rel=1e-10)


@pytest.mark.parametrize("limit", [3.0, LIMIT, 40.0])
def test_influence_adds_up_to_the_error(limit: float) -> None:
    d = tied(1)
    found = restricted_mean(d.time, d.event, limit)
    assert np.sqrt(np.sum(found.influence**2)) == pytest.approx(found.std_error)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-12)


def test_influence_is_the_derivative_by_weight() -> None:
    d = tied(7)
    found = restricted_mean(d.time, d.event, LIMIT, start=d.start, weights=d.weights)
    for i in range(0, 60, 7):
        step = np.zeros(60)
        step[i] = 1e-5
        up, down = (
            restricted_mean(d.time, d.event, LIMIT, start=d.start, weights=d.weights + s).value
            for s in (step, -step)
        )
        assert found.influence[i] == pytest.approx(d.weights[i] * (up - down) / 2e-5, abs=1e-8)


def test_weights_repeat_patients_or_make_the_error_robust() -> None:
    d = tied(2)
    times = d.weights.astype(int)
    weighted = restricted_mean(d.time, d.event, LIMIT, weights=d.weights)
    repeated = restricted_mean(np.repeat(d.time, times), np.repeat(d.event, times), LIMIT)
    assert (weighted.value, weighted.std_error) == pytest.approx((repeated.value, repeated.std_error))
    halves = restricted_mean(d.time, d.event, LIMIT, weights=d.weights / 2)
    assert halves.value == pytest.approx(weighted.value)
    assert halves.std_error == pytest.approx(np.sqrt(np.sum(halves.influence**2)))
    # Greenwood's formula takes a weight for a number of patients: half the weights, twice the variance
    greenwood = restricted_mean(d.time, d.event, LIMIT, weights=d.weights / 2, robust=False)
    assert greenwood.std_error == pytest.approx(np.sqrt(2.0) * weighted.std_error)


def test_beyond_follow_up_the_curve_is_held() -> None:
    found = restricted_mean([1, 2], [1, 0], 4)
    assert found.value == pytest.approx(1 + 3 / 2)
    assert found.extended
    assert not restricted_mean([1, 2], [1, 1], 4).extended
