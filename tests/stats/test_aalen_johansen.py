"""Cumulative incidence by hand, without competing events, without censoring, and its influence values by derivative."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.kaplan_meier import kaplan_meier
from tests.stats.simulated import tied
from tests.stats.simulated_competing import competing


def test_six_patients_by_hand() -> None:
    # event at 1 and 4, competing event at 2 and 5, censored at 3 and 6
    time, event, other = [1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0]
    first, second = AalenJohansen(time, event, other), AalenJohansen(time, other, event)
    # S(4-) = 5/6 4/5 = 2/3 among 3 at risk, S(5-) = 2/3 2/3 = 4/9 among 2
    assert first.at([0.5, 1, 3.9, 4, 9]) == pytest.approx([0, 1 / 6, 1 / 6, 7 / 18, 7 / 18])
    assert second.at([1, 2, 5]) == pytest.approx([0, 1 / 6, 7 / 18])
    # the three fates share the patients out
    assert first.at(6) + second.at(6) + first.free.at([6])[0] == pytest.approx(1.0)
    # censoring the competing events instead would say more: 1 - 5/6 2/3
    assert 1 - kaplan_meier(time, event).at([4])[0] == pytest.approx(4 / 9)


def test_without_competing_events_it_is_kaplan_meier() -> None:
    d = tied(1)
    for start in (None, d.start):
        curve = AalenJohansen(d.time, d.event, np.zeros(60), start=start, weights=d.weights)
        usual = kaplan_meier(d.time, d.event, start=start, weights=d.weights)
        assert curve.at(usual.time) == pytest.approx(1 - usual.survival, abs=1e-14)
        assert curve.influence(6) == pytest.approx(
            -usual.influence(6, d.time, d.event, start=start, weights=d.weights), abs=1e-14
        )
    curve, usual = AalenJohansen(d.time, d.event, np.zeros(60)), kaplan_meier(d.time, d.event)
    assert curve.std_error([3, 6]) == pytest.approx(usual.std_error([3, 6]))


def test_without_censoring_it_is_a_proportion() -> None:
    d = competing(2)
    known = d.event | d.competing
    curve = AalenJohansen(d.time[known], d.event[known], d.competing[known])
    share = np.mean(d.event[known] & (d.time[known] <= 5))
    assert curve.at(5) == pytest.approx(share)
    assert curve.std_error([5])[0] == pytest.approx(np.sqrt(share * (1 - share) / known.sum()))
    low, high = curve.interval([5], kind="plain")
    assert high[0] - low[0] == pytest.approx(2 * 1.959964 * curve.std_error([5])[0], rel=1e-6)


@pytest.mark.parametrize("at", [3.0, 7.0, 40.0])
def test_influence_is_the_derivative_by_the_weight(at: float) -> None:
    d = competing(3, 40)
    rng = np.random.default_rng(4)
    weights, start = rng.uniform(0.5, 2.0, 40), np.maximum(d.time - rng.integers(1, 9, 40), 0.0)

    def incidence(w: np.ndarray) -> float:
        return float(AalenJohansen(d.time, d.event, d.competing, start=start, weights=w).at(at))

    step = 1e-6
    slopes = [(incidence(weights + step * np.eye(40)[i]) - incidence(weights)) / step for i in range(40)]
    found = AalenJohansen(d.time, d.event, d.competing, start=start, weights=weights).influence(at)
    # forward difference: error of the order of the step
    assert found == pytest.approx(weights * slopes, abs=1e-5)


def test_nobody_is_followed_any_more() -> None:
    curve = AalenJohansen([1, 2, 3], [1, 0, 0], [0, 1, 0])
    assert curve.beyond_follow_up([3, 4]).tolist() == [False, True]
    everybody = AalenJohansen([1, 2, 3], [1, 0, 0], [0, 1, 1])
    assert not everybody.beyond_follow_up([4])[0]
    assert np.isnan(curve.interval([0.5])[0][0])
