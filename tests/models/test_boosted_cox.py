"""The boosted Cox model: baseline by its definition, survival near the truth, gaps, seeds and days."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort, Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.evaluation.jobs import list_jobs, run_job
from spinesurv.evaluation.splits import internal_external
from spinesurv.features import Encoder
from spinesurv.models import MODELS, BoostedCox, Booster
from spinesurv.models.boosting import NO_INPUT
from tests.cohort_factory import TRUE_LOG_HR, small_cohort

TERMS = ["albumin", "ecog", "brain_mets", "primary_tumor"]
DAYS = [42.0, 90.0, 365.0]


def fitted(cohort, **options):
    return make_pipeline(Encoder(TERMS), BoostedCox(**options)).fit(cohort.patients, cohort.outcome)


def true_log_hr(patients):
    return (
        TRUE_LOG_HR["albumin"] * (patients["albumin"] - 3.6)
        + TRUE_LOG_HR["ecog"] * (patients["ecog"] - 2)
        + TRUE_LOG_HR["brain_mets"] * (patients["brain_mets"] == "yes")
    ).to_numpy(dtype=float)


def test_baseline_by_its_definition():
    cohort = small_cohort(200)
    apart = Outcome(cohort.outcome.time_days + np.arange(200) / 1000, cohort.outcome.event)
    model = fitted(Cohort(cohort.patients, apart), n_rounds=30)
    predicted = model.predict(cohort.patients, times_days=DAYS)
    ratio = np.exp(predicted.marker)
    assert predicted.marker.mean() == pytest.approx(0, abs=1e-6)
    for j, day in enumerate(DAYS):
        hazard = sum(1 / ratio[apart.time_days >= t].sum() for t in apart.time_days[apart.event] if t <= day)
        np.testing.assert_allclose(predicted.survival[:, j], np.exp(-hazard * ratio), rtol=1e-10)


def test_near_the_truth():
    cohort, new = small_cohort(3000, seed=5), small_cohort(4000, seed=6).patients
    predicted = fitted(cohort).predict(new, times_days=DAYS)
    log_hr = true_log_hr(new)
    true = np.exp(-np.outer(np.exp(log_hr), np.array(DAYS) / 300))
    assert np.corrcoef(predicted.marker, log_hr)[0, 1] > 0.95
    for j, day in enumerate(DAYS):
        deaths = (cohort.outcome.event & (cohort.outcome.time_days <= day)).sum()
        # mean risk: four standard errors of the training deaths, and 3 % for trees that know their training patients
        ratio = (1 - true[:, j]).mean() / (1 - predicted.survival[:, j]).mean()
        assert abs(np.log(ratio)) < 0.03 + 4 / np.sqrt(deaths)
        # root mean square error of a Cox model with the right terms here: 0.03; of one risk for all: 0.2
        assert np.sqrt(np.mean((true[:, j] - predicted.survival[:, j]) ** 2)) < 0.07


def test_a_death_on_day_zero_counts_as_a_death():
    cohort = small_cohort(200)
    outcome = cohort.outcome
    first = np.sort(outcome.time_days[outcome.event])[20]
    early = np.where(outcome.event & (outcome.time_days <= first), 0.0, outcome.time_days)
    at_zero = fitted(Cohort(cohort.patients, Outcome(early, outcome.event)), n_rounds=20)
    later = fitted(Cohort(cohort.patients, Outcome(early + 1, outcome.event)), n_rounds=20)
    one = at_zero.predict(cohort.patients, times_days=[0.0, 89.0])
    two = later.predict(cohort.patients, times_days=[1.0, 90.0])
    np.testing.assert_array_equal(one.survival, two.survival)
    assert (one.survival[:, 0] < 1).all()


def test_rounds_are_chosen_inside_training():
    cohort = small_cohort(600)
    noise = Cohort(cohort.patients, cohort.outcome.take(np.random.default_rng(1).permutation(600)))
    real, none = fitted(cohort)[-1].n_rounds_, fitted(noise)[-1].n_rounds_
    assert none < real / 2
    assert fitted(cohort, n_rounds=7)[-1].n_rounds_ == 7


def test_patients_with_gaps_are_predicted_those_without_any_input_are_named():
    cohort = small_cohort(500, missing=0.3)
    patients = cohort.patients.copy()
    patients.iloc[:4, :] = np.nan
    predicted = fitted(cohort, n_rounds=20).predict(patients, times_days=[90.0])
    assert set(predicted.reason[:4]) == {NO_INPUT}
    assert np.isnan(predicted.survival[:4]).all()
    assert np.isfinite(predicted.survival[4:]).all()


def test_any_day_until_the_last_of_training():
    cohort = small_cohort(200)
    last = cohort.outcome.time_days.max()
    predicted = fitted(cohort, n_rounds=20).predict(cohort.patients, times_days=[0.5, 200.0, last, last + 1])
    assert np.isfinite(predicted.survival[:, :3]).all()
    assert np.isnan(predicted.survival[:, 3]).all()
    np.testing.assert_array_equal(predicted.survival[:, 0], 1)
    order = np.argsort(predicted.marker)
    assert (np.diff(predicted.survival[order, 1]) <= 1e-12).all()


def test_outcomes_of_judged_patients_change_nothing():
    cohort = small_cohort(300)
    split = internal_external(cohort, folds=0, seed=0)[1]
    order = np.arange(300)
    order[split.test] = np.random.default_rng(4).permutation(split.test)
    other = Cohort(cohort.patients, cohort.outcome.take(order))
    model = make_pipeline(Encoder(TERMS), BoostedCox(most_rounds=60))
    job = list_jobs([split], {"boosting": model}, lambda split: cohort.patients)[0]
    one, two = (run_job(job, c.outcome, times_days=DAYS, seed=1).prediction for c in (cohort, other))
    np.testing.assert_array_equal(one.survival, two.survival)


def test_deterministic_by_seed():
    cohort = small_cohort(300)
    one, same, other = (
        fitted(cohort, n_rounds=30, random_state=s).predict(cohort.patients, times_days=DAYS).survival
        for s in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_too_few_deaths():
    cohort = small_cohort(200)
    alive = cohort.take(~cohort.outcome.event)
    with pytest.raises(InputError, match="0 deaths among"):
        fitted(alive)


def test_xgboost_is_imported_only_where_it_is_used():
    code = "import sys, spinesurv.models as m; m.BoostedCox(); print('xgboost' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert ran.stdout.strip() == "False"


def test_contract_of_scikit_learn():
    model = clone(BoostedCox(max_depth=4))
    assert model.get_params()["max_depth"] == 4
    assert MODELS["boosted_cox"] is BoostedCox is Booster
    patients = Encoder(["ecog"]).fit_transform(small_cohort(20).patients)
    with pytest.raises(NotFittedError):
        model.predict(patients, times_days=[90.0])
