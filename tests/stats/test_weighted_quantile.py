"""Weighted quantiles by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.weighted_quantile import weighted_quantile


def test_without_weights_type_7() -> None:
    values = np.random.default_rng(0).normal(size=37)
    shares = [0.0, 0.1, 0.5, 0.9, 1.0]
    assert weighted_quantile(values, shares) == pytest.approx(np.quantile(values, shares))
    assert weighted_quantile(values, shares, np.full(37, 0.3)) == pytest.approx(np.quantile(values, shares))


def test_three_values_by_hand() -> None:
    # weights 1, 2, 1: places 0, 1.5, 3 of 3
    assert weighted_quantile([3.0, 1.0, 2.0], [0.25, 0.5], [1.0, 1.0, 2.0]) == pytest.approx([1.5, 2.0])
    # weights 3, 1, 1: places 0, 2, 3 of 3
    assert weighted_quantile([1.0, 2.0, 3.0], [1 / 3, 5 / 6], [3.0, 1.0, 1.0]) == pytest.approx([1.5, 2.5])


def test_one_value() -> None:
    assert weighted_quantile([4.0], [0.0, 0.3, 1.0], [2.0]).tolist() == [4.0, 4.0, 4.0]
