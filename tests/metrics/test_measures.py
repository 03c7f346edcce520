"""Each measure by hand, and against its direct formula without censoring."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics import METRICS
from spinesurv.stats.censoring import KaplanMeierCensoring
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted, without

harrell_c, brier, ipa = (METRICS[k].function for k in ("harrell_c", "brier", "ipa"))
observed_expected, ici = (METRICS[k].function for k in ("observed_expected", "ici"))


def risks(values: list[float], day: float = 30.0) -> Prediction:
    return Prediction(pd.RangeIndex(len(values)), times_days=[day], survival=1 - np.array(values)[:, None])


def test_observed_expected_of_four_patients() -> None:
    # two of four dead by day 30, everybody predicted one half
    outcome = Outcome([10, 20, 40, 50], [1, 1, 1, 0])
    estimate = observed_expected(outcome, risks([0.5] * 4), horizon_days=30)
    assert estimate.value == pytest.approx(1.0)
    # Greenwood: S sqrt(1/(4*3) + 1/(3*2)) = 1/4, divided by the mean risk 1/2
    assert estimate.std_error == pytest.approx(0.25 / 0.5)
    assert estimate.events == 2


def test_error_of_observed_expected_counts_whom_chance_brought() -> None:
    """Without censoring O/E is a ratio of two means: the residuals y - O/E p, over n E."""
    outcome = Outcome([10, 20, 40, 50], [1, 1, 1, 1])
    risk = np.array([0.9, 0.6, 0.2, 0.3])
    estimate = observed_expected(outcome, risks(list(risk)), horizon_days=30)
    residual = (np.array([1, 1, 0, 0]) - risk) / (4 * 0.5)
    assert estimate.value == pytest.approx(1.0)
    assert estimate.std_error == pytest.approx(np.sqrt(np.sum(residual**2)))
    given = observed_expected(outcome, risks(list(risk)), horizon_days=30, risks_given=True)
    assert given.std_error == pytest.approx(0.25 / 0.5)


def test_brier_and_ipa_without_censoring() -> None:
    outcome = Outcome([10, 20, 40, 50], [1, 1, 1, 1])
    p = np.array([0.9, 0.4, 0.3, 0.2])
    dead = np.array([1, 1, 0, 0])
    direct = np.mean((dead - p) ** 2)
    assert brier(outcome, risks(list(p)), horizon_days=30).value == pytest.approx(direct)
    assert ipa(outcome, risks(list(p)), horizon_days=30).value == pytest.approx(1 - direct / 0.25)


def test_average_risk_has_no_ipa() -> None:
    outcome, _ = outcome_and_factor()
    from spinesurv.stats.kaplan_meier import kaplan_meier

    average = 1 - kaplan_meier(outcome.time_days, outcome.event).at([HORIZON])[0]
    estimate = ipa(outcome, risks([average] * 400, HORIZON), horizon_days=HORIZON)
    assert estimate.value == pytest.approx(0.0, abs=1e-12)


def test_better_predictions_score_better() -> None:
    outcome, x = outcome_and_factor()
    right, wrong = predicted(x), predicted(x, slope=-1.0)
    assert harrell_c(outcome, right).value > 0.65 > 0.5 > harrell_c(outcome, wrong).value
    assert (
        brier(outcome, right, horizon_days=HORIZON).value < brier(outcome, wrong, horizon_days=HORIZON).value
    )
    assert (
        ipa(outcome, right, horizon_days=HORIZON).value > 0 > ipa(outcome, wrong, horizon_days=HORIZON).value
    )
    assert ici(outcome, right, horizon_days=HORIZON).value < ici(outcome, wrong, horizon_days=HORIZON).value


def test_true_risks_are_calibrated() -> None:
    outcome, x = outcome_and_factor(seed=9, n=3000)
    ratio = observed_expected(outcome, predicted(x), horizon_days=HORIZON)
    # 3,000 patients: the ratio is known to 2 %; 4 of these
    assert ratio.value == pytest.approx(1.0, abs=4 * ratio.std_error)
    assert ici(outcome, predicted(x), horizon_days=HORIZON).value < 0.03


def test_harrell_ranks_by_risk_where_there_is_no_marker() -> None:
    outcome, x = outcome_and_factor()
    both = predicted(x)
    unranked = Prediction(both.key, times_days=both.times_days, survival=both.survival)
    assert harrell_c(outcome, unranked).reason == "no marker was predicted"
    ranked = harrell_c(outcome, unranked, horizon_days=HORIZON)
    assert ranked.value == pytest.approx(harrell_c(outcome, both, horizon_days=HORIZON).value)
    # deaths after the horizon are no cases
    assert ranked.events == int((outcome.event & (outcome.time_days <= HORIZON)).sum())


def test_harrell_needs_deaths_and_pairs() -> None:
    marker = Prediction(pd.RangeIndex(3), marker=[1.0, 2.0, 3.0])
    assert harrell_c(Outcome([1, 2, 3], [0, 0, 1]), marker).reason == "fewer than 2 deaths"
    assert harrell_c(Outcome([2, 2, 1], [1, 1, 0]), marker).reason == "no two patients can be compared"


def test_death_on_the_horizon_counts() -> None:
    outcome = Outcome([30, 30, 60, 60], [1, 0, 0, 1])
    estimate = observed_expected(outcome, risks([0.25] * 4), horizon_days=30)
    assert estimate.value == pytest.approx(1.0)


def test_given_censoring_model_of_all_patients() -> None:
    outcome, x = outcome_and_factor()
    censoring = KaplanMeierCensoring(outcome.time_days, outcome.event)
    missing = np.arange(100)
    estimate = brier(outcome, without(predicted(x), missing), horizon_days=HORIZON, censoring=censoring)
    p, time, event = predicted(x).death_by(HORIZON), outcome.time_days, outcome.event
    g, g_h = censoring.before_own_time(), censoring.at(HORIZON)
    loss = np.where(event & (time <= HORIZON), (1 - p) ** 2 / g, 0) + np.where(time > HORIZON, p**2 / g_h, 0)
    assert estimate.value == pytest.approx(loss[100:].mean())
    assert estimate.n == 300
    # those without a prediction shape the weights, so they have an influence
    assert len(estimate.rows) == 400
    assert np.abs(estimate.influence[:100]).max() > 0
    with pytest.raises(InputError, match="exactly the patients judged"):
        brier(outcome.take(np.arange(50)), predicted(x[:50]), horizon_days=HORIZON, censoring=censoring)


def test_borrowed_weights_would_be_wrong() -> None:
    # all censored early in the judged cohort: its own curve must be used, however short follow-up is
    outcome = Outcome([5, 10, 12, 20, 40, 45], [1, 0, 0, 1, 0, 0])
    value = brier(outcome, risks([0.5] * 6), horizon_days=30).value
    assert value == pytest.approx(0.25)


def test_delayed_entry() -> None:
    outcome, x = outcome_and_factor()
    late = Outcome(outcome.time_days, outcome.event, entry_days=np.floor(outcome.time_days / 3))
    assert "delayed entry" in brier(late, predicted(x), horizon_days=HORIZON).reason
    for function in (observed_expected, ici):
        assert function(late, predicted(x), horizon_days=HORIZON).status == "ok"
    from spinesurv.stats.kaplan_meier import kaplan_meier

    curve = kaplan_meier(late.time_days, late.event, start=late.entry_days)
    ratio = observed_expected(late, predicted(x), horizon_days=HORIZON, risks_given=True)
    assert ratio.std_error / ratio.value == pytest.approx(
        curve.std_error([HORIZON])[0] / (1 - curve.at([HORIZON])[0])
    )


def test_everybody_dead_by_the_horizon() -> None:
    outcome = Outcome([1, 2, 3, 4], [1, 1, 1, 1])
    estimate = observed_expected(outcome, risks([0.5] * 4), horizon_days=30)
    assert estimate.value == pytest.approx(2.0)
    assert np.isnan(estimate.std_error)
    assert "everybody had died" in estimate.reason
    assert "everybody has died" in ipa(outcome, risks([0.5] * 4), horizon_days=30).reason


def test_nobody_dead_by_the_horizon() -> None:
    outcome = Outcome([40, 50, 60, 70], [1, 1, 0, 0])
    assert "nobody has died" in observed_expected(outcome, risks([0.5] * 4), horizon_days=30).reason
    assert "nobody has died" in ipa(outcome, risks([0.5] * 4), horizon_days=30).reason
    assert (
        "every predicted risk is 0"
        in observed_expected(outcome, risks([0.0] * 4, 50.0), horizon_days=50).reason
    )


def test_certain_predictions_are_not_moved() -> None:
    outcome, x = outcome_and_factor()
    p = predicted(x).death_by(HORIZON)
    p[:3] = 1.0
    estimate = ici(outcome, risks(list(p), HORIZON), horizon_days=HORIZON)
    assert estimate.status == "gap"
    assert estimate.reason.startswith("3 of 400 predicted risks are exactly 0 or 1")


def test_coarse_predictions() -> None:
    outcome, x = outcome_and_factor()
    groups = np.where(x > 0.3, 0.8, np.where(x > -0.5, 0.5, 0.2))
    estimate = ici(outcome, risks(list(groups), HORIZON), horizon_days=HORIZON)
    assert estimate.status == "ok"
    assert estimate.reason.startswith("3 distinct predicted risks: a straight line")
    same = ici(outcome, risks([0.5] * 400, HORIZON), horizon_days=HORIZON)
    assert "same predicted risk" in same.reason


def test_too_few_deaths_for_a_curve() -> None:
    outcome, x = outcome_and_factor(n=12)
    assert "fewer than 10 deaths" in ici(outcome, predicted(x), horizon_days=HORIZON).reason


def test_contrast_of_two_systems_against_a_bootstrap() -> None:
    n, draws = 300, 150
    outcome, x = outcome_and_factor(seed=5, n=n)
    noise = np.random.default_rng(6).normal(size=n)

    def contrast(rows: np.ndarray) -> tuple[float, float]:
        judged = outcome.take(rows)
        pair = [brier(judged, predicted(v[rows]), horizon_days=HORIZON) for v in (x, 0.5 * x + 0.5 * noise)]
        difference = pair[0].minus(pair[1])
        return difference.value, difference.std_error

    rng = np.random.default_rng(7)
    values = [contrast(rng.integers(0, n, n))[0] for _ in range(draws)]
    # the spread of 150 draws is known to 1 / sqrt(300) = 6 %; 4 of these
    assert contrast(np.arange(n))[1] == pytest.approx(np.std(values, ddof=1), rel=0.24)
