"""Gonen-Heller's concordance probability: by hand, against all pairs, and its influence values."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.gonen_heller import gonen_heller
from tests.stats.simulated import tied


def direct(x: np.ndarray, w: np.ndarray, tie: float = 0.5) -> float:
    top = bottom = 0.0
    for i in range(len(x)):
        for j in range(i):
            top += w[i] * w[j] * (tie if x[i] == x[j] else 1 / (1 + np.exp(-abs(x[i] - x[j]))))
            bottom += w[i] * w[j]
    return top / bottom


def test_three_patients_by_hand() -> None:
    # hazards 1, 2 and 6: the higher one is first with probability 2/3, 6/7 and 3/4
    assert gonen_heller(np.log([1, 2, 6])).value == pytest.approx((2 / 3 + 6 / 7 + 3 / 4) / 3)


def test_equals_the_sum_over_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spinesurv.stats.gonen_heller.BLOCK", 3)
    d = tied(0, n=40)
    assert gonen_heller(d.marker, weights=d.weights).value == pytest.approx(direct(d.marker, d.weights))
    zero = gonen_heller(d.marker, ties="zero")
    assert zero.value == pytest.approx(direct(d.marker, np.ones(40), tie=0.0))


def test_influence_is_the_derivative_by_weight() -> None:
    d = tied(1, n=30)
    found = gonen_heller(d.marker, weights=d.weights)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-13)
    for i in range(0, 30, 4):
        step = np.zeros(30)
        step[i] = 1e-5
        slope = (direct(d.marker, d.weights + step) - direct(d.marker, d.weights - step)) / 2e-5
        assert found.influence[i] == pytest.approx(d.weights[i] * slope, abs=1e-8)


def test_one_patient_has_no_pair() -> None:
    assert np.isnan(gonen_heller([0.3]).value)


def test_twins_are_pairs_and_weights_are_not() -> None:
    # stated in the documentation: duplicated patients are not the same as weight 2
    x = np.log([1.0, 2.0, 6.0])
    assert gonen_heller(x, weights=[2, 2, 2]).value == pytest.approx(gonen_heller(x).value)
    assert gonen_heller(np.tile(x, 2)).value < gonen_heller(x).value


def test_unknown_rule_for_ties() -> None:
    with pytest.raises(InputError, match="unknown rule for ties 'one'"):
        gonen_heller([0, 1], ties="one")
