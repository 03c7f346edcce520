"""Measures on patients of known status: by hand, against their censored twins, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.evaluation import evaluate
from spinesurv.metrics import METRICS
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

TWINS = [key for key, m in METRICS.items() if m.known_only and not key.endswith("_complete")]
# dead on days 1 and 4, alive on days 4 (censored on the horizon) and 9, censored on day 2, dead on day 6
OUTCOME = Outcome([1, 4, 4, 9, 2, 6], [1, 1, 0, 0, 0, 1])
RISK = np.array([0.8, 0.3, 0.3, 0.2, 0.9, 0.1])
DEAD = np.array([1, 1, 0, 0, 0])
KNOWN = RISK[[0, 1, 2, 3, 5]]


def risks(values: np.ndarray, day: float = 4.0) -> Prediction:
    return Prediction(pd.RangeIndex(len(values)), times_days=[day], survival=1 - np.asarray(values)[:, None])


def judge(
    key: str, outcome: Outcome, prediction: Prediction, day: float = 4.0, **options: object
) -> Estimate:
    return METRICS[key].function(outcome, prediction, horizon_days=day, **options)


def test_six_patients_by_hand() -> None:
    values = {
        "auc_binary": (1 + 1 + 1 + 0.5 + 1 + 1) / 6,
        "brier_binary": (0.04 + 0.49 + 0.09 + 0.04 + 0.01) / 5,
        "ipa_binary": 1 - (0.67 / 5) / (0.4 * 0.6),
        "observed_expected_binary": 2 / 1.7,
    }
    for key, value in values.items():
        estimate = judge(key, OUTCOME, risks(RISK))
        assert estimate.value == pytest.approx(value), key
        assert (estimate.n, estimate.events) == (5, 2)
        assert estimate.rows.tolist() == [0, 1, 2, 3, 4, 5]
        assert estimate.influence[4] == 0.0
        assert estimate.reason == "1 of 6 patients are left out, their status at day 4 is not known"


def test_error_of_observed_over_expected() -> None:
    estimate = judge("observed_expected_binary", OUTCOME, risks(RISK), risks_given=True)
    assert estimate.std_error / estimate.value == pytest.approx(np.sqrt(0.6 / 2))
    # a ratio of two means: residual of each patient over the mean risk
    known = np.array([True, True, True, True, False, True])
    dead, risk = np.array([1.0, 1, 0, 0, 0, 0])[known], RISK[known]
    ratio = dead.mean() / risk.mean()
    residual = (dead - ratio * risk) / risk.mean() / 5
    estimate = judge("observed_expected_binary", OUTCOME, risks(RISK))
    assert estimate.value == pytest.approx(ratio)
    assert estimate.std_error == pytest.approx(np.sqrt(np.sum(residual**2)))


def many(times: int = 10) -> tuple[Outcome, Prediction]:
    rows = np.repeat(np.arange(6), times)
    return OUTCOME.take(rows), risks(RISK[rows])


def test_net_benefit_and_spiegelhalter_by_hand() -> None:
    outcome, prediction = many()
    benefit = judge("net_benefit_binary", outcome, prediction, threshold=0.3)
    # .8 and .3 of the dead, .3 of the living act
    assert benefit.value == pytest.approx(2 / 5 - 1 / 5 * 0.3 / 0.7)
    excess = np.sum((DEAD - KNOWN) * (1 - 2 * KNOWN))
    variance = np.sum((1 - 2 * KNOWN) ** 2 * KNOWN * (1 - KNOWN))
    z = judge("spiegelhalter_binary", outcome, prediction)
    assert z.value == pytest.approx(np.sqrt(10) * excess / np.sqrt(variance))
    assert str(z.reason).startswith("two-sided p = ")


def test_logistic_calibration_of_two_groups() -> None:
    # 10 of 40 dead where .2 was predicted, 30 of 40 where .6 was: two points, one line
    dead = np.r_[np.ones(10), np.zeros(30), np.ones(30), np.zeros(10)].astype(bool)
    prediction = risks(np.repeat([0.2, 0.6], 40), day=2.0)
    outcome = Outcome(np.where(dead, 1.0, 2.0), dead)
    low, high = np.log(1 / 4), np.log(3 / 2)
    slope = (np.log(3) - np.log(1 / 3)) / (high - low)
    found = judge("calibration_slope_logistic", outcome, prediction, 2.0)
    assert found.value == pytest.approx(slope)
    assert found.std_error == pytest.approx(np.sqrt(2 * (1 / 10 + 1 / 30)) / (high - low))
    joint = judge("calibration_intercept_joint_logistic", outcome, prediction, 2.0)
    assert joint.value == pytest.approx(np.log(3) - slope * high)
    # the slope fixed at 1: expected deaths with the shifted risks are the 40 observed
    shift = judge("calibration_intercept_logistic", outcome, prediction, 2.0).value
    assert 40 * sum(1 / (1 + np.exp(-(x + shift))) for x in (low, high)) == pytest.approx(40)
    assert abs(shift - joint.value) > 0.01
    # two distinct risks: no curve, |1/4 - .2| and |3/4 - .6|
    ici = judge("ici_binary", outcome, prediction, 2.0)
    assert ici.value == pytest.approx(0.1)
    assert str(ici.reason).startswith("2 distinct predicted risks")


def uncensored() -> tuple[Outcome, Prediction]:
    outcome, x = outcome_and_factor(seed=5)
    return Outcome(outcome.time_days, np.ones(400, dtype=bool)), predicted(x)


@pytest.mark.parametrize("key", ["auc", "brier", "ipa", "observed_expected", "net_benefit"])
def test_without_censoring_twins_are_equal(key: str) -> None:
    outcome, prediction = uncensored()
    twin = judge(f"{key}_binary", outcome, prediction, HORIZON)
    assert twin.value == pytest.approx(judge(key, outcome, prediction, HORIZON).value, rel=1e-12)
    assert (twin.n, twin.reason) == (400, None)


def test_auc_does_not_change_with_a_monotone_transformation() -> None:
    outcome, x = outcome_and_factor()
    one, other = (
        judge("auc_binary", outcome, Prediction(pd.RangeIndex(400), marker=m), HORIZON)
        for m in (x, np.exp(x))
    )
    assert (one.value, one.std_error) == pytest.approx((other.value, other.std_error))


@pytest.mark.parametrize("key", [k for k in TWINS if k != "ici_binary"])
def test_weight_two_is_two_patients(key: str) -> None:
    outcome, x = outcome_and_factor(n=150)
    w = np.random.default_rng(0).integers(1, 3, 150)
    rows = np.repeat(np.arange(150), w)
    weighted = judge(key, outcome, predicted(x), HORIZON, weights=w)
    assert weighted.value == pytest.approx(judge(key, outcome.take(rows), predicted(x[rows]), HORIZON).value)


@pytest.mark.parametrize("smoother", ["loess", "lowess", "spline"])
def test_smoothers_find_the_distance_of_shifted_risks(smoother: str) -> None:
    """Truth by construction: risks 0.1 too low everywhere; 3,000 patients know it to 0.01."""
    rng = np.random.default_rng(4)
    truth = rng.uniform(0.2, 0.9, 3000)
    dead = rng.uniform(size=3000) < truth
    outcome = Outcome(np.where(dead, 1.0, 2.0), dead)
    found = judge("ici_binary", outcome, risks(truth - 0.1, 2.0), 2.0, smoother=smoother)
    assert found.value == pytest.approx(0.1, abs=0.03)
    assert found.std_error == pytest.approx(np.sqrt(np.mean(truth * (1 - truth)) / 3000), rel=0.15)


def test_leaving_out_the_censored_favours_death() -> None:
    """Those censored early were alive when last seen: the share of the dead is too high without them."""
    outcome, x = outcome_and_factor(seed=7)
    twin = judge("observed_expected_binary", outcome, predicted(x), HORIZON).value
    assert twin > 1.05 * judge("observed_expected", outcome, predicted(x), HORIZON).value


def test_risks_of_exactly_one_have_no_logit() -> None:
    outcome, x = outcome_and_factor()
    certain = predicted(x).death_by(HORIZON)
    certain[:3] = 1.0
    for key in TWINS:
        estimate = judge(key, outcome, risks(certain, HORIZON), HORIZON)
        if "logistic" in key:
            assert "predicted risks are exactly 0 or 1" in str(estimate.reason), key
        else:
            assert estimate.status == "ok", key
    spline = judge("ici_binary", outcome, risks(certain, HORIZON), HORIZON, smoother="spline")
    assert spline.status == "gap"


def test_gaps_say_why() -> None:
    def reason(key: str, outcome: Outcome, values: list[float], day: float = 4.0) -> str:
        estimate = judge(key, outcome, risks(np.array(values), day), day)
        assert estimate.status == "gap"
        return str(estimate.reason)

    all_dead, all_alive = Outcome([1, 2, 3], [1, 1, 1]), Outcome([5, 6, 7], [0, 0, 1])
    some = [0.2, 0.4, 0.6]
    assert reason("auc_binary", all_alive, some) == "fewer than 2 deaths by day 4"
    assert reason("auc_binary", all_dead, some) == "fewer than 2 patients are known to be alive at day 4"
    assert reason("ipa_binary", all_dead, some) == "everybody of known status has died by day 4"
    assert reason("observed_expected_binary", all_alive, some) == "nobody of known status has died by day 4"
    assert reason("observed_expected_binary", all_dead, [0, 0, 0]) == "every predicted risk is 0"
    assert reason("spiegelhalter_binary", all_dead, [0.5] * 3) == "every predicted risk is 0, 0.5 or 1"
    assert reason("calibration_slope_logistic", all_dead, some) == "fewer than 10 deaths by day 4"
    late = Outcome([5, 6, 7], [1, 0, 0], entry_days=[1, 0, 0])
    assert "delayed entry" in reason("brier_binary", late, some)
    outcome, prediction = many()
    same = judge("calibration_slope_logistic", outcome, risks(np.full(60, 0.3)))
    assert "has no slope" in str(same.reason)
    few = judge("net_benefit_binary", outcome, prediction, threshold=0.95)
    assert few.reason == "fewer than 10 patients are positive at the threshold 0.95"


def test_unknown_smoother() -> None:
    with pytest.raises(InputError, match="loess, lowess, spline"):
        judge("ici_binary", *many(), smoother="kernel")


def test_twins_are_taken_where_they_are_named_and_a_test_is_not_pooled() -> None:
    outcome, x = outcome_and_factor()
    systems, site = {"one": predicted(x)}, np.repeat(["a", "b"], 200)
    usual = evaluate(outcome, systems, horizons_days=[HORIZON])
    assert not set(usual["metric"]) & set(TWINS)
    named = evaluate(
        outcome, systems, horizons_days=[HORIZON], site=site, metrics=["brier_binary", "spiegelhalter_binary"]
    )
    pooled = named[named["site"] == "pooled"].set_index("metric")
    assert pooled.loc["brier_binary", "status"] == "ok"
    assert pooled.loc["spiegelhalter_binary", "status"] == "gap"
    assert pooled.loc["spiegelhalter_binary", "reason"] == "a test statistic is not pooled over sites"
    assert (named.loc[named["site"] != "pooled", "status"] == "ok").all()
