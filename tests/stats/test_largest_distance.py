"""Limits of the largest distance from a calibration curve: by hand, by trying many curves, and out of a fit."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.calibration_cox import cloglog, fit_calibration
from spinesurv.stats.largest_distance import LargestDistance

Z = 1.959964


def risk(predictor: np.ndarray) -> np.ndarray:
    return -np.expm1(-np.exp(predictor))


def test_one_risk_by_hand() -> None:
    middle = float(cloglog(0.5))
    one = LargestDistance(np.array([0.3]), np.ones((1, 1)), np.array([middle]), np.array([[0.04]]))
    # observed risk 0.5 with an interval of cloglog +- 1.96 * 0.2, less the 0.3 predicted
    ends = risk(middle + Z * 0.2 * np.array([-1, 1])) - 0.3
    assert one.interval() == pytest.approx(ends, abs=2e-6)
    unsure = LargestDistance(one.risk, one.columns, one.coef, np.array([[1.0]]))
    # the band holds the prediction, and reaches farther below it than above
    band = risk(middle + Z * np.array([-1, 1]))
    assert band[0] < 0.3
    assert unsure.interval() == pytest.approx((0.0, max(band[1] - 0.3, 0.3 - band[0])), abs=2e-6)


def test_two_risks_by_trying_every_curve() -> None:
    p, observed = np.array([0.2, 0.7]), np.array([0.3, 0.5])
    root = np.array([[0.15, 0.0], [0.05, 0.2]])
    two = LargestDistance(p, np.eye(2), cloglog(observed), root @ root.T)
    angle, radius = np.meshgrid(np.linspace(0, 2 * np.pi, 2001), np.linspace(0, Z, 401))
    curves = risk(
        cloglog(observed)[:, None, None] + np.tensordot(root, [np.cos(angle), np.sin(angle)], 1) * radius
    )
    largest = np.abs(curves - p[:, None, None]).max(axis=0)
    assert two.interval() == pytest.approx((largest.min(), largest.max()), abs=5e-4)  # step of the grid


@pytest.mark.parametrize("factor", [1.0, 0.6])
def test_of_a_fit(factor: float) -> None:
    rng = np.random.default_rng(2)
    p = rng.uniform(0.05, 0.6, 400)
    death, end = rng.exponential(size=400) / np.exp(cloglog(p)), rng.uniform(0.5, 3.0, 400)
    fit = fit_calibration(np.minimum(death, end), death <= end, factor * p, 1.0)
    low, high = LargestDistance.of(fit).interval()
    value, _ = fit.largest_error()
    assert 0.0 <= low < value < high < 1.0
    # up: the farthest that the pointwise band from influence values is; that from the likelihood is nearly the same
    lower, upper = fit.interval(fit.risk)
    assert high == pytest.approx(max((upper - fit.risk).max(), (fit.risk - lower).max()), rel=0.15)
    assert (low < 0.01) == (factor == 1.0)
    pairs = LargestDistance.of(fit, np.arange(400) // 2).covariance
    assert pairs != pytest.approx(LargestDistance.of(fit, np.arange(400)).covariance, rel=1e-3)
