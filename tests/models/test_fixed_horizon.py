"""The SORG-style model: weights by hand, calibrated where the risk is known, horizons in order, gaps with reasons."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort, Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.evaluation.jobs import list_jobs, run_job
from spinesurv.evaluation.splits import internal_external
from spinesurv.features import Encoder
from spinesurv.models import MODELS, FixedHorizonBooster
from spinesurv.models.boosting import NO_INPUT, feature_names
from spinesurv.models.fixed_horizon import falling, horizon_weights
from tests.cohort_factory import TRUE_LOG_HR, small_cohort

TERMS = ["albumin", "ecog", "brain_mets", "primary_tumor"]
DAYS = [42.0, 90.0, 365.0]


def fitted(cohort, **options):
    return make_pipeline(Encoder(TERMS), FixedHorizonBooster(**options)).fit(cohort.patients, cohort.outcome)


def true_survival(patients: pd.DataFrame, days) -> np.ndarray:
    lp = (
        TRUE_LOG_HR["albumin"] * (patients["albumin"] - 3.6)
        + TRUE_LOG_HR["ecog"] * (patients["ecog"] - 2)
        + TRUE_LOG_HR["brain_mets"] * (patients["brain_mets"] == "yes")
    ).to_numpy(dtype=float)
    return np.exp(-np.outer(np.exp(lp), np.array(days) / 300.0))


def test_weights_by_hand():
    # G: of five at risk on day 2 one is censored; on day 3 the death leaves first, then one of three is censored
    outcome = Outcome([1, 2, 3, 3, 5, 6], [1, 0, 1, 0, 0, 1])
    given = horizon_weights(outcome, 4)
    expected = [1.0, 0.0, 1 / 0.8, 0.0, 1 / (0.8 * 2 / 3), 1 / (0.8 * 2 / 3)]
    np.testing.assert_allclose(given.weight, expected, rtol=1e-14)
    np.testing.assert_array_equal(given.dead[given.weight > 0], [True, True, False, False])
    assert given.weight.sum() == pytest.approx(6)
    assert given.counts["unknown"] == 2
    assert (given.counts["deaths"], given.counts["alive"]) == (2, 2)


def test_weights_are_those_of_each_site_and_a_site_not_followed_to_the_horizon_gets_none():
    time, event = [1, 2, 3, 3, 5, 6], [1, 0, 1, 0, 0, 1]
    outcome = Outcome([*time, 1, 2, 2, 9], [*event, 1, 0, 1, 0])
    site = np.array(["a"] * 6 + ["b"] * 3 + ["c"])
    given = horizon_weights(outcome, 4, site=site)
    alone = horizon_weights(Outcome(time, event), 4)
    np.testing.assert_array_equal(given.weight[:6], alone.weight)
    np.testing.assert_array_equal(given.weight[6:], [0, 0, 0, 1])
    assert given.counts["unreached"] == 3
    assert given.counts["unknown"] == 2


def test_without_censoring_every_weight_is_one():
    time = np.random.default_rng(1).integers(1, 800, 50)
    np.testing.assert_array_equal(horizon_weights(Outcome(time, np.ones(50)), 90).weight, np.ones(50))


def test_large_weights_are_cut_and_counted():
    cohort = small_cohort(600)
    plain = horizon_weights(cohort.outcome, 900, site=cohort.site)
    cut = horizon_weights(cohort.outcome, 900, site=cohort.site, truncate_at=0.8)
    cap = np.quantile(plain.weight[plain.weight > 0], 0.8)
    np.testing.assert_array_equal(cut.weight, np.minimum(plain.weight, cap))
    assert cut.counts["truncated"] == (plain.weight > cap).sum() > 0


def test_calibrated_where_the_risk_is_known():
    cohort, new = small_cohort(3000, seed=5), small_cohort(4000, seed=6).patients
    predicted = fitted(cohort).predict(new, times_days=DAYS)
    true = true_survival(new, DAYS)
    for j, day in enumerate(DAYS):
        deaths = (cohort.outcome.event & (cohort.outcome.time_days <= day)).sum()
        risk = 1 - predicted.survival[:, j]
        # the training deaths decide how far the mean risk can be off: four of their standard errors
        assert abs(np.log((1 - true[:, j]).mean() / risk.mean())) < 4 / np.sqrt(deaths)
        fifth = np.argsort(np.argsort(risk)) * 5 // len(risk)
        for k in range(5):
            # 600 training patients per fifth: standard error at most 0.02
            assert abs((1 - true[fifth == k, j]).mean() - risk[fifth == k].mean()) < 0.08
    assert np.corrcoef(predicted.marker, -true[:, -1])[0, 1] > 0.9


def test_censored_patients_are_weighted_not_dropped():
    cohort, new = small_cohort(3000, seed=7), small_cohort(2000, seed=8).patients
    random = np.random.default_rng(1)
    early = np.ceil(random.uniform(20, 500, len(cohort)))
    heavy = Outcome(
        np.minimum(cohort.outcome.time_days, early),
        cohort.outcome.event & (cohort.outcome.time_days <= early),
    )
    risk = 1 - fitted(Cohort(cohort.patients, heavy)).predict(new, times_days=[365.0]).survival[:, 0]
    truth = (1 - true_survival(new, [365.0])).mean()
    known = (heavy.event & (heavy.time_days <= 365)) | (heavy.time_days > 365)
    assert heavy.event[known].mean() > truth + 0.1  # what dropping them would teach
    # about 1,300 deaths and 200 survivors carry the weight: standard error about 0.015
    assert abs(risk.mean() - truth) < 0.06


def test_survival_never_rises_with_the_horizon():
    survival = np.array([[0.9, 0.8, 0.7], [0.6, 0.8, 0.5], [0.5, 0.7, 0.9], [0.9, 0.4, 0.6]])
    expected = [[0.9, 0.8, 0.7], [0.7, 0.7, 0.5], [0.7, 0.7, 0.7], [0.9, 0.5, 0.5]]
    np.testing.assert_allclose(falling(survival), expected, rtol=1e-14)
    from sklearn.isotonic import isotonic_regression

    raw = np.random.default_rng(2).random((200, 5))
    pooled = np.array([isotonic_regression(row, increasing=False) for row in raw])
    np.testing.assert_allclose(falling(raw), pooled, atol=1e-14)


def test_repairs_are_counted():
    cohort = small_cohort(300, seed=3)
    model = fitted(cohort, horizons_days=(60, 70, 80), max_depth=4, n_rounds=60)
    predicted = model.predict(cohort.patients, times_days=[60.0, 70.0, 80.0])
    assert (np.diff(predicted.survival, axis=1) <= 1e-12).all()
    assert model[-1].notes_["repaired"] > 0
    assert 0 < model[-1].notes_["largest repair"] < 1
    np.testing.assert_array_equal(predicted.marker, 1 - predicted.survival[:, -1])


def test_only_its_own_horizons():
    cohort = small_cohort(400)
    predicted = fitted(cohort, n_rounds=20).predict(cohort.patients, times_days=[30.0, 90.0, 180.0])
    assert np.isnan(predicted.survival[:, [0, 2]]).all()
    assert np.isfinite(predicted.survival[:, 1]).all()
    assert np.isfinite(predicted.marker).all()


def test_patients_with_gaps_are_predicted_those_without_any_input_are_named():
    cohort = small_cohort(500, missing=0.3)
    patients = cohort.patients.copy()
    patients.iloc[:4, :] = np.nan
    model = fitted(cohort, n_rounds=20)
    predicted = model.predict(patients, times_days=[90.0])
    assert set(predicted.reason[:4]) == {NO_INPUT}
    assert np.isfinite(predicted.survival[4:]).all()
    assert model[-1].n_ == 500


def test_a_horizon_with_too_few_deaths_is_left_out_with_a_reason():
    cohort = small_cohort(300)
    model = fitted(cohort, horizons_days=(1, 90), n_rounds=10)
    assert model[-1].fitted_days_ == [90.0]
    assert "at least 10 of each" in model[-1].notes_["not modelled"]["1"]
    assert np.isnan(model.predict(cohort.patients, times_days=[1.0, 90.0]).survival[:, 0]).all()
    with pytest.raises(InputError, match="no horizon can be modelled"):
        fitted(cohort, horizons_days=(1,))


def test_outcomes_of_judged_patients_change_nothing():
    cohort = small_cohort(300)
    shuffled = np.random.default_rng(4).permutation(100)
    split = internal_external(cohort, folds=0, seed=0)[0]
    order = np.arange(300)
    order[split.test] = split.test[shuffled]
    other = Cohort(cohort.patients, cohort.outcome.take(order))
    model = make_pipeline(Encoder(TERMS), FixedHorizonBooster(most_rounds=60))
    job = list_jobs([split], {"boosting": model}, lambda split: cohort.patients)[0]
    one, two = (run_job(job, c.outcome, times_days=DAYS, seed=1).prediction for c in (cohort, other))
    np.testing.assert_array_equal(one.survival, two.survival)


def test_deterministic_by_seed():
    cohort = small_cohort(300)
    one, same, other = (
        fitted(cohort, n_rounds=30, random_state=seed).predict(cohort.patients, times_days=DAYS).survival
        for seed in (2**62, 2**62, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: Cohort(c.patients, Outcome(c.outcome.time_days, c.outcome.event, entry_days=np.full(60, 0.5))),
         "60 of 60 training patients came under observation after time zero"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_said_in_a_sentence(change, words):
    with pytest.raises(InputError, match=words):
        fitted(change(small_cohort(60)))
    with pytest.raises(InputError, match="stands behind an Encoder"):
        FixedHorizonBooster().fit(small_cohort(60).patients, small_cohort(60).outcome)
    with pytest.raises(InputError, match="in rising order"):
        fitted(small_cohort(60), horizons_days=(90, 42))


def test_names_that_xgboost_refuses_are_made_safe():
    columns = pd.MultiIndex.from_tuples([("a", "x < 3"), ("a", "x [3"), ("b", "linear")])
    names = feature_names(columns)
    assert len(set(names)) == 3
    assert not any(c in "".join(names) for c in "[]< ")


def test_contract_of_scikit_learn():
    model = clone(FixedHorizonBooster(horizons_days=(30, 60), n_rounds=5))
    assert model.get_params()["horizons_days"] == (30, 60)
    assert model.get_params()["n_rounds"] == 5
    assert MODELS["sorg_style_boosting"] is FixedHorizonBooster
    patients = Encoder(["ecog"]).fit_transform(small_cohort(20).patients)
    with pytest.raises(NotFittedError):
        model.predict(patients, times_days=[90.0])
