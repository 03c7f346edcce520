"""Royston's D and the explained variation: by hand, against the truth, and what they do not depend on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics import METRICS
from tests.metrics.cohorts import outcome_and_factor, predicted

royston_d, royston_r2 = (METRICS[k].function for k in ("royston_d", "royston_r2"))


def ranked(marker: object) -> Prediction:
    return Prediction(pd.RangeIndex(len(marker)), marker=marker)


def test_four_patients_by_hand() -> None:
    # high and low markers die on days 1 (high), 2 (low) and 3 (high): with r the hazard ratio the likelihood is
    # r / (2 r + 2) * 1 / (r + 2) * r / (r + 1), which is largest where r^2 - r - 4 = 0
    ratio = (1 + np.sqrt(17)) / 2
    high = norm.ppf((np.array([3, 4]) - 0.375) / 4.25).mean()
    b = np.log(ratio) / (2 * high)
    outcome, prediction = Outcome([1, 2, 3, 4], [1, 1, 1, 0]), ranked([5.0, 0.0, 5.0, 0.0])
    assert royston_d(outcome, prediction).value == pytest.approx(b * np.sqrt(8 / np.pi), rel=1e-8)
    assert royston_r2(outcome, prediction).value == pytest.approx(b**2 / (b**2 + np.pi**2 / 6), rel=1e-8)


def test_truth_of_a_normal_prognosis() -> None:
    """Log hazard ratios with standard deviation 0.8: D is 0.8 sqrt(8 / pi)."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=4000)
    death, end = rng.exponential(np.exp(-0.8 * x)), rng.uniform(0.2, 4, 4000)
    outcome = Outcome(np.minimum(death, end), death <= end)
    d, r2 = royston_d(outcome, ranked(x)), royston_r2(outcome, ranked(x))
    assert d.value == pytest.approx(0.8 * np.sqrt(8 / np.pi), abs=4 * d.std_error)
    assert d.std_error < 0.05
    assert r2.value == pytest.approx(0.64 / (0.64 + np.pi**2 / 6), abs=4 * r2.std_error)


def test_only_the_order_counts() -> None:
    outcome, x = outcome_and_factor()
    plain, bent = royston_d(outcome, ranked(x)), royston_d(outcome, ranked(np.exp(3 * x)))
    assert bent.value == pytest.approx(plain.value, rel=1e-12)
    turned = royston_d(outcome, ranked(-x))
    assert turned.value == pytest.approx(-plain.value, rel=1e-8)
    assert "wrong way round" in royston_r2(outcome, ranked(-x)).reason
    assert royston_r2(outcome, ranked(-x)).value == pytest.approx(royston_r2(outcome, ranked(x)).value)


def test_gaps() -> None:
    outcome, x = outcome_and_factor(n=60)
    assert royston_d(outcome, ranked(np.ones(60))).reason == "everybody has the same marker"
    assert royston_d(Outcome([1, 2, 3], [0, 0, 1]), ranked([1.0, 2, 3])).reason == "fewer than 2 deaths"
    separated = royston_d(Outcome([1, 2, 3, 4], [1, 1, 0, 0]), ranked([4.0, 3, 2, 1]))
    assert "separates" in separated.reason
    unranked = Prediction(pd.RangeIndex(60), times_days=[180.0], survival=predicted(x).survival[:, -1:])
    assert royston_d(outcome, unranked).reason == "no marker was predicted"
    by_risk = royston_d(outcome, unranked, horizon_days=180)
    assert by_risk.value == pytest.approx(royston_d(outcome, ranked(x)).value)
