"""Sensitivity, specificity and predictive values by hand, and what they promise together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import METRICS
from spinesurv.stats.kaplan_meier import kaplan_meier
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

KEYS = ("sensitivity", "specificity", "ppv", "npv")
# day 1: a death, then one of the 4 left is censored: G = 3/4 from then on
OUTCOME = Outcome([1, 1, 3, 5, 6], [1, 0, 1, 0, 1])


def risks(values: list[float], day: float = 4.0) -> Prediction:
    return Prediction(pd.RangeIndex(len(values)), times_days=[day], survival=1 - np.array(values)[:, None])


def values(prediction: Prediction, threshold: float = 0.5, outcome: Outcome = OUTCOME) -> list[float]:
    return [METRICS[k].function(outcome, prediction, horizon_days=4, threshold=threshold).value for k in KEYS]


def test_five_patients_by_hand() -> None:
    # weights: deaths 1 and 4/3, survivors 4/3 and 4/3; positive are the first, the second (censored) and the last
    found = values(risks([0.9, 0.8, 0.2, 0.3, 0.6]))
    assert found == pytest.approx([1 / (7 / 3), 1 / 2, 1 / (7 / 3), 1 / 2])


def test_a_risk_equal_to_the_threshold_is_positive() -> None:
    # 1 - 0.9 is a little less than 0.1 in binary numbers
    assert values(risks([0.1, 0.05, 0.1, 0.05, 0.05]), threshold=0.1) == pytest.approx([1, 1, 1, 1])


def test_gaps_say_who_is_not_there() -> None:
    def reason(key: str, prediction: Prediction, day: float) -> str:
        estimate = METRICS[key].function(OUTCOME, prediction, horizon_days=day, threshold=0.5)
        assert estimate.status == "gap"
        return str(estimate.reason)

    low = [0.1] * 5
    assert reason("sensitivity", risks(low, 0.5), 0.5) == "nobody has died by day 0.5"
    assert reason("specificity", risks(low, 6), 6) == "nobody is known to be alive after day 6"
    assert reason("ppv", risks(low), 4) == "nobody with this risk or more has a known fate at day 4"
    assert reason("npv", risks([0.9] * 5), 4) == "nobody with a lower risk has a known fate at day 4"


def test_predictive_values_and_prevalence_fit_together() -> None:
    """Without ties at the horizon the weights of all add up to n, so Bayes' rule holds."""
    outcome, x = outcome_and_factor(seed=2)
    se, sp, ppv, npv = (
        METRICS[k].function(outcome, predicted(x), horizon_days=HORIZON, threshold=0.4).value for k in KEYS
    )
    dead = 1 - kaplan_meier(outcome.time_days, outcome.event).at([HORIZON])[0]
    assert ppv == pytest.approx(se * dead / (se * dead + (1 - sp) * (1 - dead)), rel=1e-9)
    assert npv == pytest.approx(sp * (1 - dead) / (sp * (1 - dead) + (1 - se) * dead), rel=1e-9)


def test_everybody_positive() -> None:
    se, sp, ppv, _ = values(risks([0.9] * 5))
    assert (se, sp) == (1.0, 0.0)
    dead = 1 - kaplan_meier(OUTCOME.time_days, OUTCOME.event).at([4.0])[0]
    assert ppv == pytest.approx(dead)


@pytest.mark.parametrize("key", KEYS)
def test_refuses_a_threshold_that_is_no_risk(key: str) -> None:
    with pytest.raises(InputError, match="above 0 and below 1"):
        METRICS[key].function(OUTCOME, risks([0.5] * 5), horizon_days=4, threshold=1.0)
