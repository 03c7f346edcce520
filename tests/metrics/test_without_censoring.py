"""Where everybody is followed until death, a measure of survival is the ordinary measure of who is dead by a day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.metrics import brier_score_loss, roc_auc_score

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics import METRICS
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

AT = 0.3  # threshold
N = 250


def followed_until_death() -> tuple[Outcome, Prediction]:
    outcome, x = outcome_and_factor(seed=8, n=N)
    return Outcome(outcome.time_days, np.ones(N)), predicted(x, slope=0.8)


def share_of_pairs(time: np.ndarray, marker: np.ndarray, until: float) -> float:
    """Pairs in which one dies on an earlier day, not after `until`, and has the higher marker; ties count half."""
    first = (time[:, None] < time[None, :]) & (time <= until)[:, None]
    won = np.sign(marker[:, None] - marker[None, :]) / 2 + 0.5
    return float(won[first].mean())


class Ordinary:
    """Dead or alive on the horizon, and risk predicted, as plain arrays."""

    def __init__(self, outcome: Outcome, prediction: Prediction) -> None:
        self.time, self.marker = outcome.time_days, prediction.marker
        self.dead = outcome.time_days <= HORIZON
        self.risk = prediction.death_by(HORIZON)
        self.acts = self.risk >= AT
        self.days, self.survival = prediction.times_days, prediction.survival
        self.odds = AT / (1 - AT)

    def benefit(self, acts: np.ndarray) -> float:
        return float(np.mean(acts & self.dead) - np.mean(acts & ~self.dead) * self.odds)

    def brier(self, day: float) -> float:
        survival = self.survival[:, self.days == day][:, 0]
        return float(brier_score_loss(self.time <= day, 1 - survival))

    def at_death(self) -> np.ndarray:
        """Counts of the survival predicted for the end of follow-up; alive on the horizon = spread evenly below it."""
        bins = np.arange(11) / 10
        hazard = -np.log(self.survival[:, -1:]) / HORIZON
        end = np.exp(-hazard[:, 0] * np.minimum(self.time, HORIZON))
        died = np.histogram(end[self.dead], bins)[0]
        alive = end[~self.dead, None]
        return died + np.sum(np.clip((alive - bins[:-1]) / 0.1, 0, 1) * 0.1 / alive, axis=0)


#: measure -> its ordinary form
ORDINARY: dict[str, Callable[[Ordinary], float]] = {
    "harrell_c": lambda o: share_of_pairs(o.time, o.marker, np.inf),
    "uno_c": lambda o: share_of_pairs(o.time, o.marker, HORIZON),
    "auc": lambda o: roc_auc_score(o.dead, o.marker),
    "sensitivity": lambda o: o.acts[o.dead].mean(),
    "specificity": lambda o: (~o.acts)[~o.dead].mean(),
    "ppv": lambda o: o.dead[o.acts].mean(),
    "npv": lambda o: (~o.dead)[~o.acts].mean(),
    "brier": lambda o: o.brier(HORIZON),
    "ipa": lambda o: 1 - o.brier(HORIZON) / np.var(o.dead),
    "integrated_brier": lambda o: np.trapezoid([0, *map(o.brier, o.days)], [0, *o.days]) / HORIZON,
    "observed_expected": lambda o: o.dead.sum() / o.risk.sum(),
    "net_benefit": lambda o: o.benefit(o.acts),
    "net_benefit_over_all": lambda o: o.benefit(o.acts) - o.benefit(np.ones(N, dtype=bool)),
    "net_benefit_standardised": lambda o: o.benefit(o.acts) / o.dead.mean(),
    "interventions_avoided": lambda o: 100 * (o.benefit(o.acts) - o.benefit(np.ones(N, dtype=bool))) / o.odds,
}
#: measure -> why it has none, or where it is held against it
OTHERWISE = {
    "gonen_heller": "does not look at outcomes",
    **dict.fromkeys(("royston_d", "royston_r2"), "a Cox model, which is what it is without censoring too"),
    **dict.fromkeys(("calibration_intercept", "calibration_slope"), "a regression on follow-up"),
    **dict.fromkeys(
        ("calibration_intercept_poisson", "calibration_slope_poisson"), "a regression on follow-up"
    ),
    **dict.fromkeys(("ici", "e50", "e90", "emax"), "a Cox model, which is what it is without censoring too"),
    "d_calibration": "below: the test in its reason",
    **{
        key: "test_accuracy: test_without_censoring_all_are_the_ordinary_measures"
        for key in METRICS
        if key.startswith(("acc_", "kappa_"))
    },
    **{
        key: "of known status: what it is without censoring (test_binary_twins)"
        for key, metric in METRICS.items()
        if metric.known_only
    },
}


def test_every_measure_is_here_or_says_why_not() -> None:
    assert set(ORDINARY) | set(OTHERWISE) == set(METRICS)
    assert not set(ORDINARY) & set(OTHERWISE)


@pytest.mark.parametrize("key", ORDINARY)
def test_is_the_ordinary_measure(key: str) -> None:
    outcome, prediction = followed_until_death()
    metric = METRICS[key]
    options = {"threshold": AT} if metric.thresholds else {}
    found = metric.function(
        outcome, prediction, horizon_days=HORIZON if metric.at_horizon else None, **options
    )
    assert found.value == pytest.approx(ORDINARY[key](Ordinary(outcome, prediction)), rel=1e-10)


def test_d_calibration_is_pearsons_chi_squared_of_the_bins() -> None:
    outcome, prediction = followed_until_death()
    found = METRICS["d_calibration"].function(outcome, prediction, horizon_days=HORIZON)
    statistic, p = chisquare(Ordinary(outcome, prediction).at_death())
    assert found.reason == f"chi-squared {statistic:.2f} (df 9), p = {p:.3g}"
