"""Net benefit against treating everybody: by hand, as a paired difference, and its error against the bootstrap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics import METRICS, bootstrapped
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

KEYS = ("net_benefit_over_all", "net_benefit_standardised", "interventions_avoided")


def risks(values: np.ndarray, day: float = HORIZON) -> Prediction:
    return Prediction(pd.RangeIndex(len(values)), times_days=[day], survival=1 - np.asarray(values)[:, None])


def measured(
    key: str, outcome: Outcome, prediction: Prediction, day: float = HORIZON, t: float = 0.2
) -> Estimate:
    return METRICS[key].function(outcome, prediction, horizon_days=day, threshold=t)


def test_six_patients_by_hand() -> None:
    """Each of six patients three times, because fewer than 10 positive are a gap; that changes no share.

    Of the four positive one dies on day 2, one is censored on day 3, one dies on day 4: R(5) = 1 - 3/4 * 1/2 = 5/8,
    NB = 4/6 (5/8 - 3/8 * 1/4) = 17/48 at t = 1/5, whose odds are 1/4. Of all six one more dies on day 1:
    S(5) = 5/6 * 4/5 * 2/3 = 4/9, so R = 5/9, NB of all = 5/9 - 4/9 * 1/4 = 4/9.
    """
    rows = np.repeat(np.arange(6), 3)
    outcome = Outcome(np.array([2, 3, 4, 9, 1, 9])[rows], np.array([1, 0, 1, 0, 1, 0])[rows])
    prediction = risks(np.array([0.6, 0.6, 0.2, 0.9, 0.1, 0.1])[rows], 5.0)
    assert measured("net_benefit", outcome, prediction, 5.0).value == pytest.approx(17 / 48)
    assert measured("net_benefit_over_all", outcome, prediction, 5.0).value == pytest.approx(17 / 48 - 4 / 9)
    assert measured("net_benefit_standardised", outcome, prediction, 5.0).value == pytest.approx(
        17 / 48 / (5 / 9)
    )
    avoided = measured("interventions_avoided", outcome, prediction, 5.0)
    assert avoided.value == pytest.approx(100 * 4 * (17 / 48 - 4 / 9))


def test_over_all_is_the_paired_difference_to_predicting_death_for_everybody() -> None:
    outcome, x = outcome_and_factor()
    own = measured("net_benefit", outcome, predicted(x), t=0.3)
    everybody = measured("net_benefit", outcome, risks(np.ones(400)), t=0.3)
    paired, over = own.minus(everybody), measured("net_benefit_over_all", outcome, predicted(x), t=0.3)
    assert over.value == pytest.approx(paired.value)
    assert over.std_error == pytest.approx(paired.std_error)
    avoided = measured("interventions_avoided", outcome, predicted(x), t=0.3)
    assert avoided.value == pytest.approx(100 * over.value * 0.7 / 0.3)
    assert avoided.std_error == pytest.approx(100 * over.std_error * 0.7 / 0.3)


def test_without_censoring_they_count_patients() -> None:
    outcome, x = outcome_and_factor()
    outcome = Outcome(outcome.time_days, np.ones(400))
    dead, acts = outcome.time_days <= HORIZON, predicted(x).death_by(HORIZON) >= 0.4
    benefit = np.mean(acts & dead) - np.mean(acts & ~dead) * 0.4 / 0.6
    standard = measured("net_benefit_standardised", outcome, predicted(x), t=0.4)
    assert standard.value == pytest.approx(benefit / np.mean(dead))
    # true negatives gained, minus the deaths missed in units of the odds
    avoided = np.mean(~acts & ~dead) - np.mean(~acts & dead) * 0.6 / 0.4
    assert measured("interventions_avoided", outcome, predicted(x), t=0.4).value == pytest.approx(
        100 * avoided
    )


def test_treating_everybody_gains_nothing_over_itself() -> None:
    outcome, _ = outcome_and_factor()
    for key in ("net_benefit_over_all", "interventions_avoided"):
        found = measured(key, outcome, risks(np.ones(400)))
        assert (found.value, found.std_error) == (0.0, 0.0)


@pytest.mark.parametrize("key", KEYS)
def test_error_against_the_bootstrap(key: str) -> None:
    outcome, x = outcome_and_factor(seed=4, n=300)
    closed = measured(key, outcome, predicted(x), t=0.3)
    drawn = bootstrapped(
        METRICS[key], outcome, predicted(x), horizon_days=HORIZON, threshold=0.3, draws=300, seed=2
    )
    # 300 draws know the spread to 1 / sqrt(600) = 4 %; 4 of these, and the skewness of 300 patients
    assert closed.std_error == pytest.approx(drawn.std_error, rel=0.2)


@pytest.mark.parametrize("key", KEYS)
def test_gaps(key: str) -> None:
    outcome, _ = outcome_and_factor()
    few = np.where(np.arange(400) < 9, 0.9, 0.1)
    assert (
        measured(key, outcome, risks(few)).reason
        == "fewer than 10 patients are positive at the threshold 0.2"
    )
    alive = Outcome(np.full(20, 300.0), np.zeros(20))
    found = measured(key, alive, risks(np.full(20, 0.5)))
    if key == "net_benefit_standardised":
        assert found.reason == "nobody has died by day 180"
    else:
        assert found.value == 0.0
