"""The calibration curve and the privacy of its counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Prediction
from spinesurv.metrics import CURVES, METRICS
from spinesurv.metrics.calibration_grid import _shown_counts
from spinesurv.stats.calibration_cox import fit_calibration
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

calibration = CURVES["calibration"].function


def test_curve_lies_between_the_percentiles() -> None:
    outcome, x = outcome_and_factor()
    table = calibration(outcome, predicted(x), horizon_days=HORIZON).table
    curve = table[table["part"] == "curve"]
    risk = predicted(x).death_by(HORIZON)
    assert curve["risk"].iloc[[0, -1]].tolist() == pytest.approx(np.quantile(risk, [0.01, 0.99]).tolist())
    assert (curve["low"] <= curve["observed"]).all() and (curve["observed"] <= curve["high"]).all()
    assert curve[["observed", "low", "high"]].to_numpy().min() >= 0 and curve["high"].max() <= 1
    fit = fit_calibration(outcome.time_days, outcome.event, risk, HORIZON)
    assert curve["observed"].to_numpy() == pytest.approx(fit.observed(curve["risk"].to_numpy()))


def test_no_row_per_patient() -> None:
    outcome, x = outcome_and_factor()
    table = calibration(outcome, predicted(x), horizon_days=HORIZON).table
    assert len(table) == 70
    risk = predicted(x).death_by(HORIZON)
    inside = table["risk"].dropna().iloc[1:-1]
    assert not np.isin(inside, risk).any()


def test_counts_hide_small_cells() -> None:
    outcome, x = outcome_and_factor()
    table = calibration(outcome, predicted(x), horizon_days=HORIZON).table
    counts = table.loc[table["part"] == "counts", "n"].dropna()
    assert not counts.between(1, 4).any()
    assert counts.sum() <= 400


def test_one_hidden_cell_hides_a_second() -> None:
    edges = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    risk = np.repeat([0.1, 0.3, 0.6], [2, 9, 30])
    shown = _shown_counts(risk, edges)
    # two patients alone could be found by subtraction from the total
    assert np.isnan(shown[:2]).all()
    assert shown[2:].tolist() == [30, 0]


def test_groups_keep_their_own_points() -> None:
    outcome, x = outcome_and_factor()
    groups = np.where(x > 1.9, 0.9, np.where(x > 0.3, 0.7, np.where(x > -0.5, 0.5, 0.2)))
    groups[:2] = 0.95
    prediction = Prediction(pd.RangeIndex(400), times_days=[HORIZON], survival=1 - groups[:, None])
    curve = calibration(outcome, prediction, horizon_days=HORIZON)
    shown = curve.table.loc[curve.table["part"] == "curve", "risk"]
    # the risk that only two patients have is not shown
    assert 0.95 not in shown.to_list()
    assert {0.2, 0.5, 0.7} <= {round(r, 10) for r in shown}


def test_gap_of_the_curve_is_the_gap_of_its_index() -> None:
    outcome, x = outcome_and_factor(n=12)
    curve = calibration(outcome, predicted(x), horizon_days=HORIZON)
    assert curve.status == "gap"
    assert curve.table.empty
    assert curve.reason == METRICS["ici"].function(outcome, predicted(x), horizon_days=HORIZON).reason
