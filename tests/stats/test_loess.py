"""Local regression by hand, and where there is little to fit."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.loess import loess, loess_surface


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
    if degree == 2:  # a cubic between two points of a parabola is the parabola
        assert loess_surface(x, y).at(x) == pytest.approx(y, abs=1e-10)


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


def test_cells_are_halved_at_an_observation() -> None:
    x = np.arange(10.0)
    # a cell holds at most floor(10 * 0.75 * 0.2) = 1: cuts at 4, then 2 and 7, then 1, 3, 6, 8, then 0 and 5
    vertices = loess_surface(x, x, degree=1).vertices
    assert vertices == pytest.approx([-0.045, *range(9), 9.045])
    # ties are not cut: the middle (position 4) is tied with the next, the nearest that is not lies before it
    tied = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0])
    assert 3.0 in loess_surface(tied, tied, degree=1, span=1.0).vertices.tolist()


@pytest.mark.parametrize("degree", [1, 2])
def test_surface_is_exact_at_its_vertices_and_near_between(degree: int) -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(size=200)
    y = (rng.uniform(size=200) < x).astype(float)
    surface = loess_surface(x, y, degree=degree)
    inner = surface.vertices[1:-1]
    assert surface.at(inner) == pytest.approx(loess(x, y, inner, degree=degree), abs=1e-12)
    assert surface.at(x) == pytest.approx(loess(x, y, x, degree=degree), abs=0.02)


def test_influence_is_the_derivative_by_the_weights() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(size=50)
    y = (rng.uniform(size=50) < x).astype(float)
    shares, h = rng.uniform(size=50), 1e-6
    influence = loess_surface(x, y).influence(x, shares)
    for k in (0, 20, 49):
        values = []
        for change in (-h, h):
            w = np.ones(50)
            w[k] += change
            values.append(shares @ loess_surface(x, y, weights=w).at(x))
        assert influence[k] == pytest.approx((values[1] - values[0]) / (2 * h), abs=1e-6)


def test_refuses() -> None:
    with pytest.raises(InputError, match="degree 0"):
        loess_surface([0.0, 1.0], [0.0, 1.0], degree=0)
    with pytest.raises(InputError, match="degree 3"):
        loess([0.0, 1.0], [0.0, 1.0], [0.5], degree=3)
    with pytest.raises(InputError, match="leaves none"):
        loess([0.0, 1.0], [0.0, 1.0], [0.5], span=0.1)
