"""Limits of a squared length: against the non-central chi-squared law, by hand in one dimension, and on the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from spinesurv.stats.squared_length import SquaredLength


def by_the_exact_law(q: float, k: int, level: float) -> tuple[float, float]:
    """The same limits where the covariance is the identity, so that q is non-central chi-squared."""

    def tail(length: float) -> float:
        power = ncx2.sf(chi2.ppf(level, k), k, length)
        return float((1 - level) / 2 * (power - 1 + level) / level)

    def crossed(side: float) -> float:
        def excess(length: float) -> float:
            return float(ncx2.cdf(q, k, length)) - side * level - tail(length)

        return brentq(excess, 1e-9, 100 * q) if excess(1e-9) > 0 else 0.0

    return crossed(1.0), crossed(0.0)


@pytest.mark.parametrize(("k", "q"), [(1, 2.0), (1, 9.0), (1, 100.0), (4, 5.0), (4, 12.0), (9, 40.0)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_equal_errors_are_non_central_chi_squared(k: int, q: float, level: float) -> None:
    estimate = np.sqrt(q / k) * np.ones(k)
    found = SquaredLength(estimate, np.eye(k)).interval(level)
    # the 2.5 % point of 2,000 draws, half of them mirrored, is known to 0.09 standard deviations; 3 of these, at a
    # length whose root has an error of about 1
    assert np.sqrt(found) == pytest.approx(np.sqrt(by_the_exact_law(q, k, level)), abs=0.3)


def test_far_from_zero_in_one_dimension() -> None:
    low, high = SquaredLength(np.array([10.0]), np.array([[1.0]])).interval()
    assert (np.sqrt(low), np.sqrt(high)) == pytest.approx((10 - 1.96, 10 + 1.96), abs=0.25)


def test_zero_is_left_out_where_the_test_of_it_rejects() -> None:
    # a fixed covariance whose weighted chi-squared law is drawn here once more
    covariance = np.diag([4.0, 1.0, 0.25])
    drawn = np.random.default_rng(5).standard_normal((200_000, 3)) ** 2 @ np.diag(covariance)
    edge = np.quantile(drawn, 0.95)
    for share, held in ((0.85, True), (1.15, False)):
        length = SquaredLength(np.sqrt(share * edge / 3) * np.ones(3), covariance)
        assert (length.interval()[0] == 0.0) == held


def test_shorter_than_chance_alone_still_has_limits() -> None:
    low, high = SquaredLength(np.array([0.05, 0.0, 0.05]), np.eye(3)).interval()
    assert low == 0.0 < high < 3.0


def test_units_and_axes_make_no_difference() -> None:
    estimate, covariance = np.array([2.0, -1.0, 0.5]), np.diag([1.0, 0.5, 0.1])
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    plain = SquaredLength(estimate, covariance).interval()
    other = SquaredLength(0.1 * turned @ estimate, 0.01 * turned @ covariance @ turned.T).interval()
    # other draws: the root of a length of 5 with errors up to 1, as above
    assert 10 * np.sqrt(other) == pytest.approx(np.sqrt(plain), abs=0.3)
    narrow = SquaredLength(estimate, covariance).interval(0.5)
    assert plain[0] < narrow[0] < narrow[1] < plain[1]


def test_what_is_known_without_error() -> None:
    assert SquaredLength(np.array([3.0, 4.0]), np.zeros((2, 2))).interval() == (25.0, 25.0)
    low, high = SquaredLength(np.array([5.0, 0.3]), np.diag([0.0, 0.01])).interval()
    assert 24.9 < low < high < 25.5
