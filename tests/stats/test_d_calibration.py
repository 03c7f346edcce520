"""D-calibration: by hand, under the truth, and its influence values."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.d_calibration import d_calibration


def test_six_patients_by_hand() -> None:
    # events at 0.2, 0.7 and 1; censored at 0.8 (5/8 of it below one half), 0.4 (all below) and 0
    found = d_calibration([0.2, 0.7, 1.0, 0.8, 0.4, 0.0], [1, 1, 1, 0, 0, 0], bins=2)
    assert found.counts == pytest.approx([1 + 0.625 + 1 + 1, 2 + 0.375])
    assert found.chi_square == pytest.approx(2 * 0.625**2 / 3)
    assert found.degrees_of_freedom == 1
    assert found.p == pytest.approx(0.6098, abs=5e-5)  # chi-squared 0.2604 on 1 degree of freedom
    assert found.distance()[0] == pytest.approx(found.chi_square / 6)


def test_even_under_the_truth_with_censoring() -> None:
    rng = np.random.default_rng(0)
    death, end = rng.exponential(1.0, 200_000), rng.uniform(0, 2, 200_000)
    found = d_calibration(np.exp(-np.minimum(death, end)), death <= end)
    # a share of 0.1 of 200,000 is known to 0.0007; 5 of these
    assert found.shares == pytest.approx(np.full(10, 0.1), abs=0.0034)
    wrong = d_calibration(np.exp(-1.5 * np.minimum(death, end)), death <= end)
    assert wrong.distance()[0] > 20 * found.distance()[0]
    assert wrong.p < 1e-6 < found.p


def test_influence_is_the_derivative_by_weight() -> None:
    rng = np.random.default_rng(1)
    u, event, w = rng.uniform(size=40), rng.uniform(size=40) < 0.6, rng.uniform(0.5, 2.0, 40)
    value, influence = d_calibration(u, event, weights=w).distance()
    for i in (0, 7, 31):
        moved = w.copy()
        moved[i] *= 1 + 1e-6
        step = d_calibration(u, event, weights=moved).distance()[0] - value
        assert influence[i] == pytest.approx(step / 1e-6, abs=1e-6)
