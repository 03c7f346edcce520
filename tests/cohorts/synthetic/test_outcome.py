"""Survival of the anchors, censoring, the truth, and the coefficients that a Cox model finds again."""

import numpy as np
import pytest

from benchmarks.generator import coefficients_against_truth, survival_against_anchors
from spinesurv.cohorts.synthetic import load_demo, make_cohort_with_truth
from spinesurv.cohorts.synthetic.facts import choices, weibull
from spinesurv.cohorts.synthetic.sites import site_names
from spinesurv.units import HORIZON_DAYS

GREENWOOD_ERRORS = 3.0  # the accepted distance of a site of the default size from its anchor


@pytest.fixture(scope="module")
def demo():
    return load_demo()


@pytest.fixture(scope="module")
def large():
    return make_cohort_with_truth(60_000, seed=8, missing=False)


@pytest.mark.parametrize("seed", [1, 20260101])
def test_survival_is_that_of_the_anchors(seed):
    rows = survival_against_anchors(make_cohort_with_truth(seed=seed)[0], largest=None)
    assert len(rows) == 12
    assert max(abs(row["z"]) for row in rows) <= GREENWOOD_ERRORS


def test_cox_finds_the_coefficients_again():
    """One complete cohort of the default size; the frailty, which is not recorded, is left out."""
    cohort, truth = make_cohort_with_truth(seed=2, missing=False)
    rows = coefficients_against_truth(cohort, truth, with_frailty=False)
    assert len(rows) == 29
    assert max(abs(row["z"]) for row in rows) <= 4.0


def test_times_are_whole_days_from_one(demo):
    time = demo.known_outcome.time_days
    assert (time == np.round(time)).all()
    assert time.min() >= 1


def test_truth_follows_from_the_linear_predictor(large):
    cohort, truth = large
    for name in site_names():
        rows, curve = truth[cohort.site == name], weibull()[name]
        for day in HORIZON_DAYS.values():
            expected = np.exp(-np.exp(curve["log_rate"] + rows["lp"]) * day ** curve["shape"])
            assert rows[f"survival_{day}"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)


def test_deaths_follow_the_truth(large):
    """Cumulative hazards at death are unit exponentials: mean 1, and 1 - exp(-1) of them below 1."""
    cohort, truth = large
    for name in site_names():
        rows, curve = truth[cohort.site == name], weibull()[name]
        # half a day back: a time is rounded up to the day in which it falls
        day = rows["death_days"].to_numpy() - 0.5
        hazard = np.exp(curve["log_rate"] + rows["lp"].to_numpy()) * day ** curve["shape"]
        n = len(rows)
        assert hazard.mean() == pytest.approx(1.0, abs=4 / np.sqrt(n) + 0.003)
        below = 1 - np.exp(-1)
        assert (hazard < 1).mean() == pytest.approx(below, abs=4 * np.sqrt(below * (1 - below) / n) + 0.003)


def test_outcome_is_the_truth_seen_through_censoring(large):
    cohort, truth = large
    outcome, death = cohort.known_outcome, truth["death_days"].to_numpy()
    assert (outcome.time_days[outcome.event] == death[outcome.event]).all()
    assert (outcome.time_days[~outcome.event] < death[~outcome.event]).all()


def test_frailty_and_era_are_parts_of_the_linear_predictor(large):
    cohort, truth = large
    n = len(truth)
    assert truth["frailty"].mean() == pytest.approx(0.0, abs=4 * np.sqrt(0.03 / n))
    assert truth["frailty"].var() == pytest.approx(0.03, abs=4 * 0.03 * np.sqrt(2 / n))
    year, tumour = cohort.patients["index_year"].to_numpy(float), cohort.patients["primary_tumor"].to_numpy()
    breast = (cohort.site == "taiwan_surgical") & (tumour == "breast")
    kidney = (cohort.site == "taiwan_surgical") & (tumour == "kidney")
    every = np.log(0.99) * (year - 2014)  # 2010-2018
    assert truth["era"].to_numpy()[breast] == pytest.approx(every[breast])
    assert truth["era"].to_numpy()[kidney] == pytest.approx(
        (every + np.log(0.97) * np.maximum(year - 2011, 0))[kidney]
    )


@pytest.mark.parametrize("name", site_names())
def test_losses_to_follow_up(large, name):
    """Censored before the data were closed: the share that was asked for."""
    cohort, _ = large
    own = cohort.site == name
    outcome = cohort.known_outcome.take(own)
    dates = cohort.lesions.xs("1", level="lesion_id").reset_index("decision_date")["decision_date"]
    index = dates.reindex(cohort.patients.index).to_numpy()[own].astype("datetime64[D]")
    closing = np.datetime64(f"{int(cohort.index_year[own].max()) + 1}-01-01", "D")
    lost = ~outcome.event & (outcome.time_days < (closing - index).astype(int))
    share, n = choices()["lost"][name], own.sum()
    assert lost.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))
