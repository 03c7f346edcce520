"""One Cox model out of several completed tables: equal tables, Rubin's rules by hand, the mean of predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, Nomogram, PooledCox
from tests.cohort_factory import small_cohort

DAYS = [30.0, 90.0, 365.0, 1500.0]
SETTINGS = [
    {},
    {"errors": "robust"},
    {"errors": "site"},
    {"stratify_by": "site"},
    {"stratify_by": "site", "errors": "site"},
    {"penalty": 0.05},
]


def encoded(cohort, encoder=None):
    encoder = encoder or Encoder([{"variable": "albumin", "knots": 3}, "ecog", "brain_mets"]).fit(
        cohort.patients
    )
    return encoder, encoder.transform(cohort.patients)


def shaken(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The table with a fifth of the albumin of other patients: what an imputation might have made."""
    random = np.random.default_rng(seed)
    rows = random.random(len(table)) < 0.2
    out = table.copy()
    out.loc[rows, "albumin"] = table["albumin"].to_numpy()[random.permutation(len(table))][rows]
    return out


@pytest.fixture(scope="module")
def tables():
    cohort = small_cohort(300)
    encoder, design = encoded(cohort)
    return cohort, encoder, [shaken(design, seed) for seed in range(5)]


@pytest.mark.parametrize("settings", SETTINGS)
def test_equal_tables_give_the_ordinary_model(settings):
    cohort = small_cohort(150)
    encoder, design = encoded(cohort)
    one = CoxNomogram(**settings).fit(design, cohort.outcome)
    pooled = PooledCox([CoxNomogram(**settings).fit(design, cohort.outcome) for _ in range(4)])
    np.testing.assert_allclose(pooled.coef_, one.coef_, rtol=1e-12)
    np.testing.assert_allclose(pooled.covariance_, one.covariance_, rtol=1e-12)
    np.testing.assert_allclose(pooled.centre_, one.centre_, rtol=1e-12)
    ours, theirs = (m.predict(design, times_days=DAYS) for m in (pooled, one))
    for name in ("survival", "low", "high", "marker"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=1e-12)
    lp = np.linspace(-1, 1, 7)
    for stratum in one.strata_:
        np.testing.assert_allclose(
            pooled.hazard(DAYS, stratum=stratum), one.hazard(DAYS, stratum=stratum), rtol=1e-12
        )
        np.testing.assert_array_equal(
            pooled.median_days(lp, stratum=stratum), one.median_days(lp, stratum=stratum)
        )
    difference = pooled.survival_difference([design] * 4, times_days=[90.0])
    np.testing.assert_allclose(difference, 0.0, atol=1e-12)
    if not settings.get("stratify_by"):
        axes = [
            Nomogram(make_pipeline(encoder, m)).points(cohort.patients)["total_points"] for m in (pooled, one)
        ]
        np.testing.assert_allclose(*axes, rtol=1e-11)


def test_rubins_rules_by_hand(tables):
    """Means, and within plus 1.2 times between for five tables, written out for coefficients and one cumulative hazard."""
    cohort, _, designs = tables
    fits = [CoxNomogram().fit(design, cohort.outcome) for design in designs]
    pooled = PooledCox(fits)
    coef = np.array([fit.coef_ for fit in fits])
    within = np.mean([fit.covariance_ for fit in fits], axis=0)
    between = np.cov(coef.T, ddof=1)
    np.testing.assert_allclose(pooled.coef_, coef.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(pooled.covariance_, within + 1.2 * between, rtol=1e-10)
    # the hazard of each model at the common centre, and that of one patient by the delta method
    x = designs[0].iloc[0].to_numpy() - pooled.centre_
    at_patient = [
        fit.hazard([90.0])[0] * np.exp((pooled.centre_ - fit.centre_) @ fit.coef_.to_numpy()) for fit in fits
    ]
    assert pooled.hazard([90.0])[0] == pytest.approx(np.mean(at_patient), rel=1e-12)
    h, b = np.mean(at_patient), coef.mean(axis=0)
    rows = []
    for fit, hazard in zip(fits, at_patient, strict=True):
        base = fit.baseline([90.0]).moved(pooled.centre_ - fit.centre_, fit.coef_)
        v = fit.covariance_
        # d(log S) = -exp(xb) (dH + H x'db), dH = fixed part - shift'db
        by_coef = h * x - base.shift[0]
        rows.append(base.variance[0] + by_coef @ v @ by_coef)
        assert base.hazard[0] == pytest.approx(hazard, rel=1e-12)
    apart = np.array(at_patient) - h + h * (coef - b) @ x
    square = np.exp(2 * x @ b) * (np.mean(rows) + 1.2 * np.sum(apart**2) / 4)
    predicted = pooled.predict(designs[0].iloc[:1], times_days=[90.0])
    error = np.sqrt(square) / (h * np.exp(x @ b))  # of log(-log S)
    lp = np.log(h) + x @ b
    np.testing.assert_allclose(predicted.survival[0, 0], np.exp(-np.exp(lp)), rtol=1e-12)
    np.testing.assert_allclose(predicted.low[0, 0], np.exp(-np.exp(lp + 1.959964 * error)), rtol=1e-6)
    np.testing.assert_allclose(predicted.high[0, 0], np.exp(-np.exp(lp - 1.959964 * error)), rtol=1e-6)


def test_the_pooled_model_is_near_the_mean_of_the_predictions(tables):
    """At equal inputs the two differ by the curvature of exp(-exp(eta)) and of exp, each under 1, times half the variance."""
    cohort, _, designs = tables
    fits = [CoxNomogram().fit(design, cohort.outcome) for design in designs]
    pooled = PooledCox(fits)
    same = [designs[0]] * 5
    told = pooled.survival_difference(same, times_days=[90.0, 365.0])
    each = np.array([fit.predict(designs[0], times_days=[90.0, 365.0]).survival for fit in fits])
    ours = pooled.predict(designs[0], times_days=[90.0, 365.0]).survival
    np.testing.assert_allclose(told, ours - each.mean(axis=0), atol=1e-12)
    assert np.abs(told).max() > 0
    assert (np.abs(told) <= np.var(np.log(-np.log(each)), axis=0)).all()


def test_what_cannot_be_pooled_is_refused(tables):
    cohort, _, designs = tables
    fit = CoxNomogram().fit(designs[0], cohort.outcome)
    with pytest.raises(InputError, match="no fit"):
        PooledCox([])
    with pytest.raises(InputError, match="one encoder"):
        PooledCox([fit, CoxNomogram().fit(designs[0][["ecog"]], cohort.outcome)])
    gap = designs[1].copy()
    gap.iloc[0, 0] = np.nan
    with pytest.raises(InputError, match="the same patients"):
        PooledCox([fit, CoxNomogram().fit(gap, cohort.outcome)])
    with pytest.raises(InputError, match="not fitted again"):
        PooledCox([fit]).fit(designs[0], Outcome([1.0], [True]))
