"""Poisson calibration: two groups in closed form, scikit-learn's likelihood, influence values, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from spinesurv.errors import InputError
from spinesurv.stats.poisson_calibration import poisson_level, poisson_slope

EVENT = np.array([1, 0, 1, 1, 0, 1, 1])
EXPECTED = np.array([0.5, 0.5, 1.0, 0.4, 0.2, 0.1, 0.3])
GROUP = np.array([0, 0, 0, 1, 1, 1, 1])


def test_level_by_hand() -> None:
    found = poisson_level(EVENT, EXPECTED)
    assert (found.observed, found.expected) == (5, pytest.approx(3.0))
    assert found.intercept == pytest.approx(np.log(5 / 3))
    assert found.std_error == pytest.approx(5**-0.5)


def test_slope_of_two_groups_in_closed_form() -> None:
    # group 0: 2 of 2 expected; group 1: 3 of 1 expected. log(O/E) is a in group 0, a + b - 1 in group 1
    found = poisson_slope(EVENT, EXPECTED, GROUP)
    assert found.joint_intercept == pytest.approx(0.0, abs=1e-12)
    assert found.slope == pytest.approx(1 + np.log(3))
    assert found.covariance[0, 0] == pytest.approx(1 / 2)
    assert found.covariance[1, 1] == pytest.approx(1 / 2 + 1 / 3)


def simulated(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=300)
    death, end = rng.exponential(np.exp(-0.7 * x + 0.2)), rng.uniform(0, 3, 300)
    return death <= end, np.minimum(death, end) * np.exp(x), x


def test_slope_against_another_fit_of_the_same_likelihood() -> None:
    event, expected, x = simulated(2)
    # rates with weights: y / m with weight m has the likelihood of y with offset log m
    baseline = expected / np.exp(x)
    other = PoissonRegressor(alpha=0.0, tol=1e-10, max_iter=1000)
    other.fit(x[:, None], event / baseline, sample_weight=baseline)
    found = poisson_slope(event, expected, x)
    assert found.slope == pytest.approx(other.coef_[0], rel=1e-5)
    assert found.joint_intercept == pytest.approx(other.intercept_, rel=1e-5)


def test_influence_is_the_derivative_by_weight() -> None:
    event, expected, x = simulated(3)
    w = np.random.default_rng(0).uniform(0.5, 2.0, 300)
    level, slope = poisson_level(event, expected, weights=w), poisson_slope(event, expected, x, weights=w)
    for i in (0, 100, 299):
        moved = w.copy()
        moved[i] *= 1 + 1e-5
        a = poisson_level(event, expected, weights=moved).intercept - level.intercept
        b = poisson_slope(event, expected, x, weights=moved)
        assert level.influence[i] == pytest.approx(a / 1e-5, abs=1e-6)
        assert slope.influence[i] == pytest.approx(
            [(b.joint_intercept - slope.joint_intercept) / 1e-5, (b.slope - slope.slope) / 1e-5], abs=1e-6
        )


def test_what_cannot_be_estimated_is_refused() -> None:
    with pytest.raises(InputError, match="no event"):
        poisson_level(np.zeros(3), np.ones(3))
    with pytest.raises(InputError, match="one value only"):
        poisson_slope(EVENT, EXPECTED, np.ones(7))
    with pytest.raises(InputError, match="no maximum"):
        poisson_slope([0, 0, 1], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0])
