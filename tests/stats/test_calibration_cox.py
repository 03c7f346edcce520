"""Smooth calibration: truth by construction, influence values."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.calibration_cox import cloglog, fit_calibration


def cohort(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times with hazard exp(x), censoring, and the true risk by 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).clip(-3, 2)
    death, end = rng.exponential(np.exp(-x)), rng.uniform(0.5, 4.0, n)
    return np.minimum(death, end), death <= end, 1 - np.exp(-np.exp(x))


def test_true_risks_lie_on_the_diagonal() -> None:
    time, event, risk = cohort(1, 20_000)
    fit = fit_calibration(time, event, risk, 1.0)
    at = np.array([0.2, 0.5, 0.8])
    # with 20,000 patients the curve is known to about 0.006 here
    assert fit.observed(at) == pytest.approx(at, abs=0.02)
    low, high = fit.interval(at)
    assert (low < fit.observed(at)).all() and (fit.observed(at) < high).all()


def test_known_miscalibration_is_found() -> None:
    # predicted cloglog = true cloglog - 0.7: the mean error is that of the true risks
    time, event, risk = cohort(2, 20_000)
    wrong = 1 - np.exp(-np.exp(cloglog(risk) - 0.7))
    value, _ = fit_calibration(time, event, wrong, 1.0).mean_error()
    assert value == pytest.approx(np.mean(risk - wrong), abs=0.01)


def test_influence_is_the_derivative_by_weight() -> None:
    time, event, risk = cohort(3, 150)
    wrong = 1 - np.exp(-np.exp(cloglog(risk) * 0.8 - 0.5))
    one = np.ones(150)
    fixed = fit_calibration(time, event, wrong, 1.0).knots

    def value(w: np.ndarray) -> float:
        return fit_calibration(time, event, wrong, 1.0, knots=fixed, weights=w).mean_error()[0]

    _, influence = fit_calibration(time, event, wrong, 1.0).mean_error()
    for i in range(0, 150, 15):
        step = np.zeros(150)
        step[i] = 1e-4
        # central differences of step 1e-4 are good to about 1e-8
        assert influence[i] == pytest.approx((value(one + step) - value(one - step)) / 2e-4, abs=1e-6)


def test_coarse_predictions_get_a_line() -> None:
    time, event, risk = cohort(4, 300)
    coarse = np.where(risk > 0.5, 0.7, 0.3)
    fit = fit_calibration(time, event, coarse, 1.0)
    assert len(fit.knots) == 0
    assert len(fit.fit.coef) == 1
