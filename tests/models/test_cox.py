"""The Cox model: coefficients against the kernel that agrees with R, survival by its definition, gaps with reasons."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceWarning
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from spinesurv.core import Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.cox_survival import baseline_hazard, survival, survival_error_log
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.ridge_tuning import PENALTIES, cross_validated_likelihood, even_folds
from tests.cohort_factory import TRUE_LOG_HR, small_cohort

TERMS = [
    {"variable": "albumin", "knots": 4},
    "ecog",
    "brain_mets",
    {"variable": "primary_tumor", "minimum_patients": 30},
]


def fitted(cohort, terms=TERMS, **options):
    return make_pipeline(Encoder(terms), CoxNomogram(**options)).fit(cohort.patients, cohort.outcome)


def test_agrees_with_the_kernel_that_agrees_with_r():
    cohort = small_cohort(600)
    model = fitted(cohort)
    design = model[0].transform(cohort.patients).to_numpy()
    kernel = fit_cox(design, cohort.outcome.time_days, cohort.outcome.event)
    np.testing.assert_allclose(model[-1].coef_, kernel.coef, rtol=1e-12)
    np.testing.assert_allclose(model[-1].std_error_, np.sqrt(np.diag(kernel.covariance)), rtol=1e-12)
    days = [30.0, 90.0, 365.0]
    predicted = model.predict(cohort.patients, times_days=days).survival
    np.testing.assert_allclose(predicted, survival(kernel, design, days), atol=1e-6)


def lifelines_fit(design, outcome, **settings):
    table = pd.DataFrame(design.to_numpy(), columns=[f"x{i}" for i in range(design.shape[1])])
    table = table.assign(time=outcome.time_days, event=outcome.event.astype(int))
    options = {"precision": 1e-11, "r_precision": 1e-14, "max_steps": 200}
    return CoxPHFitter(**settings).fit(table, "time", "event", fit_options=options)


def test_agrees_with_lifelines():
    cohort = small_cohort(600)
    model = fitted(cohort)
    other = lifelines_fit(model[0].transform(cohort.patients), cohort.outcome)
    # lifelines stops at a relative step of 1e-11; its coefficients of collinear spline columns keep 5 digits
    np.testing.assert_allclose(model[-1].coef_, other.params_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model[-1].std_error_, other.standard_errors_, rtol=1e-4)


def test_a_penalty_shrinks():
    cohort = small_cohort(600)
    free, held = (fitted(cohort, ["albumin", "ecog"], penalty=p)[-1].coef_ for p in (0.0, 0.5))
    assert (held.abs() < free.abs()).all()
    assert (np.sign(held) == np.sign(free)).all()


def test_splines_of_a_long_tail_settle_where_whole_newton_steps_do_not():
    """At the coefficients the score of the partial likelihood, written out term by term, is zero."""
    random = np.random.default_rng(0)
    ratio = random.lognormal(1.5, 0.8, 600).clip(0.1, 200)
    death = random.exponential(900 * np.minimum(ratio, 20) ** -0.8)
    censored = random.uniform(100, 1100, 600)
    index = pd.MultiIndex.from_arrays(
        [["a"] * 600, [str(i) for i in range(600)]], names=["site", "patient_id"]
    )
    outcome = Outcome(np.minimum(death, censored), death <= censored)
    model = make_pipeline(Encoder([{"variable": "nlr", "knots": 4}]), CoxNomogram())
    model.fit(pd.DataFrame({"nlr": ratio}, index=index), outcome)
    design = model[0].transform(pd.DataFrame({"nlr": ratio}, index=index))
    with pytest.warns(ConvergenceWarning):
        lifelines_fit(design, outcome)
    x = ((design - design.mean()) / design.std()).to_numpy()
    hazard = np.exp(x @ (model[-1].coef_.to_numpy() * design.std().to_numpy()))
    score = np.zeros(3)
    for row in np.flatnonzero(outcome.event):
        at_risk = outcome.time_days >= outcome.time_days[row]
        score += x[row] - hazard[at_risk] @ x[at_risk] / hazard[at_risk].sum()
    # columns of unit spread: one death moves the score by about 1
    np.testing.assert_allclose(score, 0.0, atol=1e-6)


def test_finds_the_truth():
    model = fitted(small_cohort(6000, seed=3), ["albumin", "ecog", "brain_mets"])[-1]
    truth = np.array([TRUE_LOG_HR[v] for v in model.coef_.index.get_level_values("variable")])
    z = (model.coef_ - truth) / model.std_error_
    assert np.abs(z).max() < 4


def test_strata_have_baselines_of_their_own():
    cohort = small_cohort(600)
    model = fitted(cohort, ["albumin", "ecog"], stratify_by="site")
    assert model[-1].strata_ == ["a", "b", "c", "all"]
    x = model[0].transform(cohort.patients).to_numpy()
    kernel = fit_cox(x, cohort.outcome.time_days, cohort.outcome.event, strata=cohort.site)
    np.testing.assert_allclose(model[-1].coef_, kernel.coef, rtol=1e-12)
    new = small_cohort(30, sites=("a", "d")).patients
    predicted = model.predict(new, times_days=[90.0])
    here = new.index.get_level_values("site") == "a"
    design = model[0].transform(new).to_numpy()
    np.testing.assert_allclose(predicted.survival[here], survival(kernel, design[here], [90.0]), rtol=1e-9)
    # a site that training never saw: all patients together, at the coefficients of the strata
    offset = (x - model[-1].centre_) @ kernel.coef
    common = fit_cox(np.zeros((600, 0)), cohort.outcome.time_days, cohort.outcome.event, offset=offset)
    hazard = baseline_hazard(common, [90.0])[0]
    np.testing.assert_allclose(
        predicted.survival[~here, 0], np.exp(-hazard * np.exp(predicted.marker[~here])), rtol=1e-9
    )
    assert (predicted.low[~here] < predicted.survival[~here]).all()


def test_interval_of_survival_is_that_of_the_kernel():
    """log(-log S) +- z times its error, from `survival_error_log`, which agrees with survival::survfit."""
    cohort = small_cohort(400)
    model = fitted(cohort)
    predicted = model.predict(cohort.patients, times_days=[30.0, 365.0])
    design = model[0].transform(cohort.patients).to_numpy()
    kernel = fit_cox(design, cohort.outcome.time_days, cohort.outcome.event)
    alive = survival(kernel, design, [30.0, 365.0])
    error = survival_error_log(kernel, design, [30.0, 365.0])
    low, high = survival_interval(alive, error, kind="log-log")
    np.testing.assert_allclose(predicted.low, low, rtol=1e-9)
    np.testing.assert_allclose(predicted.high, high, rtol=1e-9)


@pytest.mark.parametrize("errors", ["robust", "site"])
def test_other_errors_are_those_of_the_survival_predicted(errors):
    """The error of log survival: squared sums of the derivative by each patient's (site's) weight, by differences."""
    cohort = small_cohort(120)
    model = fitted(cohort, ["albumin", "ecog"], errors=errors)
    x = model[0].transform(cohort.patients).to_numpy()
    time, event = cohort.outcome.time_days, cohort.outcome.event

    def log_survival(weights):
        fit = fit_cox(x, time, event, weights=weights)
        return np.log(survival(fit, x[:1], [90.0])[0, 0]), fit.coef

    change, by_coef = [], []
    units = cohort.site if errors == "site" else np.arange(120)
    for unit in np.unique(units):
        up, down = (log_survival(1.0 + step * (units == unit)) for step in (1e-4, -1e-4))
        change.append((up[0] - down[0]) / 2e-4)
        by_coef.append((up[1] - down[1]) / 2e-4)
    np.testing.assert_allclose(model[-1].std_error_, np.sqrt(np.sum(np.square(by_coef), axis=0)), rtol=1e-4)
    predicted = model.predict(cohort.patients.iloc[:1], times_days=[90.0])
    log_s = np.log(predicted.survival[0, 0])
    error = np.log(np.log(predicted.low[0, 0]) / log_s) / 1.959964 * -log_s
    # central differences of step 1e-4
    assert error == pytest.approx(np.sqrt(np.sum(np.square(change))), rel=1e-4)


def test_penalty_of_the_likelihood_left_out():
    cohort = small_cohort(80)
    model = fitted(cohort, penalty="cross_validated")
    x = model[0].transform(cohort.patients).to_numpy()
    time, event = cohort.outcome.time_days, cohort.outcome.event
    likelihood = cross_validated_likelihood(x, time, event, PENALTIES, folds=even_folds(time, event, 5))
    assert model[-1].penalty_ == PENALTIES[int(np.argmax(likelihood))]
    held = fitted(cohort, penalty=model[-1].penalty_)
    np.testing.assert_allclose(held[-1].coef_, model[-1].coef_)


@pytest.mark.parametrize("penalty", [0.0, 0.2])
def test_coefficients_agree_with_lifelines_to_six_digits(penalty):
    cohort = small_cohort(300)
    model = fitted(cohort, ["albumin", "ecog", "brain_mets"], penalty=penalty)
    other = lifelines_fit(model[0].transform(cohort.patients), cohort.outcome, penalizer=penalty)
    np.testing.assert_allclose(model[-1].coef_, other.params_, rtol=1e-6)
    np.testing.assert_allclose(model[-1].std_error_, other.standard_errors_, rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"penalty": "much"}, "penalty 'much' found"),
        ({"penalty": -1.0}, "a number from 0"),
        ({"errors": "bootstrap"}, "likelihood, robust, site are known"),
        ({"stratify_by": "hospital"}, "site or nothing"),
    ],
)
def test_settings_that_are_not_known(settings, words):
    with pytest.raises(InputError, match=words):
        fitted(small_cohort(50), ["ecog"], **settings)


def test_errors_by_site_need_sites():
    with pytest.raises(InputError, match="two or more training sites"):
        fitted(small_cohort(50, sites=("a",)), ["ecog"], errors="site")


def test_gaps_are_counted_and_named():
    cohort = small_cohort(400, missing=0.1)
    model = fitted(cohort)
    complete = cohort.patients[["albumin", "ecog", "brain_mets"]].notna().all(axis=1)
    assert model[-1].n_ == complete.sum()
    assert model[-1].left_out_["albumin"] == cohort.patients["albumin"].isna().sum()
    predicted = model.predict(cohort.patients, times_days=[90.0])
    np.testing.assert_array_equal(predicted.predicted, complete)
    only_albumin = cohort.patients["albumin"].isna() & cohort.patients[["ecog", "brain_mets"]].notna().all(
        axis=1
    )
    assert set(predicted.reason[only_albumin]) == {"missing or of a level never seen in training: albumin"}


def test_nothing_is_carried_beyond_the_last_training_day():
    cohort = small_cohort(200)
    last = cohort.outcome.time_days.max()
    predicted = fitted(cohort, ["ecog"]).predict(cohort.patients, times_days=[last, last + 1])
    assert np.isfinite(predicted.survival[:, 0]).all()
    assert np.isnan(predicted.survival[:, 1]).all()


def test_median_is_the_first_day_with_half_of_the_patients_alive():
    cohort = small_cohort(400)
    model = fitted(cohort)[-1]
    deaths = np.unique(cohort.outcome.time_days[cohort.outcome.event])
    for lp in (-1.0, 0.0, 1.5):
        alive = np.exp(-model.hazard(deaths) * np.exp(lp))
        assert model.median_days(lp) == deaths[np.argmax(alive <= 0.5)]
    assert np.isnan(model.median_days([-9.0, np.nan])).all()  # follow-up ends before half have died


def test_a_higher_marker_dies_sooner():
    cohort = small_cohort(400)
    predicted = fitted(cohort).predict(cohort.patients, times_days=[90.0])
    order = np.argsort(predicted.marker)
    assert (np.diff(predicted.survival[order, 0]) <= 1e-12).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p.assign(ecog=2), "predictor ecog has one single value in the 200"),
        (lambda p: p.assign(albumin=p["ecog"].astype(float) / 4 + 2), "columns repeat each other"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_a_sentence(change, words):
    cohort = small_cohort(200)
    with pytest.raises(InputError, match=words):
        make_pipeline(Encoder(["ecog", "albumin"]), CoxNomogram()).fit(
            change(cohort.patients), cohort.outcome
        )


def test_no_death_in_training():
    cohort = small_cohort(200)
    alive = cohort.take(~cohort.outcome.event)
    with pytest.raises(InputError, match="no death among them"):
        fitted(alive, ["ecog"])


def test_contract_of_scikit_learn():
    model = CoxNomogram(penalty=0.1)
    assert clone(model).get_params() == {
        "penalty": 0.1,
        "stratify_by": None,
        "errors": "likelihood",
        "level": 0.95,
    }
    with pytest.raises(NotFittedError):
        model.predict(small_cohort(5).patients, times_days=[90.0])
