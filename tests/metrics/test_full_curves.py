"""Measures of whole survival curves: by hand, under the truth, and when a prediction is no curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.evaluation import evaluate
from spinesurv.metrics import METRICS

CURVE_KEYS = [key for key, m in METRICS.items() if m.needs == "curve"]
level, slope = (METRICS[f"calibration_{k}_poisson"].function for k in ("intercept", "slope"))
d_calibration, integrated_brier = (METRICS[k].function for k in ("d_calibration", "integrated_brier"))

#: dead on days 10, 20, 30, censored on 25 and 40
OUTCOME = Outcome([10, 20, 25, 30, 40], [1, 1, 0, 1, 0])


def curves(survival: list[float] | np.ndarray, n: int, days: tuple[float, ...] = (10, 20, 30)) -> Prediction:
    """The same curve for everybody, or one row each."""
    rows = np.broadcast_to(np.asarray(survival, dtype=float), (n, len(days)))
    return Prediction(pd.RangeIndex(n), times_days=days, survival=rows)


EVERYBODY = curves([0.8, 0.6, 0.5], 5)
#: survival at the end of follow-up, cut at day 30; day 25 is half way in hazard between days 20 and 30
AT_END = np.array([0.8, 0.6, np.sqrt(0.6 * 0.5), 0.5, 0.5])


def test_poisson_intercept_of_five_patients() -> None:
    hazard = -np.log(AT_END)
    found = level(OUTCOME, EVERYBODY, horizon_days=30)
    ratio = 3 / hazard.sum()
    assert found.value == pytest.approx(np.log(ratio))
    off = (np.array([1, 1, 0, 1, 0]) - ratio * hazard) / 3
    assert found.std_error == pytest.approx(np.sqrt(np.sum(off**2)))
    assert (found.n, found.events) == (5, 3)


def test_d_calibration_of_five_patients() -> None:
    # upper half: all three deaths (0.8, 0.6, 0.5) and 0.0477 of the 0.5477 over which the censored one is spread
    found = d_calibration(OUTCOME, EVERYBODY, horizon_days=30, bins=2)
    upper = 3 + (AT_END[2] - 0.5) / AT_END[2]
    # the variance of a share is that of the mean of (1, 1, its part, 1, 0), the same for both bins
    chance = np.var([1, 1, upper - 3, 1, 0]) / 5
    assert found.value == pytest.approx(2 * 2 * ((upper / 5 - 0.5) ** 2 - chance))
    assert found.reason == "chi-squared 0.28 (df 1), p = 0.599"


def test_integrated_brier_of_five_patients() -> None:
    # day 10: (0.8^2 + 4 * 0.2^2) / 5 = 0.16; day 20: (2 * 0.6^2 + 3 * 0.4^2) / 5 = 0.24
    # day 30: one of three is censored on day 25, so the death on 30 and the one alive count 3/2: (2 + 3/2 + 3/2) / 4 / 5
    found = integrated_brier(OUTCOME, EVERYBODY, horizon_days=30)
    assert found.value == pytest.approx((10 * 0.08 + 10 * 0.20 + 10 * 0.245) / 30)


def test_poisson_slope_of_two_groups_in_closed_form() -> None:
    # 24 patients in two groups with risk 1 - exp(-0.2) and 1 - exp(-0.8) by day 30, hazard constant
    group = np.repeat([0, 1], 12)
    total = np.where(group == 1, 0.8, 0.2)
    days = (10, 20, 30)
    prediction = curves(np.exp(-np.outer(total, np.array(days) / 30)), 24, days)
    time = np.tile([10, 20, 30, 40, 40, 40], 4)
    event = np.r_[np.tile([1, 1, 0, 0, 0, 0], 2), np.tile([1, 1, 1, 0, 0, 0], 2)]
    found = slope(Outcome(time, event), prediction, horizon_days=30)
    expected = [total[group == g][0] * np.minimum(time[group == g], 30).sum() / 30 for g in (0, 1)]
    ratio = np.array([4, 6]) / expected
    assert found.value == pytest.approx(1 + np.log(ratio[1] / ratio[0]) / np.log(0.8 / 0.2))


def simulated(n: int = 4000, *, late: bool = False) -> tuple[Outcome, np.ndarray]:
    rng = np.random.default_rng(11)
    x = rng.normal(size=n) * 0.8
    death, end = rng.exponential(200 * np.exp(-x)), rng.uniform(50, 600, n)
    time, event = np.minimum(death, end), death <= end
    if not late:
        return Outcome(time, event), x
    entry = rng.uniform(0, 60, n)
    seen = time > entry
    return Outcome(time[seen], event[seen], entry_days=entry[seen]), x[seen]


def exponential(x: np.ndarray, *, shift: float = 0.0, factor: float = 1.0) -> Prediction:
    days = np.arange(5.0, 366.0, 5.0)
    survival = np.exp(-np.outer(np.exp(factor * x + shift) / 200, days))
    return Prediction(pd.RangeIndex(len(x)), times_days=days, survival=survival)


@pytest.mark.parametrize("late", [False, True])
def test_the_truth_is_calibrated_over_its_course(late: bool) -> None:
    outcome, x = simulated(late=late)
    truth = exponential(x)
    for measure, right in ((level, 0.0), (slope, 1.0)):
        found = measure(outcome, truth, horizon_days=365)
        assert abs(found.value - right) < 3.3 * found.std_error  # missed once in 1,000
    p = float(d_calibration(outcome, truth, horizon_days=365).reason.split("p = ")[1])
    assert p > 0.001
    half = exponential(x, shift=np.log(0.5))
    assert level(outcome, half, horizon_days=365).value == pytest.approx(
        level(outcome, truth, horizon_days=365).value + np.log(2), abs=0.01
    )
    narrow = exponential(x, factor=0.5)
    assert slope(outcome, narrow, horizon_days=365).value == pytest.approx(2.0, abs=0.2)
    assert float(d_calibration(outcome, half, horizon_days=365).reason.split("p = ")[1]) < 1e-6


def test_interpolation_costs_little() -> None:
    outcome, x = simulated()
    fine = exponential(x)
    coarse = Prediction(fine.key, times_days=fine.times_days[6::7], survival=fine.survival[:, 6::7])
    assert np.diff(coarse.times_days).max() == 35  # under a tenth of the horizon
    for measure in (level, slope, integrated_brier):
        values = [measure(outcome, p, horizon_days=350).value for p in (fine, coarse)]
        assert values[1] == pytest.approx(values[0], abs=0.01)


@pytest.mark.parametrize("key", CURVE_KEYS)
def test_single_horizons_are_no_curve(key: str) -> None:
    outcome, x = simulated(200)
    fine = exponential(x)
    at = np.isin(fine.times_days, [30, 90, 365])
    prediction = Prediction(fine.key, times_days=fine.times_days[at], survival=fine.survival[:, at])
    found = METRICS[key].function(outcome, prediction, horizon_days=365)
    assert found.status == "gap"
    assert found.reason.startswith("no full survival curve was predicted: no day between 30 and 90")
    assert "at most 36.5 apart" in found.reason


@pytest.mark.parametrize("key", CURVE_KEYS)
def test_a_long_step_that_nobody_ends_in_is_no_gap(key: str) -> None:
    # nobody leaves between days 30 and 200
    outcome = Outcome([10, 20, 30, 200, 300] * 3, [1, 1, 1, 1, 0] * 3)
    survival = 0.9 ** np.outer(1 + np.arange(15) % 4, [1, 2, 3, 5])
    prediction = curves(survival, 15, (10, 20, 30, 200))
    assert METRICS[key].function(outcome, prediction, horizon_days=200).status == "ok"


@pytest.mark.parametrize("key", CURVE_KEYS)
def test_a_patient_with_half_a_curve_is_left_out(key: str) -> None:
    outcome, x = simulated(200)
    whole = exponential(x)
    survival = whole.survival.copy()
    survival[:50, 3] = np.nan
    half = Prediction(whole.key, times_days=whole.times_days, survival=survival)
    a = METRICS[key].function(outcome, half, horizon_days=365)
    rest = np.arange(50, 200)
    b = METRICS[key].function(outcome.take(rest), whole.take(rest), horizon_days=365)
    assert a.n == 150
    assert a.value == pytest.approx(b.value)


def test_pairs_of_curves_stand_on_the_same_patients() -> None:
    outcome, x = simulated(300)
    whole, survival = exponential(x), exponential(x, factor=0.4).survival.copy()
    survival[:60, 3] = np.nan
    half = Prediction(whole.key, times_days=whole.times_days, survival=survival)
    table = evaluate(
        outcome,
        {"whole": whole, "half": half},
        horizons_days=[180],
        metrics=["integrated_brier", "d_calibration"],
        reference="whole",
    )
    pairs = table[table["reference"] == "whole"]
    assert pairs["status"].tolist() == ["ok", "ok"]
    assert pairs["n"].tolist() == [240, 240]


def test_predicted_certainties() -> None:
    outcome = Outcome([10, 20, 25, 30, 40] * 5, [1, 1, 0, 1, 0] * 5)
    dead = curves([0.5, 0.0, 0.0], 25)
    reason = "15 of 25 patients were followed to a day with a predicted survival of 0"
    assert level(outcome, dead, horizon_days=30).reason.startswith("20 of 25 patients were followed")
    assert slope(outcome.take([0, 2]), curves([0.5, 0.2, 0.0], 2), horizon_days=30).status == "gap"
    assert reason.split("25")[1] in level(outcome, dead, horizon_days=30).reason
    # alive for certain until day 20: those who leave before have no hazard to compare with
    safe = level(outcome, curves([1.0, 1.0, 0.5], 25), horizon_days=30)
    assert safe.status == "ok"
    assert safe.n == 15
    assert safe.reason == (
        "without 10 of 25 patients whose predicted hazard was still 0 when their follow-up ended, 10 of them by death"
    )
    sure = slope(outcome, curves([0.9, 0.8, 0.0], 25).take(np.arange(25)), horizon_days=30)
    assert "predicted survival of 0" in sure.reason


@pytest.mark.parametrize(
    "key", ["calibration_intercept_poisson", "calibration_slope_poisson", "d_calibration"]
)
def test_nobody_died(key: str) -> None:
    found = METRICS[key].function(
        Outcome([30, 31, 40], [0, 0, 1]), curves([0.9, 0.8, 0.7], 3), horizon_days=30
    )
    assert found.reason == "nobody has died by day 30"


def test_same_risk_for_everybody_has_no_slope() -> None:
    outcome = Outcome([10, 20, 25, 30, 40] * 5, [1, 1, 0, 1, 0] * 5)
    found = slope(outcome, curves([0.9, 0.8, 0.7], 25), horizon_days=30)
    assert "one value only" in found.reason
    few = slope(OUTCOME, EVERYBODY, horizon_days=30)
    assert few.reason == "fewer than 10 deaths for a calibration slope"
