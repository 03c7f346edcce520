"""Net benefit of a positive prediction: by hand, without censoring, and its influence values."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.net_benefit import net_benefit
from tests.stats.simulated import tied


def test_six_patients_by_hand() -> None:
    # of the four positive one dies on day 2, one is censored on day 3, one dies on day 4: S(5) = 3/4 * 1/2
    found = net_benefit([2, 3, 4, 9, 1, 9], [1, 0, 1, 0, 1, 0], [1, 1, 1, 1, 0, 0], 5.0, 0.2)
    assert (found.true_positive, found.false_positive) == pytest.approx((4 / 6 * 5 / 8, 4 / 6 * 3 / 8))
    assert found.value == pytest.approx(4 / 6 * (5 / 8 - 3 / 8 * 0.25))
    assert found.n_positive == 4


def test_no_censoring_counts_true_and_false_positives() -> None:
    d = tied(1)
    positive, dead = d.risk >= 0.4, d.time <= 4.0
    found = net_benefit(d.time, np.ones(60), positive, 4.0, 0.4)
    assert found.value == pytest.approx(np.mean(positive & dead) - np.mean(positive & ~dead) * 0.4 / 0.6)


def test_acting_on_everybody_and_on_nobody() -> None:
    d = tied(2)
    dead = 1 - kaplan_meier(d.time, d.event).at([4.0])[0]
    everybody = net_benefit(d.time, d.event, np.ones(60), 4.0, 0.3)
    assert everybody.value == pytest.approx(dead - (1 - dead) * 0.3 / 0.7)
    nobody = net_benefit(d.time, d.event, np.zeros(60), 4.0, 0.3)
    assert (nobody.value, nobody.n_positive) == (0.0, 0)
    assert not nobody.influence.any()


def test_when_follow_up_of_the_positive_ends_early() -> None:
    # both positive are dead by day 3: everything is known about them, although dcurves gives nothing
    died_out = ([1, 3, 9], [1, 1, 0], [1, 1, 0], 5.0, 0.5)
    assert net_benefit(*died_out).value == pytest.approx(2 / 3)
    assert np.isnan(net_benefit(*died_out, died_out=False).value)
    all_followed_on = ([6, 7, 3], [1, 0, 1], [1, 1, 0], 5.0, 0.5)
    assert net_benefit(*all_followed_on).value == pytest.approx(-2 / 3)
    assert np.isnan(net_benefit(*all_followed_on, died_out=False).value)
    # one of them was censored: nothing is known about day 5
    assert np.isnan(net_benefit([1, 3, 9], [1, 0, 0], [1, 1, 0], 5.0, 0.5).value)


def test_influence_is_the_derivative_by_weight() -> None:
    d = tied(4, n=40)
    positive = d.marker >= 0

    def value(w: np.ndarray) -> float:
        return net_benefit(d.time, d.event, positive, 4.0, 0.3, weights=w).value

    found = net_benefit(d.time, d.event, positive, 4.0, 0.3, weights=d.weights)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-13)
    for i in range(0, 40, 5):
        step = np.zeros(40)
        step[i] = 1e-5
        slope = (value(d.weights + step) - value(d.weights - step)) / 2e-5
        assert found.influence[i] == pytest.approx(d.weights[i] * slope, abs=1e-8)
