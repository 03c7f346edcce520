"""Failure of the instrumentation: whom it can befall, and that it follows the truth with death competing."""

import numpy as np
import pytest

from spinesurv.cohorts.synthetic import make_cohort_with_truth
from spinesurv.cohorts.synthetic.facts import choices, weibull
from spinesurv.cohorts.synthetic.instrumentation import true_incidence
from spinesurv.cohorts.synthetic.sites import site_facts
from spinesurv.core import Prediction
from spinesurv.core.end_point import judged_by
from spinesurv.metrics import METRICS
from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.censoring import KaplanMeierCensoring
from spinesurv.units import HORIZON_DAYS


@pytest.fixture(scope="module")
def large():
    return make_cohort_with_truth(12_000, seed=8, missing=False)


@pytest.fixture(scope="module")
def at_risk(large):
    """Those with instrumentation, judged by its failure, and their truth."""
    judged, _ = judged_by(large[0], "instrumentation_failure")
    return judged, large[1].loc[judged.patients.index]


def test_only_those_operated_on_have_instrumentation(large):
    patients, truth = large[0].patients, large[1]
    has = patients["n_instrumented_levels"] > 0
    operated = patients["treatment"].isin(choices()["instrumentation"]["operated"])
    assert not (has & ~operated).any()
    # a binomial share of some 6,000 operations, 4 standard errors
    share = choices()["instrumentation"]["share"]
    assert has[operated].mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / operated.sum()))
    assert patients.loc[~has, "instrumentation_failure_days"].isna().all()
    assert (truth["failure_lp"].notna() == has).all()


def test_failures_are_seen_within_follow_up(large):
    cohort = large[0]
    day = cohort.patients["instrumentation_failure_days"].to_numpy(dtype=float)
    seen = ~np.isnan(day)
    assert (day[seen] >= 1).all()
    assert (day[seen] <= cohort.known_outcome.time_days[seen]).all()


def test_true_incidence_is_the_integral_of_its_hazards():
    site, own, curve = site_facts("us_surgical"), choices()["instrumentation"], weibull()["us_surgical"]
    lp_failure, lp_death, day = np.array([0.0, 1.5]), np.array([-1.0, 1.0]), 365.0
    # midpoints of equal steps of the root of the time, which tames the hazards at 0
    root = (np.arange(200_000) + 0.5) * np.sqrt(day) / 200_000
    time, width = root**2, 2 * root * np.sqrt(day) / 200_000
    for i in range(2):
        rate = np.exp(own["log_rate"] + lp_failure[i])
        gone = rate * time ** own["shape"] + np.exp(curve["log_rate"] + lp_death[i]) * time ** curve["shape"]
        direct = np.sum(rate * own["shape"] * time ** (own["shape"] - 1) * np.exp(-gone) * width)
        found = true_incidence(site, lp_failure, lp_death, day)[i]
        assert found == pytest.approx(direct, rel=1e-5)


def test_observed_incidence_is_the_true_one(at_risk):
    judged, truth = at_risk
    outcome = judged.known_outcome
    curve = AalenJohansen(outcome.time_days, outcome.of_interest, outcome.competing)
    for day in HORIZON_DAYS.values():
        # both are means over the same patients; the error is that of the curve, and 4 of them are allowed
        expected = truth[f"failure_incidence_{day}"].mean()
        assert float(curve.at(day)) == pytest.approx(expected, abs=4 * float(curve.std_error([day])[0])), day


def test_measures_of_the_true_risks_are_what_the_truth_says(at_risk):
    """Judged with their censoring, the true risks have the Brier score, AUC and O/E that follow from them."""
    judged, truth = at_risk
    risk = truth["failure_incidence_365"].to_numpy()
    told = Prediction(judged.patients.index, times_days=[365], survival=1 - risk[:, None])
    outcome = judged.known_outcome
    by_site = KaplanMeierCensoring(outcome.time_days, outcome.event, strata=judged.site)
    order = np.argsort(risk)
    with_event, without = risk[order], 1 - risk[order]
    expected = {
        "brier": np.mean(risk * (1 - risk)),
        "auc": np.sum(with_event * (np.cumsum(without) - without / 2)) / (risk.sum() * (1 - risk).sum()),
        "observed_expected": 1.0,
        "calibration_slope": 1.0,
        "calibration_intercept": 0.0,
    }
    for key, value in expected.items():
        found = METRICS[key].function(outcome, told, horizon_days=365, censoring=by_site)
        assert found.value == pytest.approx(value, abs=4 * found.std_error), key
        assert found.std_error < 0.1


def test_implants_do_not_change_other_values():
    """They are drawn from a generator of their own; these are the days from before there were any."""
    assert make_cohort_with_truth(40, 3)[0].known_outcome.time_days[:3].tolist() == [221.0, 4.0, 1808.0]
