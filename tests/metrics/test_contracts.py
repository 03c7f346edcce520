"""What every measure promises."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import SCALES, Estimate, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import CURVES, METRICS, Metric
from spinesurv.stats.censoring import KaplanMeierCensoring
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted, without

every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.key)
at_horizon = pytest.mark.parametrize(
    "metric", [m for m in METRICS.values() if m.at_horizon], ids=lambda m: m.key
)
of_survival = pytest.mark.parametrize(
    "metric",
    [m for m in METRICS.values() if m.at_horizon and m.needs in ("survival", "curve")],
    ids=lambda m: m.key,
)


def counts_some(metric: Metric) -> bool:
    """Whether `n` counts only some of the judged: those of known status, or the worst group."""
    return metric.known_only or metric.key == "acc_worst_group"


#: error of a squared distance, which does not shrink as the root of the number of patients
QUADRATIC = "d_calibration"


def measure(metric: Metric, outcome: Outcome, prediction: Prediction, **options: object) -> Estimate:
    return metric.function(
        outcome, prediction, horizon_days=HORIZON if metric.at_horizon else None, **options
    )


@every_metric
def test_record_is_complete(metric: Metric) -> None:
    assert METRICS[metric.key] is metric
    assert metric.function.__name__ == metric.key
    assert metric.scale in SCALES
    assert metric.needs in ("marker", "survival", "curve", "group", "interval")
    assert all(0 < t < 1 for t in metric.thresholds)
    assert list(metric.thresholds) == sorted(set(metric.thresholds))
    assert metric.higher_is in ("better", "worse", "nearer")
    assert metric.range[0] <= metric.perfect <= metric.range[1]
    doc = inspect.getdoc(metric.function) or ""
    assert all(part in doc for part in ("Parameters", "Returns", "References", "Agrees with"))
    assert metric.reference and metric.agrees_with and metric.label


@every_metric
def test_signature_takes_no_training_data(metric: Metric) -> None:
    names = list(inspect.signature(metric.function).parameters)
    assert names[:6] == ["outcome", "prediction", "horizon_days", "weights", "censoring", "cluster"]
    assert set(names[6:]) <= {
        "knots",
        "threshold",
        "clip",
        "controls",
        "smoother",
        "bins",
        "risks_given",
        "ranks_given",
    }
    assert ("threshold" in names) == bool(metric.thresholds)


@every_metric
@pytest.mark.parametrize("slope", [1.0, -0.5, 1.8])
def test_value_in_range_with_interval_around_it(metric: Metric, slope: float) -> None:
    outcome, x = outcome_and_factor()
    estimate = measure(metric, outcome, predicted(x, slope=slope))
    assert estimate.status == "ok"
    assert metric.range[0] <= estimate.value <= metric.range[1]
    low, high = estimate.interval()
    assert low < estimate.value < high or (metric.key == QUADRATIC and low == estimate.value < 0.0)
    assert estimate.scale == metric.scale
    assert estimate.n == 400 or counts_some(metric)
    assert 0 < estimate.events < estimate.n


@every_metric
def test_error_is_the_root_of_squared_influences(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    missing = np.arange(0, 400, 7)
    estimate = measure(metric, outcome, without(predicted(x), missing))
    assert estimate.std_error == pytest.approx(np.sqrt(np.sum(estimate.influence**2)))
    assert estimate.n == 400 - len(missing) or counts_some(metric)
    assert not np.isin(estimate.rows, missing).any()


@every_metric
def test_order_of_patients_does_not_matter(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    order = np.random.default_rng(1).permutation(400)
    a = measure(metric, outcome, predicted(x))
    b = measure(metric, outcome.take(order), predicted(x[order]))
    assert b.value == pytest.approx(a.value, rel=1e-9)
    assert b.std_error == pytest.approx(a.std_error, rel=1e-7)
    assert b.influence == pytest.approx(a.influence[order], abs=1e-9)


@every_metric
def test_missing_rows_are_as_if_absent(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    rows = np.arange(0, 400, 5)
    left = np.setdiff1d(np.arange(400), rows)
    a = measure(metric, outcome, without(predicted(x), rows))
    b = measure(metric, outcome.take(left), predicted(x[left]))
    assert a.value == pytest.approx(b.value)
    assert a.std_error == pytest.approx(b.std_error)
    assert a.rows.tolist() == left.tolist()


@every_metric
def test_system_against_itself_differs_by_nothing(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    censoring = KaplanMeierCensoring(outcome.time_days, outcome.event)
    one = measure(metric, outcome, without(predicted(x), np.arange(30)), censoring=censoring)
    same = measure(metric, outcome, without(predicted(x), np.arange(30)), censoring=censoring)
    difference = one.minus(same)
    assert (difference.value, difference.std_error) == (0.0, 0.0)


@every_metric
def test_weight_zero_leaves_a_patient_out(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    weights = np.ones(400)
    weights[:50] = 0.0
    a = measure(metric, outcome, predicted(x), weights=weights)
    b = measure(metric, outcome.take(np.arange(50, 400)), predicted(x[50:]))
    assert a.value == pytest.approx(b.value)
    assert a.n == b.n
    assert a.n == 350 or counts_some(metric)


@every_metric
def test_clusters_of_one_change_nothing_and_twins_widen(metric: Metric) -> None:
    outcome, x = outcome_and_factor(n=200)
    plain = measure(metric, outcome, predicted(x))
    alone = measure(metric, outcome, predicted(x), cluster=np.arange(200))
    assert alone.std_error == pytest.approx(plain.std_error, rel=1e-9)
    twice = np.tile(np.arange(200), 2)
    twins = measure(metric, outcome.take(twice), predicted(x[twice]), cluster=twice)
    apart = measure(metric, outcome.take(twice), predicted(x[twice]))
    if metric.key == QUADRATIC:
        assert twins.std_error == pytest.approx(plain.std_error, rel=1e-9)
    else:  # every patient twice: the independent error is too small by the root of two
        assert twins.std_error / apart.std_error == pytest.approx(np.sqrt(2), rel=0.02)
    assert len(twins.rows) == 200
    assert twins.std_error == pytest.approx(np.sqrt(np.sum(twins.influence**2)))


@every_metric
def test_nobody_predicted_is_a_gap(metric: Metric) -> None:
    outcome, x = outcome_and_factor(n=50)
    estimate = measure(metric, outcome, without(predicted(x), np.arange(50)))
    assert estimate.status == "gap"
    assert estimate.reason
    assert np.isnan(estimate.value)


@of_survival
def test_gaps_without_survival_at_the_horizon(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    ranking = Prediction(pd.RangeIndex(400), marker=x)
    no_survival = metric.function(outcome, ranking, horizon_days=HORIZON)
    assert "no survival was predicted for day 180" in no_survival.reason
    assert "day 33" in metric.function(outcome, predicted(x), horizon_days=33).reason


@at_horizon
def test_gap_beyond_follow_up(metric: Metric) -> None:
    outcome, x = outcome_and_factor()
    short = Outcome(np.minimum(outcome.time_days, 150), outcome.event & (outcome.time_days <= 150))
    beyond = metric.function(short, predicted(x), horizon_days=HORIZON)
    assert beyond.status == "gap"
    assert beyond.reason.startswith("horizon beyond follow-up")
    assert beyond.n == 400 or counts_some(metric)


@at_horizon
def test_horizon_is_needed(metric: Metric) -> None:
    outcome, x = outcome_and_factor(n=50)
    with pytest.raises(InputError, match="horizon_days"):
        metric.function(outcome, predicted(x))


@every_metric
def test_lengths_must_agree(metric: Metric) -> None:
    outcome, x = outcome_and_factor(n=50)
    with pytest.raises(InputError, match="50 predictions for 49 outcomes"):
        measure(metric, outcome.take(np.arange(49)), predicted(x))
    with pytest.raises(InputError, match="weights"):
        measure(metric, outcome, predicted(x), weights=np.full(50, -1.0))
    with pytest.raises(InputError, match="cluster"):
        measure(metric, outcome, predicted(x), cluster=np.zeros(3))


@pytest.mark.parametrize("curve", CURVES.values(), ids=lambda c: c.key)
def test_curve_records(curve: object) -> None:
    assert CURVES[curve.key] is curve
    assert curve.function.__name__ == curve.key
    assert "Returns" in (inspect.getdoc(curve.function) or "")


@every_metric
def test_standard_error_against_a_bootstrap(metric: Metric) -> None:
    n, draws = 300, 150
    outcome, x = outcome_and_factor(seed=3, n=n)
    prediction = predicted(x, slope=1.2, shift=0.4)
    estimate = measure(metric, outcome, prediction)
    rng = np.random.default_rng(4)
    values = []
    for _ in range(draws):
        rows = rng.integers(0, n, n)
        values.append(measure(metric, outcome.take(rows), predicted(x[rows], slope=1.2, shift=0.4)).value)
    # the spread of 150 draws is known to 1 / sqrt(300) = 6 %; 4 of these
    assert estimate.std_error == pytest.approx(np.std(values, ddof=1), rel=0.24)
