"""Calibration by groups and from pseudo-values: by hand, under the truth, and when there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics import CURVES
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

groups_of, pseudo_of = (CURVES[k].function for k in ("calibration_groups", "calibration_pseudo"))


def risks(values: np.ndarray | list[float], day: float = HORIZON) -> Prediction:
    survival = 1 - np.asarray(values, dtype=float)[:, None]
    return Prediction(pd.RangeIndex(len(survival)), times_days=[day], survival=survival)


def p_values(curve) -> list[float]:
    return [float(part.split("p = ")[1]) for part in curve.reason.split("; ")]


def test_two_groups_of_six_by_hand() -> None:
    # first six: dead on day 1 of 6, one censored on day 2, dead on day 3 of 4; others: dead on days 1, 2 and 4
    time = [1, 2, 3, 9, 9, 9, 1, 2, 4, 9, 9, 9]
    event = [1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]
    curve = groups_of(
        Outcome(time, event), risks([0.2] * 3 + [0.3] * 3 + [0.6] * 6, 5.0), horizon_days=5, groups=2
    )
    assert curve.table["risk"].tolist() == pytest.approx([0.25, 0.6])
    assert curve.table["observed"].tolist() == pytest.approx([1 - 5 / 6 * 3 / 4, 0.5])
    assert curve.table["n"].tolist() == [6, 6]
    # log-log interval of the second group: Greenwood sum of log S is 1/30 + 1/20 + 1/12
    half = 1.959964 * np.sqrt(1 / 30 + 1 / 20 + 1 / 12) / np.log(0.5)
    limits = sorted(1 - 0.5 ** np.exp([half, -half]))
    assert curve.table.loc[1, ["low", "high"]].tolist() == pytest.approx(limits, rel=1e-5)
    # (0.125 / (5/8 sqrt(1/30 + 1/12)))^2 + (0.1 / (1/2 sqrt(1/30 + 1/20 + 1/12)))^2 = 0.343 + 0.240
    assert curve.reason == "Greenwood-Nam-D'Agostino chi-squared 0.58 (df 1), p = 0.445"


def test_points_of_the_truth_and_of_half_the_hazard() -> None:
    outcome, x = outcome_and_factor(seed=5, n=4000)
    right = groups_of(outcome, predicted(x), horizon_days=HORIZON)
    inside = (right.table["low"] < right.table["risk"]) & (right.table["risk"] < right.table["high"])
    assert inside.sum() >= 7  # of 10 intervals of 95 %; fewer once in 1,000
    assert min(p_values(right)) > 0.001
    low = groups_of(outcome, predicted(x, shift=np.log(0.5)), horizon_days=HORIZON)
    assert (low.table["observed"] > low.table["risk"]).all()
    # half the hazard is the same index: only the first test can see it
    assert p_values(low)[0] < 1e-6 < 0.001 < p_values(low)[1]
    bent = groups_of(outcome, predicted(np.abs(x)), horizon_days=HORIZON)
    assert p_values(bent)[1] < 1e-4


def test_groups_that_hold_the_index_are_not_added_to_it() -> None:
    outcome, x = outcome_and_factor()
    curve = groups_of(
        outcome, risks(np.where(x > 0.5, 0.7, np.where(x > -0.5, 0.5, 0.2))), horizon_days=HORIZON
    )
    assert "Gronnesby" not in curve.reason


def test_small_groups_are_left_out_and_said() -> None:
    outcome, _ = outcome_and_factor(n=100)
    value = np.repeat([0.1, 0.4, 0.7], [50, 47, 3])
    curve = groups_of(outcome, risks(value), horizon_days=HORIZON)
    assert curve.table["n"].tolist() == [50, 47]
    assert "1 of 3 groups have fewer than 5 patients" in curve.reason


def test_groups_not_followed_are_left_out_and_said() -> None:
    time, event = np.r_[np.full(10, 20), np.full(10, 100)], np.r_[np.zeros(10), np.ones(5), np.zeros(5)]
    curve = groups_of(Outcome(time, event), risks(np.repeat([0.1, 0.6], 10), 90.0), horizon_days=90, groups=2)
    assert curve.reason == "1 of 2 groups are not followed to day 90"
    assert curve.table["observed"].tolist() == [0.0]
    assert np.isnan(curve.table["low"]).all()


def test_certain_risks_have_points_where_they_have_no_smooth_curve() -> None:
    outcome, x = outcome_and_factor()
    value = np.where(x > 1.0, 1.0, np.where(x > 0, 0.5, 0.0))
    assert CURVES["calibration"].function(outcome, risks(value), horizon_days=HORIZON).status == "gap"
    assert groups_of(outcome, risks(value), horizon_days=HORIZON).table["risk"].tolist() == [0.0, 0.5, 1.0]
    assert pseudo_of(outcome, risks(value), horizon_days=HORIZON).status == "ok"


def test_pseudo_curve_without_censoring_is_the_local_share_of_deaths() -> None:
    # two risks only: the curve is the share of deaths at each
    time = np.tile([10, 20, 300, 300, 300], 12)
    value = np.tile([0.3, 0.6, 0.3, 0.6, 0.6], 12)
    curve = pseudo_of(Outcome(time, np.ones(60)), risks(value), horizon_days=HORIZON).table
    points = curve[curve["part"] == "curve"]
    assert points["risk"].tolist() == pytest.approx([0.3, 0.6])
    assert points["observed"].tolist() == pytest.approx([1 / 2, 1 / 3])
    # binomial errors of 12 of 24 and 12 of 36
    half = 1.959964 * np.sqrt([0.25 / 24, 2 / 9 / 36])
    assert (points["high"] - points["observed"]).tolist() == pytest.approx(half.tolist(), rel=1e-5)


def test_pseudo_curve_of_the_truth_is_the_diagonal_and_its_band_is_honest() -> None:
    outcome, x = outcome_and_factor(seed=2, n=3000)
    table = pseudo_of(outcome, predicted(x), horizon_days=HORIZON).table
    curve = table[table["part"] == "curve"]
    assert np.abs(curve["observed"] - curve["risk"]).max() < 0.08
    # the band at one risk against the spread over 150 cohorts, known to 6 %
    at, errors = [], []
    for seed in range(150):
        small, z = outcome_and_factor(seed=100 + seed, n=250)
        one = pseudo_of(small, predicted(z), horizon_days=HORIZON).table.iloc[:50]
        at.append(np.interp(0.5, one["risk"], one["observed"]))
        errors.append(np.interp(0.5, one["risk"], (one["high"] - one["observed"]) / 1.959964))
    assert np.mean(errors) == pytest.approx(np.std(at, ddof=1), rel=0.24)


def test_pseudo_curve_on_a_grid_of_ones_own() -> None:
    outcome, x = outcome_and_factor()
    grid = [0.001, 0.3, 0.6, 0.999]
    table = pseudo_of(outcome, predicted(x), horizon_days=HORIZON, grid=grid).table
    assert table["risk"].dropna().tolist() == grid
    # nobody has a risk near 0 or 1
    assert np.isnan(table["observed"][:4]).tolist() == [True, False, False, True]


def test_counts_of_both_smooth_curves_are_the_same() -> None:
    outcome, x = outcome_and_factor()
    tables = [CURVES[k].function(outcome, predicted(x), horizon_days=HORIZON).table for k in CURVES][:2]
    counts = [t[t["part"] == "counts"].reset_index(drop=True) for t in tables]
    pd.testing.assert_frame_equal(*counts)


@pytest.mark.parametrize("curve", [groups_of, pseudo_of])
def test_gaps(curve) -> None:
    outcome, x = outcome_and_factor()
    assert curve(outcome, predicted(x), horizon_days=33).reason == "no survival was predicted for day 33"
    short = Outcome(np.minimum(outcome.time_days, 150), outcome.event & (outcome.time_days <= 150))
    assert curve(short, predicted(x), horizon_days=HORIZON).reason.startswith("horizon beyond follow-up")


def test_gaps_of_their_own() -> None:
    outcome, x = outcome_and_factor(n=12)
    assert "fewer than 10 deaths" in pseudo_of(outcome, predicted(x), horizon_days=HORIZON).reason
    assert groups_of(outcome, predicted(x), horizon_days=HORIZON).status == "gap"  # all groups too small
    many, _ = outcome_and_factor()
    assert "the same predicted risk" in pseudo_of(many, risks([0.4] * 400), horizon_days=HORIZON).reason
    alone = groups_of(many, risks([0.4] * 400), horizon_days=HORIZON)
    assert alone.table["n"].tolist() == [400]
    assert alone.reason is None
