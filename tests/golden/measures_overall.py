"""Golden measures of overall accuracy of predicted risks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from spinesurv.core import Estimate
from spinesurv.metrics import METRICS
from spinesurv.stats.kaplan_meier import kaplan_meier
from tests.golden.case_files import Case, column
from tests.golden.design import FloatArray
from tests.golden.inputs import censoring_columns, censoring_model, no_delayed_entry, outcome_of, risk_of

Values = dict[str, Any]


def _scores(case: Case, table: pd.DataFrame, risk: FloatArray, horizon: float) -> tuple[Estimate, Estimate]:
    """Brier score and IPA of one column of risks."""
    outcome = outcome_of(case, table)
    if (
        horizon > outcome.time_days.max()
    ):  # riskRegression computes nothing there, also where everybody has died
        late = Estimate.gap(
            "beyond follow-up", n=len(table), events=outcome.n_events, scale="identity", method=""
        )
        return late, late
    weights = column(table, case.data.get("weights"))
    censoring = censoring_model(case, table, outcome)
    prediction = risk_of(risk, horizon)
    options: dict[str, Any] = {"horizon_days": horizon, "weights": weights, "censoring": censoring}
    return tuple(METRICS[k].function(outcome, prediction, **options) for k in ("brier", "ipa"))  # type: ignore[return-value]


def _null_risk(case: Case, table: pd.DataFrame, horizon: float) -> FloatArray:
    curve = kaplan_meier(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        weights=column(table, case.data.get("weights")),
    )
    return np.full(len(table), 1.0 - float(curve.at([horizon])[0]))


def ipcw_brier(case: Case) -> Values:
    no_delayed_entry(case)
    columns = case.data["risk_by_time"] or []
    table = case.table([*case.survival_columns(), *columns, *censoring_columns(case)])
    out: Values = {k: [] for k in ("brier", "se", "lower", "upper", "ipa")}
    for k, horizon in enumerate(np.atleast_1d(case.params["at"])):
        risk = table[columns[k]].to_numpy(dtype=float) if columns else _null_risk(case, table, horizon)
        brier, ipa = _scores(case, table, risk, float(horizon))
        low, high = np.clip(brier.interval(case.params["level"]), 0.0, 1.0)
        for name, value in zip(out, (brier.value, brier.std_error, low, high, ipa.value), strict=True):
            out[name].append(value)
    return out


def ipcw_brier_difference(case: Case) -> Values:
    no_delayed_entry(case)
    columns, at = case.data["risk_columns"], list(np.atleast_1d(case.params["at"]))
    names = [name for group in columns.values() for name in np.atleast_1d(group)]
    table = case.table([*case.survival_columns(), *names, *censoring_columns(case)])
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    known: dict[tuple[str, float], Estimate] = {}

    def score(model: str, horizon: float) -> Estimate:
        if (model, horizon) not in known:
            if model in columns:
                risk = table[np.atleast_1d(columns[model])[at.index(horizon)]].to_numpy(dtype=float)
            else:
                risk = _null_risk(case, table, horizon)
            known[model, horizon] = _scores(case, table, risk, horizon)[0]
        return known[model, horizon]

    out: Values = {k: [] for k in ("delta", "lower", "upper", "p")}
    for c in case.params["contrasts"]:
        difference = score(c["model"], c["at"]).minus(score(c["reference"], c["at"]))
        low, high = difference.value - z * difference.std_error, difference.value + z * difference.std_error
        error = difference.std_error
        p = 2.0 * norm.sf(abs(difference.value) / error) if error > 0 else np.nan
        for name, value in zip(out, (difference.value, low, high, p), strict=True):
            out[name].append(value)
    return out


MEASURES = {"ipcw_brier": ipcw_brier, "ipcw_brier_difference": ipcw_brier_difference}
