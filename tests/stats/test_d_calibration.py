"""D-calibration: by hand, under the truth, and its influence values."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.d_calibration import DCalibration, d_calibration


def test_six_patients_by_hand() -> None:
    # events at 0.2, 0.7 and 1; censored at 0.8 (5/8 of it below one half), 0.4 (all below) and 0
    found = d_calibration([0.2, 0.7, 1.0, 0.8, 0.4, 0.0], [1, 1, 1, 0, 0, 0], bins=2)
    assert found.counts == pytest.approx([1 + 0.625 + 1 + 1, 2 + 0.375])
    assert found.chi_square == pytest.approx(2 * 0.625**2 / 3)
    assert found.degrees_of_freedom == 1
    assert found.p == pytest.approx(0.6098, abs=5e-5)  # chi-squared 0.2604 on 1 degree of freedom
    # the share below one half is (1, 0, 0, 5/8, 1, 1) for the patients; its variance is that of their mean, and the
    # other bin has the same
    variance = np.var([1, 0, 0, 0.625, 1, 1]) / 6
    assert found.distance()[0] == pytest.approx(found.chi_square / 6 - 2 * 2 * variance)


def test_even_under_the_truth_with_censoring() -> None:
    rng = np.random.default_rng(0)
    death, end = rng.exponential(1.0, 200_000), rng.uniform(0, 2, 200_000)
    found = d_calibration(np.exp(-np.minimum(death, end)), death <= end)
    # a share of 0.1 of 200,000 is known to 0.0007; 5 of these
    assert found.shares == pytest.approx(np.full(10, 0.1), abs=0.0034)
    wrong = d_calibration(np.exp(-1.5 * np.minimum(death, end)), death <= end)
    assert wrong.distance()[0] > 0.01
    assert wrong.p < 1e-6 < found.p


@pytest.mark.parametrize("factor", [1.0, 1.4])
def test_mean_and_error_of_the_distance(factor: float) -> None:
    rng = np.random.default_rng(3)

    def found(n: int) -> DCalibration:
        death, end = rng.exponential(1.0, n), rng.uniform(0, 3, n)
        return d_calibration(np.exp(-factor * np.minimum(death, end)), death <= end)

    truth = found(400_000).distance()[0]
    values, errors = [], []
    for _ in range(400):
        value, influence = found(150).distance()
        values.append(value)
        errors.append(np.sqrt(np.sum(influence**2)))
    spread = np.std(values, ddof=1)
    # unbiased: 4 standard errors of the mean of 400; the spread of 400 is known to 3.5 %, errors vary from draw to draw
    assert abs(np.mean(values) - truth) < 4 * spread / 20
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(spread, rel=0.2)


def test_influence_is_the_derivative_of_the_shares_by_weight() -> None:
    rng = np.random.default_rng(1)
    u, event, w = rng.uniform(size=40), rng.uniform(size=40) < 0.6, rng.uniform(0.5, 2.0, 40)
    found = d_calibration(u, event, weights=w)
    for i in (0, 7, 31):
        moved = w.copy()
        moved[i] *= 1 + 1e-6
        step = d_calibration(u, event, weights=moved).shares - found.shares
        assert found.influence[i] == pytest.approx(step / 1e-6, abs=1e-6)
