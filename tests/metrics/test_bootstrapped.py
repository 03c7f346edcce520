"""The bootstrap by weights: agreement with closed forms, pairs, clusters, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import METRICS, bootstrapped
from spinesurv.stats.bootstrap import multinomial_weights
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted, without


def test_weights_count_whole_draws() -> None:
    drawn = np.array(list(multinomial_weights(7, 400, seed=1)))
    assert (drawn.sum(axis=1) == 7).all()
    assert (drawn == np.floor(drawn)).all() and drawn.min() >= 0
    # a multinomial count has variance 6 / 7; 2,800 of them know it to 5 %
    assert drawn.var() == pytest.approx(6 / 7, rel=0.15)
    assert np.array_equal(drawn, list(multinomial_weights(7, 400, seed=1)))


def test_clusters_are_drawn_whole() -> None:
    cluster = np.array(["b", "a", "b", "c", "a"])
    for drawn in multinomial_weights(5, 50, seed=2, cluster=cluster):
        assert drawn[0] == drawn[2] and drawn[1] == drawn[4]
        assert drawn[[0, 1, 3]].sum() == 3


@pytest.mark.parametrize("key", ["harrell_c", "brier", "observed_expected", "ici", "e90", "emax"])
def test_agrees_with_the_closed_form(key: str) -> None:
    outcome, x = outcome_and_factor(seed=3, n=300)
    prediction, metric = predicted(x, slope=1.2, shift=0.4), METRICS[key]
    horizon = HORIZON if metric.at_horizon else None
    closed = metric.function(outcome, prediction, horizon_days=horizon)
    drawn = bootstrapped(metric, outcome, prediction, horizon_days=horizon, draws=200)
    assert drawn.value == pytest.approx(closed.value)
    assert (drawn.n, drawn.events, drawn.scale) == (closed.n, closed.events, closed.scale)
    # the spread of 200 draws is known to 1 / sqrt(400) = 5 %; 4 of these, and the skewness of 300 patients
    assert drawn.std_error == pytest.approx(closed.std_error, rel=0.24)
    assert drawn.influence is None


def test_a_pair_agrees_with_the_difference_of_influences() -> None:
    outcome, x = outcome_and_factor(seed=5, n=300)
    one, two = predicted(x), predicted(0.5 * x)
    missing = without(two, np.arange(0, 300, 10))
    drawn = bootstrapped(METRICS["brier"], outcome, one, reference=missing, horizon_days=HORIZON, draws=200)
    rows = np.setdiff1d(np.arange(300), np.arange(0, 300, 10))
    function = METRICS["brier"].function
    pair = [function(outcome.take(rows), p.take(rows), horizon_days=HORIZON) for p in (one, two)]
    closed = pair[0].minus(pair[1])
    assert drawn.value == pytest.approx(closed.value)
    assert drawn.n == len(rows)
    assert drawn.std_error == pytest.approx(closed.std_error, rel=0.2)
    same = bootstrapped(METRICS["brier"], outcome, one, reference=one, horizon_days=HORIZON, draws=10)
    assert (same.value, same.std_error) == (0.0, 0.0)


def test_twins_widen() -> None:
    outcome, x = outcome_and_factor(n=150)
    twice = np.tile(np.arange(150), 2)
    options = {"horizon_days": HORIZON, "draws": 200}
    judged, prediction = outcome.take(twice), predicted(x[twice])
    apart = bootstrapped(METRICS["observed_expected"], judged, prediction, **options)
    twins = bootstrapped(METRICS["observed_expected"], judged, prediction, cluster=twice, **options)
    # two spreads, each known to 5 %
    assert twins.std_error / apart.std_error == pytest.approx(np.sqrt(2), rel=0.25)


def test_gaps() -> None:
    outcome, x = outcome_and_factor(n=60)
    metric = METRICS["observed_expected"]
    silent = bootstrapped(metric, outcome, without(predicted(x), np.arange(60)), horizon_days=HORIZON)
    assert silent.reason == "no survival was predicted for day 180"
    # one death among five: a third of the samples have none
    rare = Outcome([10, 50, 50, 50, 50], [1, 0, 0, 0, 0])
    prediction = Prediction(pd.RangeIndex(5), times_days=[30.0], survival=np.full((5, 1), 0.8))
    lost = bootstrapped(metric, rare, prediction, horizon_days=30.0, draws=100)
    assert lost.value == pytest.approx(1.0)
    assert np.isnan(lost.std_error)
    assert "of 100 bootstrap samples have no value" in lost.reason
    with pytest.raises(InputError, match="1 draws"):
        bootstrapped(metric, rare, prediction, horizon_days=30.0, draws=1)
