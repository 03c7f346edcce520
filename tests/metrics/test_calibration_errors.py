"""Summaries of the distance between predicted and smoothly observed risks: truth by construction, groups, clipping."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import CURVES, METRICS
from spinesurv.stats.calibration_cox import cloglog, fit_calibration
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

ici, e50, e90, emax = (METRICS[k].function for k in ("ici", "e50", "e90", "emax"))


def risks(values: np.ndarray, day: float = HORIZON) -> Prediction:
    return Prediction(pd.RangeIndex(len(values)), times_days=[day], survival=1 - values[:, None])


def test_known_distance_is_found() -> None:
    outcome, x = outcome_and_factor(seed=8, n=10_000)
    wrong = predicted(x, slope=1.4, shift=-0.5)
    distance = np.abs(predicted(x).death_by(HORIZON) - wrong.death_by(HORIZON))
    expected = {e50: np.median(distance), e90: np.quantile(distance, 0.9), emax: distance.max()}
    for function, truth in expected.items():
        found = function(outcome, wrong, horizon_days=HORIZON)
        # the true curve is a line on this scale, which the spline can follow; 4 standard errors
        assert found.value == pytest.approx(truth, abs=4 * found.std_error)
        assert found.std_error < 0.02


def test_quantiles_of_the_fitted_distance() -> None:
    outcome, x = outcome_and_factor()
    p = predicted(x, slope=1.3).death_by(HORIZON)
    error = fit_calibration(outcome.time_days, outcome.event, p, HORIZON).error()
    for function, share in ((e50, 0.5), (e90, 0.9), (emax, 1.0)):
        value = function(outcome, risks(p), horizon_days=HORIZON).value
        assert value == pytest.approx(np.quantile(error, share))


def test_two_groups_by_hand() -> None:
    # one group of eight with risk 0.2, one of four with risk 0.6; no censoring, deaths on days 1, 2, 3, ...
    time = np.r_[[2, 4, 6, 8, 90, 90, 90, 90], [1, 3, 5, 7], np.full(8, 95)].astype(float)
    event = np.r_[np.ones(12), np.zeros(8)]
    event[4:8] = [1, 1, 1, 1]
    time[4:8] = [10, 12, 14, 16]
    p = np.r_[np.full(8, 0.2), np.full(4, 0.6), np.full(8, 0.2)]
    outcome = Outcome(time, event)
    fit = fit_calibration(time, event, p, 80.0)
    low, high = np.abs(fit.observed([0.2, 0.6]) - [0.2, 0.6])
    found = {f: f(outcome, risks(p, 80.0), horizon_days=80.0) for f in (ici, e50, e90, emax)}
    # sixteen patients of twenty are at the distance of the first group, four at that of the second
    assert found[ici].value == pytest.approx((16 * low + 4 * high) / 20)
    assert found[e50].value == pytest.approx(low)
    assert found[e90].value == pytest.approx(high)
    assert found[emax].value == pytest.approx(max(low, high))
    assert all(np.isfinite(e.std_error) and e.std_error > 0 for e in found.values())
    assert found[e50].reason.startswith("2 distinct predicted risks: a straight line")


def test_influence_of_the_largest_distance_is_the_derivative_by_weight() -> None:
    outcome, x = outcome_and_factor(n=150)
    p = predicted(x, slope=0.8, shift=-0.5).death_by(HORIZON)
    knots = np.quantile(cloglog(p), [0.1, 0.5, 0.9])
    estimate = emax(outcome, risks(p), horizon_days=HORIZON, knots=knots)
    for i in range(0, 150, 15):
        step = np.zeros(150)
        step[i] = 1e-4
        up, down = (
            emax(outcome, risks(p), horizon_days=HORIZON, knots=knots, weights=1 + s).value
            for s in (step, -step)
        )
        # central differences of step 1e-4 are good to about 1e-8
        assert estimate.influence[i] == pytest.approx((up - down) / 2e-4, abs=1e-6)


@pytest.mark.parametrize("function", [ici, e50, e90, emax], ids=lambda f: f.__name__)
def test_clipping_is_stated(function: object) -> None:
    outcome, x = outcome_and_factor()
    p = predicted(x).death_by(HORIZON)
    p[:3] = 1.0
    moved = int((p > 0.95).sum() + (p < 0.05).sum())
    estimate = function(outcome, risks(p), horizon_days=HORIZON, clip=0.05)
    assert estimate.reason == f"{moved} of 400 predicted risks were moved to 0.05 or 0.95"
    same = function(outcome, risks(p.clip(0.05, 0.95)), horizon_days=HORIZON)
    assert estimate.value == pytest.approx(same.value)
    assert same.reason is None
    silent = function(outcome, risks(p), horizon_days=HORIZON)
    assert silent.status == "gap"
    assert "by group (calibration_groups)" in silent.reason
    with pytest.raises(InputError, match=r"clip: 0\.7 found"):
        function(outcome, risks(p), horizon_days=HORIZON, clip=0.7)


def test_the_curve_says_what_it_clipped() -> None:
    outcome, x = outcome_and_factor()
    p = predicted(x).death_by(HORIZON)
    p[:3] = 1.0
    curve = CURVES["calibration"].function(outcome, risks(p), horizon_days=HORIZON, clip=0.001)
    assert curve.status == "ok"
    assert curve.reason == "3 of 400 predicted risks were moved to 0.001 or 0.999"


def test_slopes_of_certain_predictions_are_gaps() -> None:
    outcome, x = outcome_and_factor()
    p = predicted(x).death_by(HORIZON)
    p[:3] = 0.0
    for key in ("calibration_slope", "calibration_intercept"):
        gap = METRICS[key].function(outcome, risks(p), horizon_days=HORIZON)
        assert gap.status == "gap"
        assert "3 of 400 predicted risks are exactly 0 or 1" in gap.reason
