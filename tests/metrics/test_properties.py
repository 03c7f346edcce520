"""What holds for every measure whatever the data: scale of the marker, and patients who count twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics import METRICS, Metric
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.key)

TIES = "a patient twice is a tie, and Efron's likelihood counts tied deaths as untied ones, not as a weight"
#: measure -> why two equal patients are not one of weight 2
NOT_A_WEIGHT = {
    "gonen_heller": "two equal patients are a pair of their own, which is a tie",
    **dict.fromkeys(
        ("royston_d", "royston_r2", "calibration_intercept", "calibration_slope", "ici", "e50", "e90", "emax"), TIES
    ),
    "ici_binary": "the curve is local: a share of the patients counted by head",
    "d_calibration": "the number of patients, not their weight, says how far chance alone would take the bins",
}  # fmt: skip


def measure(metric: Metric, outcome: Outcome, prediction: Prediction, **options: object) -> Estimate:
    day = HORIZON if metric.at_horizon else None
    return metric.function(outcome, prediction, horizon_days=day, **options)


@every_metric
def test_only_the_order_of_a_marker_counts(metric: Metric) -> None:
    outcome, x = outcome_and_factor(n=200)
    prediction = predicted(x)
    bent = replace(prediction, marker=np.exp(prediction.marker) - 7.0)
    assert measure(metric, outcome, bent).value == measure(metric, outcome, prediction).value


def twice_and_heavy(metric: Metric) -> tuple[float, float]:
    """The value where every third patient is there twice, and where it weighs 2."""
    outcome, x = outcome_and_factor(n=200)
    weights = np.where(np.arange(200) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(200), weights.astype(int))
    heavy = measure(metric, outcome, predicted(x), weights=weights)
    return measure(metric, outcome.take(rows), predicted(x[rows])).value, heavy.value


@pytest.mark.parametrize("key", [k for k in METRICS if k not in NOT_A_WEIGHT])
def test_weight_two_is_two_patients(key: str) -> None:
    twice, heavy = twice_and_heavy(METRICS[key])
    assert heavy == pytest.approx(twice, rel=1e-12)


@pytest.mark.parametrize("key", NOT_A_WEIGHT)
def test_where_weight_two_is_not_two_patients(key: str) -> None:
    twice, heavy = twice_and_heavy(METRICS[key])
    assert heavy != pytest.approx(twice, rel=1e-6)
    if key != "d_calibration":
        # the likelihood differs by the ties alone: a fifth of the errors of 200 patients
        assert heavy == pytest.approx(twice, abs=0.2 * measured_error(METRICS[key]))


def measured_error(metric: Metric) -> float:
    outcome, x = outcome_and_factor(n=200)
    return measure(metric, outcome, predicted(x)).std_error
