"""Measures where no more is known than who was dead by a day: by hand, and as with follow-up where nobody is censored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction, StatusAtDays
from spinesurv.metrics import CURVES, METRICS, Metric, bootstrapped
from tests.metrics.cohorts import HORIZON, predicted

EXIST = [m for m in METRICS.values() if m.at_day]
DO_NOT = [m for m in METRICS.values() if not m.at_day]
NOT_KNOWN = np.nan


def by_hand() -> tuple[Outcome, Prediction]:
    # day 90: dead, dead, alive, alive, alive, not known, alive, dead
    # day 365: dead, dead, dead, alive, not known, not known, alive, dead
    at_90 = [1, 1, 0, 0, 0, NOT_KNOWN, 0, 1]
    at_365 = [1, 1, 1, 0, NOT_KNOWN, NOT_KNOWN, 0, 1]
    outcome = Outcome.of_status(StatusAtDays([90, 365], np.column_stack([at_90, at_365])))
    risk_90 = np.array([0.8, 0.3, 0.4, 0.2, 0.1, 0.9, 0.1, 0.6])
    risk_365 = np.array([0.9, 0.5, 0.6, 0.4, 0.3, 0.95, 0.7, 0.8])
    survival = 1 - np.column_stack([risk_90, risk_365])
    return outcome, Prediction(pd.RangeIndex(8), marker=risk_365, times_days=[90, 365], survival=survival)


def test_measures_of_eight_patients_by_hand() -> None:
    outcome, p = by_hand()

    def found(key: str, day: float) -> float:
        return METRICS[key].function(outcome, p, horizon_days=day).value

    # day 90, seven known: 3 of 7 dead, mean risk 2.5 / 7
    brier = (0.2**2 + 0.7**2 + 0.4**2 + 0.2**2 + 0.1**2 + 0.1**2 + 0.4**2) / 7
    assert found("brier", 90) == pytest.approx(brier)
    assert found("ipa", 90) == pytest.approx(1 - brier / (3 / 7 * 4 / 7))
    assert found("observed_expected", 90) == pytest.approx(3 / 2.5)
    # markers of the dead .9 .5 .8, of the living .6 .4 .3 .7: 4 + 2 + 4 of 12 pairs
    assert found("auc", 90) == pytest.approx(10 / 12)
    # day 365: 3 of 7 dead by day 90; of the 4 others one is censored there, so that the remaining 3 weigh 4/3 each
    weighted = 0.1**2 + 0.5**2 + 0.2**2 + 4 / 3 * (0.4**2 + 0.4**2 + 0.7**2)
    assert found("brier", 365) == pytest.approx(weighted / 7)
    # alive: 4/7 by day 90, 2/3 of these by day 365; mean risk 4.2 / 7
    assert found("observed_expected", 365) == pytest.approx((1 - 4 / 7 * 2 / 3) / 0.6)
    # dead .9 .5 .8 of weight 1 and .6 of weight 4/3 against the living .4 .7 of weight 4/3: 2 + 1 + 2 + 4/3 of 2 * 13/3
    assert found("auc", 365) == pytest.approx((19 / 3) / (26 / 3))


def test_who_is_not_known_is_counted_and_never_alive() -> None:
    outcome, p = by_hand()
    estimate = METRICS["brier"].function(outcome, p, horizon_days=365)
    assert (estimate.n, estimate.events) == (7, 4)
    assert estimate.reason.startswith("1 patients are left out, their status is known at no day up to 365")


def simulated(seed: int = 3, n: int = 300) -> tuple[Outcome, Prediction]:
    """Follow-up of which nobody is censored by the horizon."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).clip(-2.5, 2.0)
    death, end = np.ceil(rng.exponential(300 * np.exp(-x))), rng.integers(int(HORIZON) + 1, 900, n)
    return Outcome(np.minimum(death, end), death <= end), predicted(x)


def status_of(outcome: Outcome, day: float = HORIZON) -> Outcome:
    return Outcome.of_status(
        StatusAtDays([day], (outcome.event & (outcome.time_days <= day)).astype(float)[:, None])
    )


@pytest.mark.parametrize("metric", EXIST, ids=lambda m: m.key)
def test_is_what_follow_up_gives_where_nobody_is_censored_before(metric: Metric) -> None:
    outcome, prediction = simulated()
    with_times = metric.function(outcome, prediction, horizon_days=HORIZON)
    by_status = metric.function(status_of(outcome), prediction, horizon_days=HORIZON)
    assert by_status.status == "ok"
    assert by_status.value == pytest.approx(with_times.value, rel=1e-12)
    assert by_status.std_error == pytest.approx(with_times.std_error, rel=1e-9)
    assert (by_status.n, by_status.events) == (with_times.n, with_times.events)


@pytest.mark.parametrize("metric", EXIST, ids=lambda m: m.key)
def test_is_that_of_the_patients_who_are_known(metric: Metric) -> None:
    outcome, prediction = simulated()
    full = status_of(outcome)
    known = np.random.default_rng(1).random(len(outcome)) < 0.8
    dead = np.where(known, full.status.at(HORIZON), NOT_KNOWN)[:, None]
    some = metric.function(Outcome.of_status(StatusAtDays([HORIZON], dead)), prediction, horizon_days=HORIZON)
    alone = metric.function(full.take(known), prediction.take(known), horizon_days=HORIZON)
    assert (some.value, some.std_error, some.n) == pytest.approx(
        (alone.value, alone.std_error, alone.n), rel=1e-12
    )
    assert f"{int((~known).sum())} patients are left out" in some.reason


@pytest.mark.parametrize("metric", EXIST, ids=lambda m: m.key)
def test_the_living_lost_between_two_days_are_weighed_as_anybody_censored(metric: Metric) -> None:
    """As follow-up gives whose times are the days: deaths at the end of an interval, the lost censored at its beginning."""
    outcome, prediction = simulated()
    dead = np.column_stack(
        [(outcome.event & (outcome.time_days <= day)).astype(float) for day in (60.0, HORIZON)]
    )
    lost = (dead[:, 0] == 0.0) & (np.random.default_rng(2).random(len(outcome)) < 0.3)
    dead[lost, 1] = NOT_KNOWN
    end = np.where(
        dead[:, 0] == 1.0, 59.5, np.where(lost, 60.0, np.where(dead[:, 1] == 1.0, HORIZON - 0.5, 900.0))
    )
    times = Outcome(end, (dead == 1.0).any(axis=1))
    with_times = metric.function(times, prediction, horizon_days=HORIZON)
    by_status = metric.function(
        Outcome.of_status(StatusAtDays([60.0, HORIZON], dead)), prediction, horizon_days=HORIZON
    )
    assert by_status.status == "ok"
    assert (by_status.value, by_status.std_error) == pytest.approx(
        (with_times.value, with_times.std_error), rel=1e-9
    )
    assert (by_status.n, by_status.events) == (with_times.n, with_times.events)


def test_losing_the_living_does_not_move_the_risk() -> None:
    """A third of those alive at day 60 is lost by chance: O/E stays, where the patients known alone give 7 % more."""
    outcome, prediction = simulated(n=20_000)
    dead = np.column_stack(
        [(outcome.event & (outcome.time_days <= day)).astype(float) for day in (60.0, HORIZON)]
    )
    full = Outcome.of_status(StatusAtDays([60.0, HORIZON], dead))
    lost = (dead[:, 0] == 0.0) & (np.random.default_rng(2).random(len(outcome)) < 1 / 3)
    some = Outcome.of_status(
        StatusAtDays([60.0, HORIZON], np.where(lost[:, None] & [False, True], NOT_KNOWN, dead))
    )
    truth, found, known = (
        METRICS[key].function(o, prediction, horizon_days=HORIZON)
        for key, o in (
            ("observed_expected", full),
            ("observed_expected", some),
            ("observed_expected_binary", some),
        )
    )
    assert abs(found.value - truth.value) < 4 * found.std_error
    assert known.value > 1.05 * truth.value


@pytest.mark.parametrize("metric", DO_NOT, ids=lambda m: m.key)
def test_what_needs_times_is_a_gap_with_its_reason(metric: Metric) -> None:
    outcome, prediction = simulated()
    found = metric.function(
        status_of(outcome), prediction, horizon_days=HORIZON if metric.at_horizon else None
    )
    assert found.status == "gap"
    assert "only the status at day 180 is known: it needs follow-up times" in found.reason


@pytest.mark.parametrize("metric", EXIST, ids=lambda m: m.key)
def test_a_day_that_was_not_recorded_is_a_gap(metric: Metric) -> None:
    outcome, prediction = simulated()
    found = metric.function(status_of(outcome, 120.0), prediction, horizon_days=HORIZON)
    assert found.status == "gap"
    assert found.reason == "the status at day 180 was not recorded, only that at day 120"


def test_patients_with_times_and_patients_with_a_status_are_not_judged_together() -> None:
    outcome, prediction = simulated()
    status = status_of(outcome).status
    half = np.arange(len(outcome)) < 150
    mixed = Outcome(outcome.time_days, outcome.event, status=StatusAtDays(status.days, status.dead, half))
    found = METRICS["brier"].function(mixed, prediction, horizon_days=HORIZON)
    assert found.status == "gap"
    assert "are not judged together" in found.reason


@pytest.mark.parametrize("key", ["calibration_pseudo", "calibration_groups", "decision"])
def test_curves_at_a_day_exist(key: str) -> None:
    outcome, prediction = simulated()
    with_times = CURVES[key].function(outcome, prediction, horizon_days=HORIZON)
    by_status = CURVES[key].function(status_of(outcome), prediction, horizon_days=HORIZON)
    pd.testing.assert_frame_equal(by_status.table, with_times.table, rtol=1e-9)


@pytest.mark.parametrize("key", ["calibration", "auc_over_time", "median_of_group"])
def test_curves_over_time_are_gaps(key: str) -> None:
    outcome, prediction = simulated()
    days = {"days": [90.0, HORIZON]} if key == "auc_over_time" else {"horizon_days": HORIZON}
    found = CURVES[key].function(status_of(outcome), prediction, **days)
    assert found.status == "gap"
    assert "it needs follow-up times" in found.reason


def test_the_bootstrap_agrees_with_the_error() -> None:
    outcome, prediction = simulated()
    brier = METRICS["brier"]
    found = brier.function(status_of(outcome), prediction, horizon_days=HORIZON)
    drawn = bootstrapped(brier, status_of(outcome), prediction, horizon_days=HORIZON, draws=400, seed=1)
    assert drawn.std_error == pytest.approx(found.std_error, rel=0.15)  # 1 / sqrt(800) is 0.035, four of them
