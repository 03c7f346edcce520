"""A tally says of numbers what numpy says of them one by one."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.tally import Tally

NUMBERS = np.random.default_rng(5).integers(-4, 30, 401) / 4


@pytest.mark.parametrize("n", [1, 2, 5, 400, 401])
def test_quantiles_and_spread_are_those_of_the_numbers(n: int) -> None:
    numbers, tally = NUMBERS[:n], Tally.of(NUMBERS[:n])
    assert len(tally) == n
    assert tally.median == np.median(numbers)
    for q in (0.0, 0.25, 0.6, 0.9, 1.0):
        assert tally.quantile(q) == pytest.approx(np.quantile(numbers, q), abs=1e-12)
    assert tally.std == pytest.approx(numbers.std(), abs=1e-12)
    assert tally.share(tally.points > 2) == np.mean(numbers > 2)


def test_equal_points_are_put_together_and_what_does_not_occur_is_none() -> None:
    tally = Tally.of([3.0, 1.0, 3.0, 2.0], [2, 1, 5, 0])
    assert tally.points.tolist() == [1.0, 3.0]
    assert tally.counts.tolist() == [1, 7]


def test_nothing_is_a_tally_too() -> None:
    assert len(Tally.of([])) == 0
