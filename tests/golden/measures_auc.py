"""Golden measures of telling the dead by a time from those alive after it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from spinesurv.core import Estimate
from spinesurv.metrics import METRICS
from spinesurv.stats import classification
from spinesurv.stats.censoring import Censoring, KaplanMeierCensoring
from spinesurv.stats.dynamic_auc import dynamic_auc
from spinesurv.stats.known_fate import known_fate
from tests.golden.case_files import Case, column
from tests.golden.design import FloatArray
from tests.golden.inputs import (
    case_rule,
    censoring_columns,
    censoring_model,
    no_delayed_entry,
    outcome_of,
    risk_of,
)

Values = dict[str, Any]


def _error(influence: FloatArray) -> float:
    return float(np.sqrt(np.sum(influence**2)))


def _marginal(case: Case, table: pd.DataFrame) -> Censoring:
    """The model of censoring; where events at the horizon do not count, with the errors of timeROC."""
    outcome, weights = outcome_of(case, table), column(table, case.data.get("weights"))
    model = censoring_model(case, table, outcome)
    if model is not None:
        return model
    if case_rule(case) or weights is not None:
        return KaplanMeierCensoring(outcome.time_days, outcome.event, weights=weights)
    return KaplanMeierCensoring(outcome.time_days, outcome.event, influence="timeROC")


def td_auc_marker(case: Case) -> Values:
    no_delayed_entry(case)
    marker = case.data["marker"]
    table = case.table([*case.survival_columns(), marker, *censoring_columns(case)])
    outcome, model = outcome_of(case, table), _marginal(case, table)
    weights = column(table, case.data.get("weights"))
    out: Values = {k: [] for k in ("auc", "se", "cases", "survivors", "censored")}
    for horizon in np.atleast_1d(case.params["at"]):
        fate = known_fate(
            outcome.time_days,
            outcome.event,
            float(horizon),
            model,
            weights=weights,
            count_horizon=case_rule(case),
        )
        found = dynamic_auc(fate, table[marker])
        cases, survivors = int(fate.is_case.sum()), int(fate.is_control.sum())
        numbers = (found.value, _error(found.influence), cases, survivors, len(table) - cases - survivors)
        for name, value in zip(out, numbers, strict=True):
            out[name].append(value)
    return out


def td_sens_spec(case: Case) -> Values:
    no_delayed_entry(case)
    marker, p = case.data["marker"], case.params
    table = case.table([*case.survival_columns(), marker, *censoring_columns(case)])
    outcome, model = outcome_of(case, table), _marginal(case, table)
    x = table[marker].to_numpy(dtype=float)
    positive = x > p["cut"] if p["positive"] == "greater" else x >= p["cut"]
    shares = {
        "se": classification.sensitivity,
        "sp": classification.specificity,
        "ppv": classification.positive_predictive_value,
        "npv": classification.negative_predictive_value,
    }
    out: Values = {k: [] for name in shares for k in (name, f"se_{name}")}
    for horizon in np.atleast_1d(p["at"]):
        fate = known_fate(
            outcome.time_days,
            outcome.event,
            float(horizon),
            model,
            weights=column(table, case.data.get("weights")),
            count_horizon=case_rule(case),
        )
        for name, share in shares.items():
            found = share(fate, positive)
            out[name].append(found.value)
            out[f"se_{name}"].append(_error(found.influence))
    return out


def _area(case: Case, table: pd.DataFrame, risk: FloatArray, horizon: float) -> Estimate:
    """The public measure on one column of risks, or its arithmetic where that has no value or no such option."""
    outcome, weights = outcome_of(case, table), column(table, case.data.get("weights"))
    if case_rule(case):
        found: Estimate = METRICS["auc"].function(
            outcome,
            risk_of(risk, horizon),
            horizon_days=horizon,
            weights=weights,
            censoring=censoring_model(case, table, outcome),
        )
        if found.status != "gap":
            return found
    fate = known_fate(
        outcome.time_days,
        outcome.event,
        horizon,
        _marginal(case, table),
        weights=weights,
        count_horizon=case_rule(case),
    )
    area, n = dynamic_auc(fate, risk), len(table)
    dead = int(fate.is_case.sum())
    if not np.isfinite(area.value):
        return Estimate.gap("no case or no control", n=n, events=dead, scale="logit")
    return Estimate(
        area.value,
        n,
        dead,
        _error(area.influence),
        scale="logit",
        method="influence values",
        influence=area.influence,
        rows=np.arange(n),
    )


def td_auc_risk(case: Case) -> Values:
    no_delayed_entry(case)
    columns = case.data["risk_by_time"] or []
    table = case.table([*case.survival_columns(), *columns, *censoring_columns(case)])
    out: Values = {k: [] for k in ("auc", "se", "lower", "upper")}
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    for k, horizon in enumerate(np.atleast_1d(case.params["at"])):
        risk = table[columns[k]].to_numpy(dtype=float) if columns else np.full(len(table), 0.5)
        area = _area(case, table, risk, float(horizon))
        low, high = area.value - z * area.std_error, area.value + z * area.std_error
        for name, value in zip(out, (area.value, area.std_error, max(low, 0.0), min(high, 1.0)), strict=True):
            out[name].append(value)
    return out


def td_auc_difference(case: Case) -> Values:
    no_delayed_entry(case)
    columns, at = case.data["risk_columns"], list(np.atleast_1d(case.params["at"]))
    names = [name for group in columns.values() for name in np.atleast_1d(group)]
    table = case.table([*case.survival_columns(), *names, *censoring_columns(case)])
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    known: dict[tuple[str, float], Estimate] = {}

    def area(model: str, horizon: float) -> Estimate:
        if (model, horizon) not in known:
            risk = np.full(len(table), 0.5)  # the null model ranks nobody
            if model in columns:
                risk = table[np.atleast_1d(columns[model])[at.index(horizon)]].to_numpy(dtype=float)
            known[model, horizon] = _area(case, table, risk, horizon)
        return known[model, horizon]

    out: Values = {k: [] for k in ("delta", "lower", "upper", "p")}
    for c in case.params["contrasts"]:
        d = area(c["model"], c["at"]).minus(area(c["reference"], c["at"]))
        p = 2.0 * norm.sf(abs(d.value) / d.std_error) if d.std_error > 0 else np.nan
        numbers = (d.value, d.value - z * d.std_error, d.value + z * d.std_error, p)
        for name, value in zip(out, numbers, strict=True):
            out[name].append(value)
    return out


MEASURES = {
    "td_auc_marker": td_auc_marker,
    "td_auc_risk": td_auc_risk,
    "td_auc_difference": td_auc_difference,
    "td_sens_spec": td_sens_spec,
}
