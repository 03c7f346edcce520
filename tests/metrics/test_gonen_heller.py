"""Gonen-Heller's K: from survival or from a log hazard, truth by construction, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics import METRICS
from tests.metrics.cohorts import outcome_and_factor, predicted

gonen_heller = METRICS["gonen_heller"].function


def alive(survival: list[list[float]], days: list[float], marker: object = None) -> Prediction:
    table = np.array(survival)
    reason = np.where(np.isnan(table).all(axis=1), "not asked", "")
    return Prediction(
        pd.RangeIndex(len(table)), marker=marker, times_days=days, survival=table, reason=reason
    )


def test_three_patients_by_hand() -> None:
    # survival 1/2, 1/4 and 1/16 are hazards 1, 2 and 4: two pairs with 2/3, one with 4/5
    outcome = Outcome([1, 2, 3], [1, 1, 0])
    estimate = gonen_heller(outcome, alive([[1 / 2], [1 / 4], [1 / 16]], [30]))
    assert estimate.value == pytest.approx((2 / 3 + 2 / 3 + 4 / 5) / 3)
    assert (estimate.n, estimate.events, estimate.reason) == (3, 2, None)
    # a marker that is no log hazard, such as points, does not matter then
    points = alive([[1 / 2], [1 / 4], [1 / 16]], [30], marker=[-9.0, -5.0, 0.0])
    assert gonen_heller(outcome, points).value == estimate.value
    by_hazard = gonen_heller(outcome, Prediction(pd.RangeIndex(3), marker=np.log([3, 6, 12])))
    assert by_hazard.value == pytest.approx(estimate.value)
    assert by_hazard.reason == "no survival was predicted, the marker is taken as a log hazard"


def test_any_day_gives_the_same_under_proportional_hazards() -> None:
    outcome, x = outcome_and_factor()
    by_day = [gonen_heller(outcome, predicted(x), horizon_days=d).value for d in (90, 180)]
    assert by_day[0] == pytest.approx(by_day[1])
    assert gonen_heller(outcome, predicted(x)).value == by_day[1]


def test_the_truth_claims_what_happens_without_censoring() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=3000)
    outcome = Outcome(rng.exponential(np.exp(-x)), np.ones(3000))
    prediction = Prediction(pd.RangeIndex(3000), marker=x)
    claimed, seen = gonen_heller(outcome, prediction), METRICS["harrell_c"].function(outcome, prediction)
    # the ranking is the same, so the difference is only what chance did to the deaths; 4 of the errors of C
    assert claimed.value == pytest.approx(seen.value, abs=4 * seen.std_error)
    assert claimed.std_error < seen.std_error


def test_an_overconfident_system_claims_more() -> None:
    outcome, x = outcome_and_factor()
    plain, loud = (gonen_heller(outcome, predicted(x, slope=s)).value for s in (1.0, 2.0))
    assert loud > plain
    assert not METRICS["gonen_heller"].comparable


def test_the_day_at_which_most_were_predicted() -> None:
    outcome = Outcome([1, 2, 3], [1, 1, 0])
    prediction = alive([[0.9, 0.5], [0.8, 0.4], [0.5, np.nan]], [30, 90])
    assert gonen_heller(outcome, prediction).n == 3
    assert gonen_heller(outcome, prediction, horizon_days=90).n == 2


def test_gaps() -> None:
    outcome = Outcome([1, 2, 3], [1, 1, 0])
    certain = gonen_heller(outcome, alive([[1.0], [0.4], [0.0]], [30]))
    assert certain.reason == "2 of 3 predicted risks are exactly 0 or 1, which have no log hazard"
    alone = Prediction(pd.RangeIndex(3), marker=[0.5, np.nan, np.nan], reason=["", "not asked", "not asked"])
    assert gonen_heller(outcome, alone).reason == "fewer than 2 patients"
    unasked = alive([[0.9], [0.8], [0.5]], [30])
    assert gonen_heller(outcome, unasked, horizon_days=31).reason == "nobody could be predicted"
