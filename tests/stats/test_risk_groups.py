"""Groups by predicted risk: cuts at observed values or at ranks."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.risk_groups import risk_groups


def test_cuts_at_observed_values_keep_equal_ones_together() -> None:
    # 8 values, 4 groups of 2: the second value at or below cut 1 is the tied 0.1, which takes all three
    x = [0.1, 0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert risk_groups(x, 4).tolist() == [0, 0, 0, 1, 2, 2, 3, 3]


def test_empty_groups_vanish() -> None:
    assert risk_groups([0.7, 0.2, 0.7, 0.2, 0.2], 10).tolist() == [1, 0, 1, 0, 0]
    assert risk_groups([0.4, 0.4, 0.4], 5).tolist() == [0, 0, 0]


def test_ranks_split_equal_values_in_the_order_of_rows() -> None:
    # type 7 quantile of the ranks 1..4 at one half: 2.5
    assert risk_groups([0.5, 0.5, 0.5, 0.1], 2, rule="ranks").tolist() == [0, 1, 1, 0]


def test_wrong_wishes_are_refused() -> None:
    with pytest.raises(InputError, match="at least 2"):
        risk_groups([0.1, 0.2], 1)
    with pytest.raises(InputError, match="unknown rule"):
        risk_groups([0.1, 0.2], 2, rule="deciles")


def test_sizes_are_even_without_ties() -> None:
    x = np.random.default_rng(0).permutation(103) / 103
    for rule in ("values", "ranks"):
        sizes = np.bincount(risk_groups(x, 10, rule=rule))
        assert sizes.sum() == 103
        assert set(sizes) <= {10, 11}
