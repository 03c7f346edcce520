"""Every measure on data that a careless table can hold: one clear error or a gap with a reason, never a warning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import METRICS, Metric
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

pytestmark = pytest.mark.filterwarnings("error")
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.key)
N = 60
#: judges predictions against themselves, so that it exists whatever happened
CLAIM = "gonen_heller"


def measure(metric: Metric, outcome: Outcome, prediction: Prediction, **options: object) -> Estimate:
    day = HORIZON if metric.at_horizon else None
    return metric.function(outcome, prediction, horizon_days=day, **options)


def usual() -> tuple[Outcome, Prediction]:
    outcome, x = outcome_and_factor(n=N)
    return outcome, predicted(x)


SITUATIONS: dict[str, Callable[[], tuple[Outcome, Prediction]]] = {
    "no deaths": lambda: (Outcome(usual()[0].time_days, np.zeros(N)), usual()[1]),
    "everybody dead early": lambda: (Outcome(usual()[0].time_days / 10, np.ones(N)), usual()[1]),
    "all deaths on one day": lambda: (Outcome(np.full(N, 100.0), np.ones(N)), usual()[1]),
    "all deaths on the horizon": lambda: (Outcome(np.full(N, HORIZON), np.ones(N)), usual()[1]),
    "all deaths after the horizon": lambda: (Outcome(np.full(N, HORIZON + 30.0), np.ones(N)), usual()[1]),
    "all censored on one day": lambda: (Outcome(np.full(N, 200.0), np.zeros(N)), usual()[1]),
    "followed for no time": lambda: (Outcome(np.zeros(N), np.zeros(N)), usual()[1]),
    "one prediction for all": lambda: (usual()[0], predicted(np.zeros(N))),
    "one patient": lambda: (usual()[0].take([0]), usual()[1].take([0])),
    "two patients": lambda: (usual()[0].take([0, 1]), usual()[1].take([0, 1])),
}


@every_metric
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_value_in_range_or_a_gap_with_its_reason(metric: Metric, situation: str) -> None:
    found = measure(metric, *SITUATIONS[situation]())
    if found.status == "gap":
        assert found.reason
        assert np.isnan(found.value)
        return
    assert metric.range[0] <= found.value <= metric.range[1]
    assert found.std_error >= 0 or (np.isnan(found.std_error) and found.reason)
    low, high = found.interval()
    assert np.isnan(low) or low <= found.value <= high


@every_metric
def test_one_patient_has_no_error(metric: Metric) -> None:
    found = measure(metric, *SITUATIONS["one patient"]())
    assert found.status == "gap" or np.isnan(found.std_error)


@every_metric
def test_nobody_at_risk_at_the_horizon(metric: Metric) -> None:
    outcome, prediction = usual()
    found = measure(metric, Outcome(np.minimum(outcome.time_days, 57), np.zeros(N)), prediction)
    if metric.key == CLAIM:
        assert found.status == "ok"
        return
    assert found.status == "gap"
    if metric.at_horizon:
        assert found.reason.startswith("horizon beyond follow-up: nobody is observed")
        assert found.reason.endswith("; days up to 50 can be judged")


@every_metric
@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_refuses_weights_that_are_none(metric: Metric, weight: float) -> None:
    weights = np.ones(N)
    weights[3] = weight
    with pytest.raises(InputError, match=f"weights: {N} finite numbers of 0 or more"):
        measure(metric, *usual(), weights=weights)


@every_metric
def test_all_weights_zero(metric: Metric) -> None:
    found = measure(metric, *usual(), weights=np.zeros(N))
    assert found.status == "gap"
    assert found.reason == "no patient with a prediction has a weight above 0"


@every_metric
@pytest.mark.parametrize("option", ["weights", "cluster"])
def test_refuses_other_lengths(metric: Metric, option: str) -> None:
    with pytest.raises(InputError, match=option):
        measure(metric, *usual(), **{option: np.ones(N - 1)})


def test_what_never_reaches_a_measure() -> None:
    key = pd.RangeIndex(2)
    with pytest.raises(InputError, match="missing or infinite"):
        Outcome([1.0, np.nan], [1, 0])
    with pytest.raises(InputError, match="negative"):
        Outcome([1.0, -2.0], [1, 0])
    with pytest.raises(InputError, match="1 values outside"):
        Prediction(key, times_days=[90], survival=[[0.5], [1.2]])
    with pytest.raises(InputError, match=r"event: holds something that is not a number. Expected: 1 = died"):
        Outcome([1.0, 2.0], ["yes", "no"])
    with pytest.raises(InputError, match="marker: holds something that is not a number"):
        Prediction(key, marker=["high", "low"])
    with pytest.raises(InputError, match="neither a prediction nor a reason"):
        Prediction(key, marker=[1.0, np.nan])
    with pytest.raises(InputError, match="rises with time"):
        Prediction(key, times_days=[90, 180], survival=[[0.5, 0.6], [0.5, 0.4]])
