"""Survival of point scores: re-estimated per total in training, or as published; by hand and by property."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort, Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models import PublishedSurvival, ScoreStrata
from spinesurv.scores import Score, load_definition
from tests.cohort_factory import small_cohort
from tests.paths import ROOT


def totals(values, groups=("good", "poor")) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(
        [("s", str(i)) for i in range(len(values))], names=["site", "patient_id"]
    )
    total = np.array(values, dtype=float)
    group = pd.Categorical(
        np.where(np.isnan(total), None, np.where(total > 1, "good", "poor")), groups, ordered=True
    )
    reason = np.where(np.isnan(total), "albumin missing", "")
    return pd.DataFrame({"total": total, "group": group, "reason": reason}, index=index)


def test_by_hand():
    # total 2: deaths at 10 and 30 of three -> KM(20) = 2/3; total 0: deaths at 5, 15 of two -> KM(20) = 0
    training = totals([2, 2, 2, 0, 0])
    outcome = Outcome([10, 30, 40, 5, 15], [1, 1, 0, 1, 1])
    plain = ScoreStrata("better", prior_patients=0).fit(training, outcome)
    np.testing.assert_allclose(plain.level_survival(np.array([20.0])), [[0.0], [2 / 3]])
    # one typical patient is added: KM of all five at 20 is 2/5
    shrunk = ScoreStrata("better").fit(training, outcome)
    np.testing.assert_allclose(shrunk.level_survival(np.array([20.0])), [[0.4 / 3], [(3 * 2 / 3 + 0.4) / 4]])


def test_competing_events_by_hand():
    # total 2: the event on day 10, a competing one on day 20, censored on day 40: incidence 1/3 by day 30; total 0: a
    # competing event on day 5, then the event on day 15 of one: 1/2
    training = totals([2, 2, 2, 0, 0])
    cause = np.array(["failure", "death", "", "death", "failure"], dtype=object)
    outcome = Outcome([10, 20, 40, 5, 15], [1, 1, 0, 1, 1], cause=cause, end_point="failure")
    plain = ScoreStrata("better", prior_patients=0).fit(training, outcome)
    np.testing.assert_allclose(plain.level_survival(np.array([30.0])), [[1 / 2], [2 / 3]])
    # of all five: 1/5 by day 10, and 3/5 of the third left on day 15
    shrunk = ScoreStrata("better").fit(training, outcome)
    both = 1 - (1 / 5 + 1 / 5)
    expected = [[(2 / 2 + both) / 3], [(3 * 2 / 3 + both) / 4]]
    np.testing.assert_allclose(shrunk.level_survival(np.array([30.0])), expected)
    # nobody had another event: as without an end point
    own = Outcome([10, 20, 40, 5, 15], [1, 1, 0, 1, 1], cause=["failure"] * 5, end_point="failure")
    usual = ScoreStrata("better").fit(training, own.judging(None))
    days = np.array([7.0, 30.0])
    np.testing.assert_allclose(
        ScoreStrata("better").fit(training, own).level_survival(days), usual.level_survival(days)
    )


def test_who_entered_late_is_not_at_risk_before():
    # two of four enter after day 8 and are no survivors of day 5: 1 of 2 dies then, and 1 of 3 on day 20
    outcome = Outcome([5, 20, 30, 40], [1, 1, 0, 0], entry_days=[0, 8, 8, 0])
    strata = ScoreStrata("better", prior_patients=0).fit(totals([1, 1, 1, 1]), outcome)
    np.testing.assert_allclose(strata.level_survival(np.array([10.0, 25.0])), [[1 / 2, 1 / 2 * 2 / 3]])


def test_published_survival_is_about_death_alone():
    groups = tuple(SimpleNamespace(key=k, label=k, survival={30: 0.5}) for k in ("good", "poor"))
    outcome = Outcome([1, 2], [1, 1], cause=["failure", "death"], end_point="failure")
    with pytest.raises(InputError, match="other events compete with the end point 'failure'"):
        PublishedSurvival("better", groups).fit(totals([1, 2]), outcome)


def test_empty_levels_are_interpolated_and_ends_carried():
    training = totals([0] * 50 + [4] * 50)
    random = np.random.default_rng(0)
    outcome = Outcome(np.r_[random.exponential(50, 50), random.exponential(400, 50)], np.ones(100))
    strata = ScoreStrata("better").fit(training, outcome)
    low, high = strata.level_survival(np.array([60.0]))[:, 0]
    predicted = strata.predict(totals([0, 1, 2, 4, 9]), times_days=[60.0]).survival[:, 0]
    np.testing.assert_allclose(predicted, [low, low + (high - low) / 4, (low + high) / 2, high, high])


@pytest.mark.parametrize("higher_is", ["better", "worse"])
def test_survival_falls_in_time_and_in_the_direction_of_the_score(higher_is):
    random = np.random.default_rng(3)
    values = random.integers(0, 12, 400)
    outcome = Outcome(random.exponential(200, 400), random.random(400) < 0.7)
    days = np.array([30.0, 90, 180, 365, 500])
    predicted = (
        ScoreStrata(higher_is).fit(totals(values), outcome).predict(totals(np.arange(12)), times_days=days)
    )
    step = 1 if higher_is == "better" else -1
    assert (step * np.diff(predicted.survival, axis=0) >= -1e-12).all()
    assert (np.diff(predicted.survival, axis=1) <= 1e-12).all()
    assert ((predicted.survival > 0) & (predicted.survival < 1)).all()
    np.testing.assert_array_equal(predicted.marker, -step * np.arange(12.0))


def test_days_beyond_follow_up_have_no_prediction():
    strata = ScoreStrata("better").fit(totals([1, 1, 2, 2]), Outcome([10, 20, 30, 40], [1, 0, 1, 0]))
    predicted = strata.predict(totals([1, 2]), times_days=[15.0, 35.0, 100.0])
    assert np.isfinite(predicted.survival[:, :2]).all()
    assert np.isnan(predicted.survival[:, 2]).all()


def test_a_missing_total_is_missing_with_its_reason():
    strata = ScoreStrata("better").fit(totals([1, 2, np.nan]), Outcome([1, 2, 3], [1, 1, 1]))
    assert strata.n_left_out_ == 1
    predicted = strata.predict(totals([np.nan, 1]), times_days=[1.0])
    assert list(predicted.predicted) == [False, True]
    assert predicted.reason[0] == "albumin missing"


def test_a_score_that_nobody_in_training_has_predicts_nobody_and_says_why():
    nobody = ScoreStrata("better").fit(totals([np.nan]), Outcome([1], [1]))
    predicted = nobody.predict(totals([np.nan, 1]), times_days=[1.0])
    assert np.isnan(predicted.survival).all()
    assert list(predicted.reason) == ["albumin missing", "no training patient has a total of this score"]
    assert np.isnan(predicted.marker).all()


def test_published_survival_only_where_every_group_has_it():
    def group(label, survival):
        return SimpleNamespace(key=label, label=label, survival=survival, interval_months=None)

    both = PublishedSurvival("better", (group("good", {365: 0.8, 730: 0.6}), group("poor", {365: 0.2})))
    assert both.days == [365]
    predicted = both.fit(totals([2, 0])).predict(totals([2, 0]), times_days=[90.0, 365.0, 730.0])
    np.testing.assert_array_equal(predicted.survival, [[np.nan, 0.8, np.nan], [np.nan, 0.2, np.nan]])
    silent = PublishedSurvival("better", (group("good", {365: 0.8}), group("poor", {})))
    gap = silent.predict(totals([2, 0]), times_days=[365.0])
    assert not gap.predicted.any()
    assert set(gap.reason) == {"no survival published for the groups poor"}
    elsewhere = PublishedSurvival("better", (group("good", {365: 0.8}), group("poor", {90: 0.2})))
    assert "different days" in elsewhere.reason


def test_a_definition_with_published_survival_reaches_the_prediction():
    score = Score(load_definition(ROOT / "tests" / "scores" / "made_up_2020.toml"))
    model = make_pipeline(score, PublishedSurvival(score.higher_is, score.groups))
    cohort = small_cohort(60)
    cohort = Cohort(cohort.patients.assign(kps=80 - 10 * cohort.patients["ecog"]), cohort.outcome)
    day = float(model[-1].days[0])
    predicted = model.fit(cohort.patients, cohort.outcome).predict(cohort.patients, times_days=[day])
    table = score.transform(cohort.patients)
    expected = table["group"].map({g.key: g.survival[int(day)] for g in score.groups}).astype(float)
    np.testing.assert_array_equal(predicted.survival[:, 0], expected)
    assert predicted.predicted.any()


def test_contracts():
    assert clone(ScoreStrata("worse")).higher_is == "worse"
    with pytest.raises(NotFittedError):
        ScoreStrata("worse").level_survival(np.array([1.0]))
    with pytest.raises(InputError, match="stands behind a score"):
        ScoreStrata("worse").fit(pd.DataFrame({"age": [1]}), Outcome([1], [1]))
    with pytest.raises(InputError, match="better or worse expected"):
        ScoreStrata("up").fit(totals([1]), Outcome([1], [1])).predict(totals([1]), times_days=[1.0])


def test_expected_interval_of_a_group_in_days():
    def group(label, months):
        return SimpleNamespace(key=label, label=label, survival={}, interval_months=months)

    strata = ScoreStrata("better", (group("good", (12, None)), group("poor", (0, 12))))
    predicted = strata.fit(totals([2, 0]), Outcome([1, 1], [1, 1])).predict(totals([2, 0]), times_days=[1.0])
    np.testing.assert_allclose(predicted.expected_days, [[365.25, np.inf], [0, 365.25]])


def test_published_certainty_is_kept_and_measures_without_a_place_for_it_are_gaps():
    """Nobody of group C of the Mizumoto score is alive at 24 months, as published: not clipped, and said where it matters."""
    from spinesurv.metrics import METRICS

    score = Score("mizumoto_2008")
    groups = {g.key: g.survival for g in score.groups}
    assert groups["C"][730] == 0.0
    rng = np.random.default_rng(3)
    group = np.repeat(["A", "B", "C"], 60)
    table = pd.DataFrame(
        {
            "total": np.repeat([2.0, 7.0, 12.0], 60),
            "group": pd.Categorical(group, ["A", "B", "C"], ordered=True),
            "reason": "",
        },
        index=pd.MultiIndex.from_product([["s"], [str(i) for i in range(180)]], names=["site", "patient_id"]),
    )
    model = PublishedSurvival(score.higher_is, tuple(score.groups)).fit(table)
    predicted = model.predict(table, times_days=[365, 730])
    assert set(predicted.survival[group == "C", 1]) == {0.0}
    outcome = Outcome(
        np.ceil(rng.exponential(np.repeat([900.0, 400.0, 150.0], 60))), np.ones(180, dtype=bool)
    )
    found = {
        name: METRICS[name].function(outcome, predicted, horizon_days=730)
        for name in ("brier", "observed_expected", "calibration_slope", "ici")
    }
    assert {name for name, estimate in found.items() if estimate.status == "ok"} == {
        "brier",
        "observed_expected",
    }
    for name in ("calibration_slope", "ici"):
        assert "60 of 180 predicted risks are exactly 0 or 1" in found[name].reason
