"""Golden measures that need survival at every time: from a marker and a baseline hazard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from spinesurv.metrics import METRICS
from spinesurv.stats.d_calibration import d_calibration
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.poisson_calibration import poisson_level, poisson_slope
from spinesurv.stats.time_average import time_average_weights
from tests.golden.case_files import Case, column
from tests.golden.design import FloatArray
from tests.golden.inputs import censoring_columns, censoring_model, no_delayed_entry, outcome_of, risk_of

Values = dict[str, Any]


def _baseline(case: Case, times: Any) -> FloatArray:
    """Cumulative baseline hazard at times: a right-continuous step, 0 before the first."""
    b = case.data["baseline"]
    steps = case.table([b["time"], b["cumhaz"]], file=b["file"]).sort_values(b["time"], kind="stable")
    at = np.searchsorted(steps[b["time"]].to_numpy(), np.asarray(times, dtype=float), side="right")
    return np.concatenate([[0.0], steps[b["cumhaz"]].to_numpy(dtype=float)])[at]


def _expected(case: Case, table: pd.DataFrame) -> FloatArray:
    """Predicted cumulative hazard of each patient over the own follow-up."""
    hazard = _baseline(case, table[case.data["time"]])
    if case.data.get("start"):
        hazard = hazard - _baseline(case, table[case.data["start"]])
    return hazard * np.exp(table[case.data["marker"]].to_numpy(dtype=float))


def d_calibration_case(case: Case) -> Values:
    table = case.table([*case.survival_columns(), case.data["marker"]])
    survival = np.exp(-_expected(case, table))
    found = d_calibration(
        survival,
        table[case.data["event"]] == 1,
        bins=case.params["bins"],
        weights=column(table, case.data.get("weights")),
    )
    return {
        "u_first10": survival[: case.params["n_first"]],
        "bin_counts": found.counts,
        "chi2": found.chi_square,
        "df": found.degrees_of_freedom,
        "p": found.p,
    }


def poisson_calibration(case: Case) -> Values:
    marker = case.data["marker"]
    table = case.table([*case.survival_columns(), marker])
    expected, weights = _expected(case, table), column(table, case.data.get("weights"))
    use = expected > 0.0
    event = (table[case.data["event"]] == 1).to_numpy()[use]
    w = None if weights is None else weights[use]
    level = poisson_level(event, expected[use], weights=w)
    slope = poisson_slope(event, expected[use], table[marker].to_numpy(dtype=float)[use], weights=w)
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    return {
        "O": level.observed,
        "E": level.expected,
        "intercept": level.intercept,
        "se_intercept": level.std_error,
        "OE": np.exp(level.intercept),
        "lower": np.exp(level.intercept - z * level.std_error),
        "upper": np.exp(level.intercept + z * level.std_error),
        "slope_intercept": slope.joint_intercept,
        "slope": slope.slope,
        "se_slope": np.sqrt(slope.covariance[1, 1]),
        "n_used": int(use.sum()),
    }


def integrated_brier(case: Case) -> Values:
    """The three conventions: trapezoid over the grid, and the two running sums from 0 divided by the time."""
    no_delayed_entry(case)
    table = case.table([*case.survival_columns(), case.data["marker"], *censoring_columns(case)])
    outcome, weights = outcome_of(case, table), column(table, case.data.get("weights"))
    censoring = censoring_model(case, table, outcome)
    grid = np.atleast_1d(np.array(case.params["grid"], dtype=float))
    ratio = np.exp(table[case.data["marker"]].to_numpy(dtype=float))
    average = kaplan_meier(outcome.time_days, outcome.event, weights=weights).at(grid)
    found: Values = {k: [] for k in ("brier", "brier_null", "ipa")}
    for k, (horizon, hazard) in enumerate(zip(grid, _baseline(case, grid), strict=True)):
        options: dict[str, Any] = {"horizon_days": horizon, "weights": weights, "censoring": censoring}
        risk = risk_of(1.0 - np.exp(-hazard * ratio), horizon)
        null = risk_of(np.full(len(table), 1.0 - average[k]), horizon)
        found["brier"].append(METRICS["brier"].function(outcome, risk, **options).value)
        found["brier_null"].append(METRICS["brier"].function(outcome, null, **options).value)
        found["ipa"].append(METRICS["ipa"].function(outcome, risk, **options).value)
    out = dict(found)
    for name, ending in (("brier", ""), ("brier_null", "_null")):
        values = np.array(found[name])
        out[f"ibs{ending}_trapezoid_over_grid"] = float(time_average_weights(grid) @ values)
        out[f"ibs{ending}_Score"] = [_from_zero(grid[:k], values[:k]) for k in range(1, len(grid) + 1)]
    out["crps_pec_at_max"] = out["ibs_Score"][-1]
    out["crps_pec_reference_at_max"] = out["ibs_null_Score"][-1]
    return out


def _from_zero(times: FloatArray, values: FloatArray) -> float:
    """Running sum from time 0, where nobody has died and the score is 0, divided by the last time."""
    weights = time_average_weights(np.concatenate([[0.0], times]), rule="left")
    return float(weights[1:] @ values)


MEASURES = {
    "d_calibration": d_calibration_case,
    "poisson_calibration": poisson_calibration,
    "integrated_brier": integrated_brier,
}
