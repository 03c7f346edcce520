"""Measures where other events compete with the one that is judged: by hand, by slow formulas, and by a bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import CURVES, METRICS, Metric, bootstrapped
from spinesurv.stats.censoring import KaplanMeierCensoring
from tests.stats.simulated_competing import Competing, competing

HORIZON = 6.0
OTHER, OWN = "death", "failure"
KNOW = [m for m in METRICS.values() if m.competing]
KNOW_NOT = [m for m in METRICS.values() if not m.competing]


def outcome_of(d: Competing) -> Outcome:
    cause = np.where(d.event, OWN, OTHER).astype(object)
    return Outcome(d.time, d.event | d.competing, cause=cause, end_point=OWN)


def predicted(risk: np.ndarray, day: float = HORIZON) -> Prediction:
    """Risks as a prediction whose marker is the risk and whose groups promise something."""
    group = pd.Categorical(np.where(risk > np.median(risk), "poor", "good"), ["good", "poor"], ordered=True)
    promise = np.where(np.asarray(group == "good")[:, None], [day, np.inf], [0.0, day])
    return Prediction(
        pd.RangeIndex(len(risk)),
        marker=risk,
        times_days=[day],
        survival=1 - risk[:, None],
        group=group,
        expected_days=promise,
    )


def by_hand() -> tuple[Outcome, Prediction]:
    # the event on days 1 and 4, a competing one on days 2 and 5, censored on days 3 and 9
    cause = np.array([OWN, OTHER, "", OWN, OTHER, ""], dtype=object)
    outcome = Outcome([1, 2, 3, 4, 5, 9], [1, 1, 0, 1, 1, 0], cause=cause, end_point=OWN)
    return outcome, predicted(np.array([0.6, 0.7, 0.2, 0.5, 0.4, 0.1]))


def value(key: str, *arguments: object, **options: object) -> float:
    return METRICS[key].function(*arguments, **options).value


def test_measures_of_six_patients_by_hand() -> None:
    outcome, p = by_hand()
    # G = 1 to day 3, then 1 - 1/4 = 3/4 (four are followed to day 3)
    g = 3 / 4
    brier = (0.4**2 + 0.7**2 + 0.5**2 / g + 0.4**2 / g + 0.1**2 / g) / 6
    assert value("brier", outcome, p, horizon_days=6) == pytest.approx(brier)
    # Aalen-Johansen of the event: 1/6 + 2/3 1/3 = 7/18; mean risk 2.5 / 6
    assert value("observed_expected", outcome, p, horizon_days=6) == pytest.approx((7 / 18) / (2.5 / 6))
    # cases .6 (weight 1) and .5 (4/3); controls .7 (1), .4 (4/3) and .1 (4/3), of whom .7 beats both cases
    assert value("auc", outcome, p, horizon_days=6) == pytest.approx(1 - 1 / (1 + 8 / 3))
    assert value("auc", outcome, p, horizon_days=6, controls="event_free") == pytest.approx(1.0)
    # pairs of the case of day 1: all 5 others, beaten by .7 only; of day 4 (weight 1 / g): day 2 (weight 1), which
    # beats it, and days 5 and 9 (1 / g)
    right, comparable = 4 + 2 / g**2, 5 + 1 / g + 2 / g**2
    assert value("uno_c", outcome, p, horizon_days=6) == pytest.approx(right / comparable)


def test_net_benefit_stands_on_aalen_johansen_among_the_positive() -> None:
    outcome, p = by_hand()
    twice = outcome.take(np.repeat(np.arange(6), 4))
    high = predicted(np.repeat(p.death_by(6.0), 4))
    # risk of .4 or more: days 1, 2, 4, 5, four of each: no censoring among them, half had the event
    expected = 4 / 6 * (1 / 2 - 1 / 2 * 0.3 / 0.7)
    assert value("net_benefit", twice, high, horizon_days=6, threshold=0.3) == pytest.approx(expected)
    curve = CURVES["decision"].function(twice, high, horizon_days=6, thresholds=[0.3])
    assert curve.table["treat_all"][0] == pytest.approx(7 / 18 - 11 / 18 * 0.3 / 0.7)


@pytest.mark.parametrize("metric", KNOW_NOT, ids=lambda m: m.key)
def test_a_measure_without_a_meaning_is_a_gap(metric: Metric) -> None:
    d = competing(1, 200)
    estimate = metric.function(outcome_of(d), predicted(d.risk), horizon_days=HORIZON)
    assert estimate.status == "gap"
    assert "other events compete with the end point (failure)" in estimate.reason


@pytest.mark.parametrize("key", CURVES)
def test_curves_know_competing_events_or_are_gaps(key: str) -> None:
    d = competing(1, 300)
    curve = CURVES[key].function(outcome_of(d), predicted(d.risk), horizon_days=HORIZON)
    if key != "median_of_group":  # a median of survival
        assert curve.status == "ok"
    else:
        assert "other events compete with the end point (failure)" in curve.reason


def test_groups_against_r() -> None:
    d = competing(7, 80)
    table = (
        CURVES["calibration_groups"]
        .function(outcome_of(d), predicted(d.risk), horizon_days=HORIZON, groups=4)
        .table
    )
    # Hmisc::cut2(g = 4); survfit(Surv(time, factor) ~ group) of survival 3.5-3: pstate and std.err, and log-log of
    # 1 - pstate by hand. riskRegression 2022.11.28, plotCalibration(method = "quantile", q = 4): the same observed
    assert table["n"].tolist() == [20] * 4
    assert table["risk"].tolist() == pytest.approx([0.0955, 0.1955, 0.2825, 0.4905], abs=1e-12)
    observed = [0.05, 0.264285714286, 0.15, 0.411111111111]
    assert table["observed"].tolist() == pytest.approx(observed, abs=1e-11)
    low = [0.0071977714066, 0.118435816333, 0.0510038902062, 0.2301876232305]
    high = [0.305256806743, 0.5263304469, 0.3962103007800, 0.6576045561180]
    assert table["low"].tolist() == pytest.approx(low, abs=1e-9)
    assert table["high"].tolist() == pytest.approx(high, abs=1e-9)


def test_groups_by_hand() -> None:
    # of six, the event on day 1, a competing one on day 2 (of 5), censored on day 3, the event on day 4 (of 3)
    cause = np.array([OWN, OTHER, "", OWN, "", ""] * 2, dtype=object)
    outcome = Outcome([1, 2, 3, 4, 9, 9] * 2, [1, 1, 0, 1, 0, 0] * 2, cause=cause, end_point=OWN)
    curve = CURVES["calibration_groups"].function(
        outcome, predicted(np.repeat([0.3, 0.5], 6)), horizon_days=HORIZON, groups=2
    )
    assert curve.table["observed"].tolist() == pytest.approx([1 / 6 + 5 / 6 * 4 / 5 / 3] * 2)
    assert curve.reason is None  # both tests know one kind of event


def test_pseudo_curve_against_r() -> None:
    d = competing(7, 80)
    at = [0.1, 0.2, 0.3, 0.4, 0.5]
    table = (
        CURVES["calibration_pseudo"]
        .function(outcome_of(d), predicted(d.risk), horizon_days=HORIZON, grid=at)
        .table
    )
    # loess(degree = 1, span = .75) of prodlim::jackknife(cause = 1), as in test_pseudo_values
    expected = [0.0699963019984, 0.213821577819, 0.216257532706, 0.309515242159, 0.424006471833]
    assert table["observed"][:5].tolist() == pytest.approx(expected, abs=1e-9)


def test_pseudo_curve_without_censoring_is_a_local_mean_of_fates() -> None:
    d = competing(5, 400)
    known = d.event | d.competing
    d = Competing(*(getattr(d, name)[known] for name in ("time", "event", "competing", "x", "risk")))
    two = np.where(d.risk > np.median(d.risk), 0.6, 0.2)
    table = (
        CURVES["calibration_pseudo"]
        .function(outcome_of(d), predicted(two), horizon_days=HORIZON, grid=[0.2, 0.6], span=1.0)
        .table
    )
    had = d.event & (d.time <= HORIZON)
    # the widest neighbour has no weight: at each end the mean of those there alone
    expected = [had[two == 0.2].mean(), had[two == 0.6].mean()]
    assert table["observed"][:2].tolist() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("key", ["calibration_groups", "calibration_pseudo"])
def test_curves_without_competing_events_are_the_usual_ones(key: str) -> None:
    d = replace(competing(2, 200), competing=np.zeros(200, dtype=bool))
    shared = outcome_of(d)
    found, usual = (
        CURVES[key].function(o, predicted(d.risk), horizon_days=HORIZON).table
        for o in (shared, shared.judging(None))
    )
    columns = ["risk", "observed", "low", "high"]
    pd.testing.assert_frame_equal(found[columns], usual[columns], rtol=1e-9)


@pytest.mark.parametrize("metric", KNOW, ids=lambda m: m.key)
def test_without_competing_events_it_is_the_usual_measure(metric: Metric) -> None:
    d = replace(competing(2, 200), competing=np.zeros(200, dtype=bool))
    shared = outcome_of(d)
    usual = metric.function(shared.judging(None), predicted(d.risk), horizon_days=HORIZON)
    found = metric.function(shared, predicted(d.risk), horizon_days=HORIZON)
    assert found.value == pytest.approx(usual.value, rel=1e-12)
    # the usual C takes its weights as given, the usual slope has the error of the likelihood instead of a robust one
    near = {"uno_c": 0.05, "calibration_slope": 0.05}
    assert found.std_error == pytest.approx(usual.std_error, rel=near.get(metric.key, 1e-9))


@pytest.mark.parametrize("metric", KNOW, ids=lambda m: m.key)
def test_competing_events_are_neither_events_nor_censorings(metric: Metric) -> None:
    d = competing(3, 400)
    p = predicted(d.risk)
    found = metric.function(outcome_of(d), p, horizon_days=HORIZON).value
    for event in (d.event, d.event | d.competing):
        assert found != pytest.approx(
            metric.function(Outcome(d.time, event), p, horizon_days=HORIZON).value, rel=1e-3
        )


def slow_c(d: Competing, g: np.ndarray) -> float:
    right = pairs = 0.0
    for i in np.flatnonzero(d.event & (d.time <= HORIZON)):
        for j in range(len(d.time)):
            later = d.time[j] > d.time[i] or (d.time[j] == d.time[i] and not d.event[j])
            before = d.competing[j] and d.time[j] < d.time[i]
            weight = 1 / g[i] ** 2 if later else (1 / (g[i] * g[j]) if before else 0.0)
            pairs += weight
            right += weight * ((d.risk[i] > d.risk[j]) + 0.5 * (d.risk[i] == d.risk[j]))
    return right / pairs


def slow_auc(d: Competing, g: np.ndarray, g_h: float) -> float:
    right = pairs = 0.0
    for i in np.flatnonzero(d.event & (d.time <= HORIZON)):
        for j in range(len(d.time)):
            weight = (1 / g_h if d.time[j] > HORIZON else (1 / g[j] if d.competing[j] else 0.0)) / g[i]
            pairs += weight
            right += weight * ((d.risk[i] > d.risk[j]) + 0.5 * (d.risk[i] == d.risk[j]))
    return right / pairs


def test_direct_formulas() -> None:
    d = competing(4, 90)
    model = KaplanMeierCensoring(d.time, d.event | d.competing)
    g, g_h = model.before_own_time(), float(model.at(HORIZON)[0])
    outcome, p = outcome_of(d), predicted(d.risk)
    assert value("uno_c", outcome, p, horizon_days=HORIZON) == pytest.approx(slow_c(d, g))
    assert value("auc", outcome, p, horizon_days=HORIZON) == pytest.approx(slow_auc(d, g, g_h))


def test_without_censoring_everything_is_empirical() -> None:
    d = competing(5, 300)
    known = d.event | d.competing
    d = Competing(*(getattr(d, name)[known] for name in ("time", "event", "competing", "x", "risk")))
    outcome, p = outcome_of(d), predicted(d.risk)
    had = d.event & (d.time <= HORIZON)
    assert value("brier", outcome, p, horizon_days=HORIZON) == pytest.approx(np.mean((had - d.risk) ** 2))
    assert value("observed_expected", outcome, p, horizon_days=HORIZON) == pytest.approx(
        had.mean() / d.risk.mean()
    )
    above = (d.risk[had][:, None] > d.risk[~had]) + 0.5 * (d.risk[had][:, None] == d.risk[~had])
    assert value("auc", outcome, p, horizon_days=HORIZON) == pytest.approx(above.mean())
    acts = d.risk >= 0.3
    assert value("ppv", outcome, p, horizon_days=HORIZON, threshold=0.3) == pytest.approx(had[acts].mean())
    assert value("specificity", outcome, p, horizon_days=HORIZON, threshold=0.3) == pytest.approx(
        (~acts)[~had].mean()
    )
    expected = np.mean(acts & had) - np.mean(acts & ~had) * 0.3 / 0.7
    assert value("net_benefit", outcome, p, horizon_days=HORIZON, threshold=0.3) == pytest.approx(expected)


@pytest.mark.parametrize("key", ["uno_c", "auc", "brier", "observed_expected", "net_benefit", "ipa", "ppv"])
def test_what_censoring_hides_is_made_up_for(key: str) -> None:
    """The same patients, with the censoring and without it: both say the same, up to what was not seen."""
    whole = competing(20, 3000, last=1e9, rounded=False)
    end = np.random.default_rng(21).uniform(2, 14, 3000)
    seen = whole.time <= end
    d = Competing(
        np.minimum(whole.time, end), whole.event & seen, whole.competing & seen, whole.x, whole.risk
    )
    threshold = {"threshold": 0.3} if METRICS[key].thresholds else {}
    truth, found = (
        METRICS[key].function(outcome_of(c), predicted(c.risk), horizon_days=HORIZON, **threshold)
        for c in (whole, d)
    )
    # the part of the error that the hidden patients make is smaller than the whole error
    assert found.value == pytest.approx(truth.value, abs=3 * found.std_error)
    assert found.std_error < 0.04


@pytest.mark.parametrize("metric", KNOW, ids=lambda m: m.key)
def test_errors_agree_with_a_bootstrap(metric: Metric) -> None:
    d = competing(6, 500)
    threshold = {"threshold": 0.3} if metric.thresholds else {}
    closed = metric.function(outcome_of(d), predicted(d.risk), horizon_days=HORIZON, **threshold)
    drawn = bootstrapped(
        metric, outcome_of(d), predicted(d.risk), horizon_days=HORIZON, draws=200, **threshold
    )
    if metric.key not in ("e50", "e90"):  # a quantile that lies between two patients
        assert np.sum(closed.influence) == pytest.approx(0.0, abs=1e-8)
    # 200 draws know the spread to 5 %; 4 of these
    assert closed.std_error == pytest.approx(drawn.std_error, rel=0.2)


def test_paired_differences_and_clusters() -> None:
    d = competing(7, 300)
    rng = np.random.default_rng(8)
    outcome, cluster = outcome_of(d), rng.integers(0, 60, 300)
    other = predicted(np.clip(d.risk + rng.normal(0, 0.1, 300), 0.01, 0.99))
    for metric in KNOW:
        first, second = (
            metric.function(outcome, p, horizon_days=HORIZON, cluster=cluster)
            for p in (predicted(d.risk), other)
        )
        assert first.minus(first).std_error == 0.0
        assert first.minus(second).std_error > 0
        assert len(first.influence) == 60


def test_patients_without_a_prediction_shape_the_weights_only() -> None:
    d = competing(9, 200)
    outcome = outcome_of(d)
    model = KaplanMeierCensoring(outcome.time_days, outcome.event)
    risk = d.risk.copy()
    risk[:40] = np.nan
    reason = np.where(np.isnan(risk), "not asked", "").astype(object)
    p = Prediction(
        pd.RangeIndex(200), marker=risk, times_days=[HORIZON], survival=1 - risk[:, None], reason=reason
    )
    for key in ("uno_c", "auc", "brier"):
        estimate = METRICS[key].function(outcome, p, horizon_days=HORIZON, censoring=model)
        assert estimate.n == 160
        assert len(estimate.rows) == 200
        assert np.abs(estimate.influence[:40]).max() > 0
    rest = Competing(*(getattr(d, name)[40:] for name in ("time", "event", "competing", "x", "risk")))
    g = model.before_own_time()[40:]
    assert value("uno_c", outcome, p, horizon_days=HORIZON, censoring=model) == pytest.approx(slow_c(rest, g))


GAPS: dict[str, tuple[Callable[[Outcome], Outcome], str, float]] = {
    "uno_c": (lambda o: o.judging(OTHER).take([0, 2, 3, 5]), "fewer than 2 events by day 6", 6),
    "observed_expected": (lambda o: o.take([1, 2, 4, 5]), "nobody has had the event by day 6", 6),
    "sensitivity": (lambda o: o.take([1, 2, 4, 5]), "nobody has had the event by day 6", 6),
    "specificity": (lambda o: o.take([0, 3]), "nobody is known to be free of the event after day 6", 6),
}


@pytest.mark.parametrize("key", GAPS)
def test_reasons_speak_of_the_event(key: str) -> None:
    change, reason, day = GAPS[key]
    outcome = change(by_hand()[0])
    p = predicted(np.linspace(0.2, 0.8, len(outcome)))
    assert METRICS[key].function(outcome, p, horizon_days=day).reason == reason


def test_controls_have_names() -> None:
    outcome, p = by_hand()
    with pytest.raises(InputError, match="controls"):
        METRICS["auc"].function(outcome, p, horizon_days=6, controls="healthy")


def test_an_end_point_needs_the_cause_of_every_event() -> None:
    with pytest.raises(InputError, match=r"1 of 3 values are missing or unknown"):
        Outcome([1, 2, 3], [1, 1, 0], cause=["cancer", "unknown", None], end_point="cancer")
    with pytest.raises(InputError, match="no cause of the events is recorded"):
        Outcome([1, 2], [1, 0], end_point="cancer")
    outcome = Outcome([1, 2, 3], [1, 1, 0], cause=["cancer", "other", None], end_point="cancer")
    assert outcome.of_interest.tolist() == [True, False, False]
    assert outcome.competing is not None
    assert outcome.competing.tolist() == [False, True, False]
    assert outcome.n_events == 1
    assert outcome.take([1, 2]).end_point == "cancer"
    assert outcome.judging(None).n_events == 2
