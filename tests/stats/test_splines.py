"""Knots and columns of restricted cubic splines."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.splines import knots, restricted_cubic


def test_knots_at_quantiles() -> None:
    x = np.arange(101.0)
    assert knots(x, 3).tolist() == [10, 50, 90]
    assert knots(x, 4) == pytest.approx([5, 35, 65, 95])
    assert knots(x, 5) == pytest.approx([5, 27.5, 50, 72.5, 95])
    assert knots(x, 7)[[0, -1]] == pytest.approx([2.5, 97.5])


def test_few_values_use_the_fifth_from_each_end() -> None:
    x = np.arange(50.0)
    assert knots(x, 3)[[0, -1]].tolist() == [4, 45]


def test_values_piled_up_at_an_end() -> None:
    # 20 zeros of 170: the next value is the first knot, the others follow from what lies beyond it
    x = np.concatenate([np.zeros(20), np.arange(1.0, 151.0)])
    assert knots(x, 3) == pytest.approx([1, *np.quantile(np.arange(2.0, 151.0), [0.5, 0.9])])


def test_most_values_at_one_end_leave_three_knots() -> None:
    """Twice as many quantiles coincide too: the value next to the end, the median beyond it, and the upper quantile."""
    x = np.repeat(np.arange(9.0), [1140, 1, 1, 1, 28, 1, 1, 1, 3])
    assert knots(x, 3).tolist() == [1.0, 4.0, 6.0]


def test_too_few_values_are_refused() -> None:
    with pytest.raises(InputError, match="different knots"):
        knots([0, 1, 2] * 10, 3)
    with pytest.raises(InputError, match="at least 6"):
        knots([1, 2, 3], 3)
    with pytest.raises(InputError, match="3 to 7"):
        knots(np.arange(50), 9)


@pytest.mark.parametrize("n_knots", [3, 4, 5])
def test_straight_outside_and_smooth_at_the_knots(n_knots: int) -> None:
    at = knots(np.random.default_rng(1).normal(size=200), n_knots)
    first, last = at[0], at[-1]
    below = restricted_cubic(np.array([first - 3.0, first - 1.0, first]), at)
    assert below[:, 1:] == pytest.approx(0.0)
    above = restricted_cubic(last + np.array([0.0, 1.0, 2.0]), at)
    assert above[2] - above[1] == pytest.approx(above[1] - above[0])
    h = 1e-4
    for k in at:
        left, middle, right = restricted_cubic(np.array([k - h, k, k + h]), at)
        assert (right - middle) / h == pytest.approx((middle - left) / h, abs=1e-3)


def test_norms_differ_by_a_factor() -> None:
    at = np.array([0.0, 1.0, 3.0])
    x = np.array([0.5, 2.0, 5.0])
    plain = restricted_cubic(x, at, norm=0)[:, 1]
    assert restricted_cubic(x, at, norm=1)[:, 1] == pytest.approx(plain / 8)
    assert restricted_cubic(x, at, norm=2)[:, 1] == pytest.approx(plain / 9)
