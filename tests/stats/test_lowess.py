"""Lowess against R on the stopping distances of 50 cars, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.lowess import lowess

# Ezekiel M. Methods of Correlation Analysis. Wiley 1930, table 4: speed (mph) and stopping distance (feet)
SPEED = np.repeat(
    [4.0, *range(7, 21), *range(22, 26)], [2, 2, 1, 1, 3, 2, 4, 4, 4, 3, 2, 3, 4, 3, 5, 1, 1, 4, 1]
)
# fmt: off
DISTANCE = np.array([
    2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40,
    50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85,
], dtype=float)
# fmt: on


def test_cars_as_in_r() -> None:
    """The example of R's help page: lowess(cars), three robust turns."""
    curve = lowess(SPEED, DISTANCE)
    found = dict(zip(curve.places.tolist(), curve.value, strict=True))
    expected = {4: 4.965459, 7: 13.124495, 10: 21.280313, 15: 36.757728, 20: 56.491224, 25: 84.328698}
    assert [found[x] for x in expected] == pytest.approx(list(expected.values()), abs=5e-7)


def test_three_points_by_hand() -> None:
    # everybody is near: at 0 the farthest (2) weighs 0 and 1 weighs (1 - 1/8)^3: a line through both
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 4.0])
    curve = lowess(x, y, share=1.0, n_robust=0)
    assert curve.at([0.0, 2.0]) == pytest.approx([1.0, 4.0])
    # at 1 both neighbours are as far as the reach: the point itself
    assert curve.at([1.0]) == pytest.approx([3.0])
    assert curve.at([0.5]) == pytest.approx([2.0])


def test_a_line_comes_back_and_places_within_the_step_are_skipped() -> None:
    x = np.linspace(0.0, 1.0, 101)
    curve = lowess(x, 2.0 - 3.0 * x, step=0.105)  # ten places on, and the end
    assert curve.places == pytest.approx(np.linspace(0.0, 1.0, 11))
    assert curve.at(x) == pytest.approx(2.0 - 3.0 * x)


def test_influence_is_the_derivative_by_the_weights() -> None:
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(size=40))
    y = (rng.uniform(size=40) < x).astype(float)
    shares, h = np.full(40, 1 / 40), 1e-6
    influence = lowess(x, y, n_robust=0).influence(x, shares)
    for k in (0, 17, 39):
        values = []
        for change in (-h, h):
            w = np.ones(40)
            w[k] += change
            values.append(shares @ lowess(x, y, n_robust=0, weights=w).at(x))
        assert influence[k] == pytest.approx((values[1] - values[0]) / (2 * h), abs=1e-7)


def test_one_place() -> None:
    curve = lowess([0.5, 0.5, 0.5], [0.0, 1.0, 1.0], n_robust=0)
    assert curve.at([0.5]) == pytest.approx([2 / 3])
    assert curve.influence([0.5], np.ones(1)) == pytest.approx([-2 / 9, 1 / 9, 1 / 9])


def test_refuses() -> None:
    with pytest.raises(InputError, match="robust turns"):
        lowess([0.0, 1.0], [0.0, 1.0], n_robust=-1)
