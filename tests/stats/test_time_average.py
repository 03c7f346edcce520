"""Averages over a grid of times in both conventions."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.time_average import time_average_weights


def test_both_rules_by_hand() -> None:
    times, values = [0.0, 1.0, 4.0], np.array([0.0, 2.0, 3.0])
    assert time_average_weights(times) @ values == pytest.approx((1.0 + 3 * 2.5) / 4)
    assert time_average_weights(times, rule="left") @ values == pytest.approx(3 * 2.0 / 4)


def test_a_constant_stays_and_a_line_is_averaged() -> None:
    times = np.array([2.0, 3.0, 7.0, 7.5])
    assert time_average_weights(times).sum() == pytest.approx(1.0)
    assert time_average_weights(times, rule="left").sum() == pytest.approx(1.0)
    assert time_average_weights(times) @ (2 * times + 1) == pytest.approx(2 * (2 + 7.5) / 2 + 1)


def test_unknown_rule() -> None:
    with pytest.raises(InputError, match="unknown rule"):
        time_average_weights([0, 1], rule="simpson")
