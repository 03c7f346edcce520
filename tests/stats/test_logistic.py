"""Logistic regression where the answer is known: two groups, one group, and doubled patients."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.calibration_logistic import logistic_calibration, logistic_curve, logit
from spinesurv.stats.logistic import LogisticFitError, fit_logistic


def test_two_groups_are_a_table_of_four_cells() -> None:
    # 3 of 8 and 6 of 8 with the outcome: log odds, and Woolf's error 1/3 + 1/5 + 1/6 + 1/2
    x = np.repeat([0.0, 1.0], 8)
    y = np.r_[np.ones(3), np.zeros(5), np.ones(6), np.zeros(2)]
    fit = fit_logistic(x, y)
    assert fit.coef == pytest.approx([np.log(3 / 5), np.log(6 / 2) - np.log(3 / 5)])
    assert fit.covariance[1, 1] == pytest.approx(1 / 3 + 1 / 5 + 1 / 6 + 1 / 2)
    assert fit.covariance[0, 0] == pytest.approx(1 / 3 + 1 / 5)
    assert fit.log_likelihood == pytest.approx(
        3 * np.log(3 / 8) + 5 * np.log(5 / 8) + 6 * np.log(6 / 8) + 2 * np.log(2 / 8)
    )
    # the model holds every cell, so the robust covariance is the information's
    assert fit.influence.T @ fit.influence == pytest.approx(fit.covariance)


def test_offset_alone() -> None:
    # everybody was told one half, 2 of 3 died
    fit = fit_logistic(np.empty((3, 0)), [1, 1, 0], offset=np.zeros(3))
    assert fit.coef == pytest.approx([np.log(2)])
    assert fit.covariance == pytest.approx(np.array([[1 / (3 * 2 / 9)]]))


def test_weights_count_patients_and_influence_is_their_derivative() -> None:
    rng = np.random.default_rng(0)
    x, offset = rng.normal(size=(40, 2)), rng.normal(size=40)
    y = (rng.uniform(size=40) < 0.5).astype(float)
    w = rng.integers(1, 4, 40)
    rows = np.repeat(np.arange(40), w)
    weighted = fit_logistic(x, y, weights=w, offset=offset)
    repeated = fit_logistic(x[rows], y[rows], offset=offset[rows])
    assert weighted.coef == pytest.approx(repeated.coef)
    assert weighted.covariance == pytest.approx(repeated.covariance)
    h = 1e-5
    moved = [
        fit_logistic(x, y, weights=w + h * s * (np.arange(40) == 7), offset=offset).coef for s in (-1, 1)
    ]
    assert weighted.influence[7] / w[7] == pytest.approx((moved[1] - moved[0]) / (2 * h), rel=1e-4)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([0.0, 1.0, 2.0], [1, 1, 1], "for all of 3"),
        ([1.0, 1.0, 1.0], [0, 1, 1], "one value only"),
        ([0.0, 1.0, 2.0, 3.0], [0, 0, 1, 1], "separate"),
        ([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [1.0, 2.0]], [0, 1, 1, 0], "repeat each other"),
    ],
)
def test_what_cannot_be_estimated(x: list[float], y: list[int], message: str) -> None:
    with pytest.raises(LogisticFitError, match=message):
        fit_logistic(x, y)


def test_large_opposite_coefficients_are_no_separation() -> None:
    """Where x and z nearly repeat each other a quarter of a unit of their difference needs coefficients in the tens.

    By hand: three points (x, z - x), as many parameters, so every share is met: 1/4, 1/2 and 3/4.
    """
    x, difference = np.repeat([0.0, 1.0, 1.0], 4), np.repeat([0.0, 0.0, 0.01], 4)
    y = np.r_[1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0]
    fit = fit_logistic(np.column_stack([x, x + difference]), y)
    by_difference = (np.log(3) - 0.0) / 0.01
    assert fit.coef == pytest.approx([-np.log(3), np.log(3) - by_difference, by_difference], rel=1e-6)


def test_one_group_without_events_is_a_separation() -> None:
    with pytest.raises(LogisticFitError, match="separate"):
        fit_logistic(np.repeat([0.0, 1.0], 6), np.r_[1, 0, 1, 0, 1, 0, np.zeros(6)])


def test_risks_that_are_right_need_no_recalibration() -> None:
    # 1 of 4 dies where 1/4 was predicted, 2 of 3 where 2/3 was
    risk = np.r_[np.full(4, 1 / 4), np.full(3, 2 / 3)]
    dead = np.array([1, 0, 0, 0, 1, 1, 0])
    found = logistic_calibration(dead, risk)
    assert found.joint.coef == pytest.approx([0.0, 1.0], abs=1e-9)
    assert found.in_the_large.coef == pytest.approx([0.0], abs=1e-9)
    assert found.unreliability_chi2 == pytest.approx(0.0, abs=1e-9)
    d, u, q = found.indices
    assert (u, q) == pytest.approx((-2 / 7, d + 2 / 7))
    assert found.discrimination_chi2 == pytest.approx(2 * (found.log_likelihood - found.null_log_likelihood))
    assert 0.0 < found.nagelkerke_r2 < 1.0


def test_curve_finds_a_bend() -> None:
    """Truth by construction: log odds bend where the logit is 0; 6,000 patients know the curve to 0.03."""
    rng = np.random.default_rng(1)
    risk = rng.uniform(0.02, 0.98, 6000)
    truth = 1 / (1 + np.exp(-np.where(logit(risk) < 0, 0.5, 1.5) * logit(risk)))
    dead = rng.uniform(size=6000) < truth
    curve = logistic_curve(dead, risk, knots=5)
    assert curve.at(risk) == pytest.approx(truth, abs=0.04)
    assert np.abs(logistic_curve(dead, risk, knots=[]).at(risk) - truth).max() > 0.04


def test_curve_influence_is_the_derivative_by_the_weights() -> None:
    rng = np.random.default_rng(2)
    risk = rng.uniform(0.05, 0.95, 60)
    dead = (rng.uniform(size=60) < risk).astype(float)
    curve, shares, h = logistic_curve(dead, risk), rng.uniform(size=60), 1e-5
    values = []
    for sign in (-1, 1):
        w = np.ones(60)
        w[11] += sign * h
        values.append(shares @ logistic_curve(dead, risk, knots=curve.knots, weights=w).at(risk))
    assert curve.influence(risk, shares)[11] == pytest.approx((values[1] - values[0]) / (2 * h), rel=1e-4)
