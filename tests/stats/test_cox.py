"""Cox regression: by hand, derivatives, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.cox import CoxFitError, fit_cox
from spinesurv.stats.cox_survival import (
    baseline_hazard,
    coefficient_influence,
    hazard_before,
    hazard_influence,
    survival,
    survival_error_log,
)
from spinesurv.stats.intervals import survival_interval
from tests.stats.simulated import tied


def test_one_column_by_hand() -> None:
    # deaths at 1 (x=1), 2 (x=0), 3 (x=1); U = 1/(1+r) - ... = 0 solved in closed form: see below
    x, time, event = [[1.0], [0.0], [1.0], [0.0]], [1, 2, 3, 4], [1, 1, 1, 0]
    fit = fit_cox(x, time, event)
    r = np.exp(fit.coef[0])
    score = (1 - 2 * r / (2 * r + 2)) + (0 - r / (r + 2)) + (1 - r / (r + 1))
    assert score == pytest.approx(0.0, abs=1e-9)
    null = -np.log(4) - np.log(3) - np.log(2)
    assert fit.log_likelihood[0] == pytest.approx(null)


def test_efron_baseline_with_two_tied_deaths() -> None:
    # no columns: Efron's steps with 4 at risk and 2 deaths are 1/4 + 1/3, Breslow's 2/4
    none = np.zeros((4, 0))
    efron = fit_cox(none, [1, 1, 2, 2], [1, 1, 0, 0])
    breslow = fit_cox(none, [1, 1, 2, 2], [1, 1, 0, 0], ties="breslow")
    assert baseline_hazard(efron, [0.5, 1.0]) == pytest.approx([0.0, 1 / 4 + 1 / 3])
    assert baseline_hazard(breslow, [1.0]) == pytest.approx([0.5])
    assert hazard_before(efron, [1.0, 2.0]) == pytest.approx([0.0, 1 / 4 + 1 / 3])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_influence_is_the_derivative_by_weight(ties: str) -> None:
    d = tied(3, n=70)
    x = np.column_stack([d.marker, d.risk])
    options = {"start": d.start, "strata": d.strata, "ties": ties}
    fit = fit_cox(x, d.time, d.event, weights=d.weights, **options)
    by_coef = coefficient_influence(fit)
    by_hazard = hazard_influence(fit, 6.0, stratum=1)

    def moved(i: int, step: float) -> tuple[np.ndarray, float]:
        w = d.weights.copy()
        w[i] += step
        other = fit_cox(x, d.time, d.event, weights=w, **options)
        at_same_means = np.exp((fit.centre - other.centre) @ other.coef)
        return other.coef, float(baseline_hazard(other, [6.0], stratum=1)[0] * at_same_means)

    for i in range(0, 70, 9):
        (up, h_up), (down, h_down) = moved(i, 1e-4), moved(i, -1e-4)
        # central differences of step 1e-4 are good to about 1e-7
        assert by_coef[i] == pytest.approx(d.weights[i] * (up - down) / 2e-4, abs=1e-6)
        assert by_hazard[i] == pytest.approx(d.weights[i] * (h_up - h_down) / 2e-4, abs=1e-6)


def test_covariance_is_the_inverse_curvature() -> None:
    d = tied(8, n=80)
    fit = fit_cox(d.marker[:, None], d.time, d.event)

    def likelihood(b: float) -> float:
        return fit_cox(np.zeros((80, 0)), d.time, d.event, offset=b * d.marker).log_likelihood[1]

    b, h = fit.coef[0], 1e-3
    curvature = -(likelihood(b + h) - 2 * likelihood(b) + likelihood(b - h)) / h**2
    assert fit.covariance[0, 0] == pytest.approx(1 / curvature, rel=1e-4)
    assert likelihood(b) == pytest.approx(fit.log_likelihood[1])


def test_shifting_and_scaling_columns_changes_nothing() -> None:
    d = tied(9)
    a = fit_cox(d.marker[:, None], d.time, d.event)
    b = fit_cox(1e6 + 1e3 * d.marker[:, None], d.time, d.event)
    assert b.coef * 1e3 == pytest.approx(a.coef, rel=1e-6)
    new = np.array([[-1.0], [2.0]])
    assert survival(b, 1e6 + 1e3 * new, [4.0]) == pytest.approx(survival(a, new, [4.0]), rel=1e-6)
    assert survival_error_log(b, 1e6 + 1e3 * new, [4.0]) == pytest.approx(
        survival_error_log(a, new, [4.0]), rel=1e-6
    )


def test_predicted_survival_starts_at_one_and_never_rises() -> None:
    d = tied(1)
    curve = survival(fit_cox(d.marker[:, None], d.time, d.event), d.marker[:, None], np.arange(0, 15))
    assert (curve[:, 0] == 1.0).all()
    assert (np.diff(curve, axis=1) <= 0).all()


def test_intervals_cover_the_true_survival() -> None:
    """One new patient each of 200 cohorts; with 95 % intervals fewer than 180 cover once in 1,000 times."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        x = rng.normal(size=(120, 2))
        death = rng.exponential(np.exp(-x @ [0.7, -0.4]))
        end = rng.uniform(0.5, 2.0, 120)
        fit = fit_cox(x, np.minimum(death, end), death <= end)
        new = rng.normal(size=(1, 2))
        alive, error = survival(fit, new, [0.4]), survival_error_log(fit, new, [0.4])
        low, high = survival_interval(alive, error, kind="log-log")
        covered += low[0, 0] <= np.exp(-0.4 * np.exp(new[0] @ [0.7, -0.4])) <= high[0, 0]
    assert covered >= 180


def test_refusals() -> None:
    d = tied(2)
    with pytest.raises(CoxFitError, match="no event"):
        fit_cox(d.marker[:, None], d.time, np.zeros(60))
    with pytest.raises(CoxFitError, match="one value only"):
        fit_cox(np.ones((60, 1)), d.time, d.event)
    with pytest.raises(CoxFitError, match="repeat each other"):
        fit_cox(np.column_stack([d.marker, d.risk, d.marker + d.risk]), d.time, d.event)
    with pytest.raises(CoxFitError, match="separates"):
        fit_cox(d.event[:, None].astype(float), d.time, d.event)
