"""Parametric models: truth by construction, lifelines on the same columns, gaps with reasons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import WeibullAFTFitter
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from spinesurv import Study
from spinesurv.core import Outcome
from spinesurv.errors import InputError, NotFittedError, UnknownNameError
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, ParametricSurvival
from spinesurv.models.parametric import DISTRIBUTIONS
from tests.cohort_factory import TRUE_LOG_HR, small_cohort
from tests.study.files import STUDY, write_study

TERMS = ["albumin", "ecog", "brain_mets"]


def fitted(cohort, **settings):
    return make_pipeline(Encoder(TERMS), ParametricSurvival(**settings)).fit(cohort.patients, cohort.outcome)


@pytest.fixture(scope="module")
def cohort():
    return small_cohort(4000, seed=2)


def test_true_coefficients_and_survival_come_out(cohort):
    """Survival is exponential with mean 300 exp(-lp): a Weibull model of shape 1, time ratios minus the log hazard ratios."""
    model = fitted(cohort)
    found = model[-1].coef_.to_numpy()
    # standard errors of about 1 / (spread sqrt(deaths)), here under 0.05; four of them
    np.testing.assert_allclose(found, [-v for v in TRUE_LOG_HR.values()], atol=0.2)
    p = cohort.patients
    lp = (
        TRUE_LOG_HR["albumin"] * (p["albumin"] - 3.6)
        + TRUE_LOG_HR["ecog"] * (p["ecog"] - 2)
        + TRUE_LOG_HR["brain_mets"] * (p["brain_mets"] == "yes")
    ).to_numpy()
    truth = np.exp(-np.outer(np.exp(lp) / 300, [90, 365]))
    found = model.predict(p, times_days=[90, 365])
    assert np.abs(found.survival - truth).mean() < 0.02
    assert np.corrcoef(found.marker, lp)[0, 1] > 0.99


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_survival_falls_and_the_marker_ranks_it(cohort, distribution):
    found = fitted(cohort, distribution=distribution).predict(cohort.patients, times_days=[30, 90, 365])
    assert (np.diff(found.survival, axis=1) <= 0).all()
    order = np.argsort(found.marker)
    assert (np.diff(found.survival[order, 1]) <= 1e-12).all()


def test_agrees_with_lifelines_on_the_columns_as_they_are():
    cohort = small_cohort(500)
    model = fitted(cohort)
    design = model[0].transform(cohort.patients)
    table = pd.DataFrame(design.to_numpy(), columns=["a", "b", "c"])
    table = table.assign(t=cohort.outcome.time_days, e=cohort.outcome.event.astype(int))
    other = WeibullAFTFitter().fit(table, "t", "e")
    # both stop where the likelihood is flat; the scaling of the columns differs
    np.testing.assert_allclose(model[-1].coef_, other.params_["lambda_"][["a", "b", "c"]], rtol=1e-3)
    expected = other.predict_survival_function(table, times=[90, 365]).to_numpy().T
    found = model.predict(cohort.patients, times_days=[90, 365]).survival
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_delayed_entry_is_used(cohort):
    """Of patients who entered late only the survivors are seen: without entry days survival looks too good."""
    late = np.random.default_rng(1).uniform(1, 200, len(cohort))
    seen = np.flatnonzero(cohort.outcome.time_days > late)
    time, event = cohort.outcome.time_days[seen], cohort.outcome.event[seen]
    patients = cohort.patients.iloc[seen]
    with_entry, without = (
        make_pipeline(Encoder(TERMS), ParametricSurvival())
        .fit(patients, Outcome(time, event, entry_days=entry))
        .predict(cohort.patients, times_days=[90])
        .survival.mean()
        for entry in (late[seen], None)
    )
    truth = fitted(cohort).predict(cohort.patients, times_days=[90]).survival.mean()
    assert abs(with_entry - truth) < 0.03
    assert without - truth > 0.06


def test_gaps_keep_their_reason_and_days_beyond_follow_up_are_missing():
    cohort = small_cohort(300, missing=0.2)
    model = fitted(cohort)
    found = model.predict(cohort.patients, times_days=[90, 5000])
    gone = cohort.patients[TERMS].isna().any(axis=1).to_numpy()
    assert np.isnan(found.survival[gone]).all() and not np.isnan(found.survival[~gone, 0]).any()
    assert np.isnan(found.survival[:, 1]).all()
    assert all(("missing" in r) == g for r, g in zip(found.reason, gone, strict=True))
    assert model[-1].n_ == (~gone).sum()
    assert set(model[-1].left_out_) == set(TERMS)


def test_what_is_refused(tmp_path):
    cohort = small_cohort(100)
    with pytest.raises(UnknownNameError, match="weibull"):
        fitted(cohort, distribution="gompertz")
    with pytest.raises(InputError, match="penalty"):
        fitted(cohort, penalty=-1.0)
    with pytest.raises(InputError, match="no death"):
        make_pipeline(Encoder(TERMS), ParametricSurvival()).fit(
            cohort.patients, Outcome(cohort.outcome.time_days, np.zeros(100, dtype=bool))
        )
    with pytest.raises(NotFittedError):
        ParametricSurvival().predict(cohort.patients, times_days=[90])
    assert clone(ParametricSurvival("log_normal", 0.1)).get_params() == {
        "distribution": "log_normal",
        "penalty": 0.1,
    }
    bad = (
        STUDY
        + '\n[[systems.models]]\nkey = "aft"\nkind = "parametric"\ndistribution = "weibul"\npredictors = ["ecog"]\n'
    )
    with pytest.raises(UnknownNameError, match=r"model 'aft'.*weibull"):
        Study.read(write_study(tmp_path, text=bad))


def test_a_study_judges_it_beside_a_cox_model(tmp_path):
    text = (
        STUDY
        + '\n[[systems.models]]\nkey = "aft"\nkind = "parametric"\npredictors = [{ variable = "albumin", knots = 3 }, "ecog", "brain_mets"]\n'
    )
    result = Study.read(write_study(tmp_path, text=text)).run(tmp_path / "results")
    rows = result.performance
    rows = rows[(rows.metric == "harrell_c") & (rows.site == "stacked") & (rows.reference == "")].set_index(
        "model"
    )
    assert rows.loc["aft", "value"] == pytest.approx(rows.loc["cox", "value"], abs=0.02)
    files = pd.read_csv(result.folder.tables / "model_files.csv", keep_default_na=False).set_index("model")
    assert files.loc["aft", "status"] == "ok"


def test_ranks_as_a_cox_model_with_the_same_columns(cohort):
    cox = make_pipeline(Encoder(TERMS), CoxNomogram()).fit(cohort.patients, cohort.outcome)
    markers = [m.predict(cohort.patients, times_days=[90]).marker for m in (cox, fitted(cohort))]
    assert np.corrcoef(*markers)[0, 1] > 0.999
