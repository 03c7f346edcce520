"""Local regression by hand, and where there is little to fit."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.loess import loess, loess_rows


def test_five_points_by_hand() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    # at 1 the nearest three are 0, 1, 2 at distances 1, 0, 1 = the reach: only the point itself counts
    assert loess(x, y, [1.0], span=0.6) == pytest.approx([3.0])
    # at 1.4 the reach is 1.4 (0); 1 weighs (1 - (0.4/1.4)^3)^3, 2 weighs (1 - (0.6/1.4)^3)^3: a line through both
    assert loess(x, y, [1.4], span=0.6) == pytest.approx([0.6 * 3 + 0.4 * 2])
    a, b = ((1 - (d / 1.4) ** 3) ** 3 for d in (0.4, 0.6))
    assert loess(x, y, [1.4], span=0.6, degree=0) == pytest.approx([(3 * a + 2 * b) / (a + b)])


@pytest.mark.parametrize("degree", [1, 2])
def test_polynomials_come_back(degree: int) -> None:
    x = np.random.default_rng(0).uniform(size=60)
    y = 1.0 - 2.0 * x + (3.0 * x**2 if degree == 2 else 0.0)
    assert loess(x, y, x, degree=degree) == pytest.approx(y, abs=1e-10)
    rows = loess_rows(x, [0.3, 0.9], degree=degree)
    assert rows.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_weights_count_observations() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=30), rng.normal(size=30)
    twice = np.repeat(np.arange(30), 2)
    # everybody is near, so doubling everybody changes nothing, and weight 2 for one is that one twice
    assert loess(x[twice], y[twice], [0.4], span=1.0) == pytest.approx(loess(x, y, [0.4], span=1.0))
    heavy = np.r_[2.0, np.ones(29)]
    more = np.r_[0, np.arange(30)]
    assert loess(x, y, [0.4], span=1.0, weights=heavy) == pytest.approx(
        loess(x[more], y[more], [0.4], span=1.0)
    )


def test_few_places() -> None:
    x, y = np.repeat([0.2, 0.8], 10), np.r_[np.zeros(9), 1.0, np.ones(10)]
    assert loess(x, y, [0.2, 0.8]) == pytest.approx([0.1, 1.0])
    assert loess(x, y, [0.3, 0.7], degree=2, span=0.4) == pytest.approx([0.1, 1.0])
    assert loess(np.full(8, 0.5), np.arange(8.0), [0.5, 0.9]) == pytest.approx([3.5, 3.5])


def test_refuses() -> None:
    with pytest.raises(InputError, match="degree 3"):
        loess([0.0, 1.0], [0.0, 1.0], [0.5], degree=3)
    with pytest.raises(InputError, match="leaves none"):
        loess([0.0, 1.0], [0.0, 1.0], [0.5], span=0.1)
