"""Subdistribution hazards: against rows split by hand, without competing events, and against a known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics import CURVES, METRICS
from spinesurv.stats.calibration_cox import fit_calibration
from spinesurv.stats.censoring import KaplanMeierCensoring
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.cox_survival import baseline_hazard, coefficient_influence, hazard_influence
from spinesurv.stats.fine_gray import fit_fine_gray
from tests.stats.simulated_competing import Competing, competing

STRATA = np.arange(70) % 2
KNOTS = [-2.0, -1.2, -0.3]


def split(d: Competing, censoring: KaplanMeierCensoring) -> tuple[np.ndarray, ...]:
    """Rows (start, time] in which who had a competing event goes on with a falling weight; every day is an event day."""
    days = np.unique(d.time[d.event])
    before = censoring.before_own_time()
    rows = [(0.0, t, e, 1.0, i) for i, (t, e) in enumerate(zip(d.time, d.event, strict=True))]
    for i in np.flatnonzero(d.competing):
        curve = censoring.curves[censoring.stratum[i]]
        begin = d.time[i]
        for day in days[days > begin]:
            rows.append((begin, day, False, float(curve.before([day])[0]) / before[i], i))
            begin = day
    return tuple(np.array(column) for column in zip(*rows, strict=True))


@pytest.mark.parametrize("strata", [None, STRATA])
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_weighted_rows_say_the_same(strata: np.ndarray | None, ties: str) -> None:
    d = competing(11, 70)
    censoring = KaplanMeierCensoring(d.time, d.event | d.competing, strata=strata)
    start, time, event, weight, patient = split(d, censoring)
    slow = fit_cox(d.x[patient][:, None], time, event, start=start, weights=weight, ties=ties)
    fit = fit_fine_gray(d.x[:, None], d.time, d.event, d.competing, censoring, ties=ties)
    assert fit.coef == pytest.approx(slow.coef, abs=1e-8)
    assert fit.covariance == pytest.approx(slow.covariance, rel=1e-8)
    zero = [np.exp(-f.centre @ f.coef) * baseline_hazard(f, [3, 7, 12]) for f in (fit, slow)]
    assert zero[0] == pytest.approx(zero[1], rel=1e-8)
    # the same influence, before the estimation of the weights is added
    plain = np.bincount(patient, weights=coefficient_influence(slow)[:, 0])
    through = coefficient_influence(fit)[:, 0] - plain
    assert np.abs(through).max() > 0
    assert through.sum() == pytest.approx(0.0, abs=1e-10)


def test_without_competing_events_it_is_cox() -> None:
    d = competing(12, 70)
    nobody = np.zeros(70, dtype=bool)
    fit = fit_fine_gray(d.x[:, None], d.time, d.event, nobody, KaplanMeierCensoring(d.time, d.event))
    usual = fit_cox(d.x[:, None], d.time, d.event)
    assert fit.coef == pytest.approx(usual.coef)
    assert coefficient_influence(fit) == pytest.approx(coefficient_influence(usual), abs=1e-12)
    assert hazard_influence(fit, 6.0) == pytest.approx(hazard_influence(usual, 6.0), abs=1e-12)
    smooth = [
        fit_calibration(d.time, d.event, d.risk, 6.0, **options)
        for options in ({}, {"competing": nobody, "censoring": KaplanMeierCensoring(d.time, d.event)})
    ]
    assert smooth[0].observed([0.2, 0.4]) == pytest.approx(smooth[1].observed([0.2, 0.4]))
    assert smooth[0].mean_error()[1] == pytest.approx(smooth[1].mean_error()[1], abs=1e-12)


def test_with_nobody_censored_who_competes_just_stays() -> None:
    d = competing(13, 60)
    known = d.event | d.competing
    time, event, other, x = d.time[known], d.event[known], d.competing[known], d.x[known]
    fit = fit_fine_gray(x[:, None], time, event, other, KaplanMeierCensoring(time, event | other))
    stays = fit_cox(x[:, None], np.where(other, 1e6, time), event)
    assert fit.coef == pytest.approx(stays.coef)
    assert coefficient_influence(fit) == pytest.approx(coefficient_influence(stays), abs=1e-12)


def fine_gray_cohort(seed: int, n: int, beta: float = 0.7, p: float = 0.4) -> tuple[Competing, np.ndarray]:
    """F(t | x) = 1 - (1 - p (1 - exp(-t)))^exp(beta x); and the true risk by 1.2, of n patients."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).clip(-2, 2)
    ratio = np.exp(beta * x)
    ever = 1 - (1 - p) ** ratio
    first = rng.random(n) < ever
    u = rng.random(n) * ever
    t1 = -np.log(1 - (1 - (1 - u) ** (1 / ratio)) / p)
    time = np.where(first, t1, rng.exponential(np.exp(0.3 * x)))
    end = rng.exponential(2.0, n)
    risk = 1 - (1 - p * (1 - np.exp(-1.2))) ** ratio
    seen = np.minimum(time, end)
    return Competing(seen, first & (time <= end), ~first & (time <= end), x, risk), risk


def test_the_coefficient_and_its_error_are_right() -> None:
    found, errors = [], []
    for seed in range(120):
        d, _ = fine_gray_cohort(seed, 250)
        censoring = KaplanMeierCensoring(d.time, d.event | d.competing)
        fit = fit_fine_gray(d.x[:, None], d.time, d.event, d.competing, censoring)
        found.append(fit.coef[0])
        errors.append(np.sqrt(np.sum(coefficient_influence(fit) ** 2)))
    spread = np.std(found, ddof=1)
    # 120 cohorts know the mean to spread / 11 and the spread to 6.5 %; 4 of these, and 1 % for the bias of n = 250
    assert np.mean(found) == pytest.approx(0.7, abs=4 * spread / np.sqrt(120) + 0.01)
    assert np.mean(errors) == pytest.approx(spread, rel=0.26)


def test_true_risks_are_calibrated() -> None:
    d, risk = fine_gray_cohort(1, 6000)
    cause = np.where(d.event, "failure", "death").astype(object)
    outcome = Outcome(d.time, d.event | d.competing, cause=cause, end_point="failure")
    p = Prediction(pd.RangeIndex(6000), times_days=[1.2], survival=1 - risk[:, None])
    for key, truth in (
        ("calibration_slope", 1.0),
        ("calibration_intercept", 0.0),
        ("observed_expected", 1.0),
    ):
        estimate = METRICS[key].function(outcome, p, horizon_days=1.2)
        assert estimate.value == pytest.approx(truth, abs=4 * estimate.std_error), key
        assert estimate.std_error < 0.06
    assert METRICS["ici"].function(outcome, p, horizon_days=1.2).value < 0.02
    curve = CURVES["calibration"].function(outcome, p, horizon_days=1.2).table
    curve = curve[curve["part"] == "curve"]
    assert (np.abs(curve["observed"] - curve["risk"]) < 4 * (curve["high"] - curve["low"]) / 3.92).all()
    # who takes deaths for censorings sees far more failures than there are
    naive = METRICS["observed_expected"].function(Outcome(d.time, d.event), p, horizon_days=1.2)
    assert naive.interval()[0] > 1.15


def test_the_band_of_the_curve_agrees_with_a_bootstrap() -> None:
    d, _ = fine_gray_cohort(2, 400)
    rng = np.random.default_rng(3)

    def observed(rows: np.ndarray) -> tuple[float, float]:
        t, e, o = d.time[rows], d.event[rows], d.competing[rows]
        fit = fit_calibration(
            t, e, d.risk[rows], 1.2, knots=KNOTS, competing=o, censoring=KaplanMeierCensoring(t, e | o)
        )
        low, high = fit.interval([0.3])
        return float(fit.observed([0.3])[0]), float(high[0] - low[0]) / 3.92

    drawn = [observed(rng.integers(0, 400, 400))[0] for _ in range(150)]
    # 150 draws know the spread to 6 %; 4 of these
    assert observed(np.arange(400))[1] == pytest.approx(np.std(drawn, ddof=1), rel=0.24)
