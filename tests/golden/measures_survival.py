"""Golden measures of survival curves and of predictions against outcomes, through the public metrics."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics import METRICS
from spinesurv.stats.calibration_cox import fit_calibration
from spinesurv.stats.censoring import CoxCensoring
from spinesurv.stats.concordance import concordance
from spinesurv.stats.kaplan_meier import KaplanMeier, kaplan_meier, reverse_kaplan_meier
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import FloatArray, build, check_cox, inside, model_columns, term_variables

Values = dict[str, Any]


def _curve_arguments(case: Case) -> tuple[pd.DataFrame, dict[str, Any]]:
    if case.data.get("strata") or case.data.get("group"):
        raise NotCovered("survival curve by strata in one case")
    table = case.table(case.survival_columns())
    return table, {
        "time": table[case.data["time"]],
        "event": table[case.data["event"]] == 1,
        "start": column(table, case.data.get("start")),
        "weights": column(table, case.data.get("weights")),
    }


def km(case: Case) -> Values:
    _, arguments = _curve_arguments(case)
    curve = kaplan_meier(**arguments)
    p = case.params
    low, high = curve.interval(p["at"], level=p["level"], kind=p["conf_type"])
    return {
        "n_risk": curve.at_risk(p["at"]),
        "surv": curve.at(p["at"]),
        "se_surv": curve.std_error(p["at"]),
        "lower": low,
        "upper": high,
        "curve": {
            "time": curve.time,
            "n_risk": curve.n_risk,
            "n_event": curve.n_jump,
            "n_censor": curve.n_other,
            "surv": curve.survival,
            "se_cumhaz_greenwood": np.sqrt(curve.variance_log),
        },
    }


def km_quantiles(case: Case) -> Values:
    _, arguments = _curve_arguments(case)
    curve = kaplan_meier(**arguments)
    out: Values = {}
    for kind in case.params["conf_types"]:
        value, low, high = curve.quantiles(case.params["probs"], level=case.params["level"], kind=kind)
        short = kind.replace("-", "")
        out |= {"quantile": value, f"lower_{short}": low, f"upper_{short}": high}
    return out


def reverse_km(case: Case) -> Values:
    _, arguments = _curve_arguments(case)
    p = case.params
    curve: KaplanMeier = reverse_kaplan_meier(**arguments, events_first=p["ties"] == "events_first")
    out: Values = {"G": curve.at(p["at"])}
    if "event_times" in p:
        out["G_left_limit"] = curve.before(p["event_times"])
    if "probs" in p:
        value, low, high = curve.quantiles([*p["probs"], 0.5], level=p["level"], kind=p["conf_type"])
        out |= {"quartiles": value[:-1], "median_followup": value[-1], "median_lower": low[-1]}
        out["median_upper"] = high[-1]
    return out


def _outcome(case: Case, table: pd.DataFrame) -> Outcome:
    return Outcome(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        entry_days=column(table, case.data.get("start")),
    )


def _ranked(table: pd.DataFrame, marker: str) -> Prediction:
    return Prediction(pd.RangeIndex(len(table)), marker=column(table, marker))


def _risk(risk: FloatArray, horizon: float) -> Prediction:
    return Prediction(pd.RangeIndex(len(risk)), times_days=[horizon], survival=(1.0 - risk)[:, None])


def concordance_case(case: Case) -> Values:
    marker = case.data["marker"]
    table = case.table([*case.survival_columns(), marker])
    p = case.params
    weights, strata = column(table, case.data.get("weights")), case.data.get("strata")
    result = concordance(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        table[marker],
        start=column(table, case.data.get("start")),
        weights=weights,
        strata=None if strata is None else table[strata],
        latest=inf if p["ymax"] is None else p["ymax"],
        timewt=p["timewt"],
    )
    value, error = result.value, result.std_error
    if p["timewt"] == "n" and strata is None:  # what the public measure computes
        estimate = METRICS["harrell_c"].function(
            _outcome(case, table), _ranked(table, marker), horizon_days=p["ymax"], weights=weights
        )
        value, error = estimate.value, estimate.std_error
    return {
        "C": value,
        "se": error,
        "cvar_sqrt": result.null_error,
        "concordant": result.concordant,
        "discordant": result.discordant,
        "tied_risk": result.tied_risk,
        "tied_time": result.tied_time,
        "tied_both": result.tied_both,
    }


def concordance_difference(case: Case) -> Values:
    markers = case.data["markers"]
    table = case.table([*case.survival_columns(), *markers])
    results = [
        concordance(
            table[case.data["time"]],
            table[case.data["event"]] == 1,
            table[marker],
            start=column(table, case.data.get("start")),
            weights=column(table, case.data.get("weights")),
            strata=None if not case.data.get("strata") else table[case.data["strata"]],
            latest=inf if case.params.get("ymax") is None else case.params["ymax"],
            timewt=case.params["timewt"],
        )
        for marker in markers
    ]
    influence = np.column_stack([r.influence for r in results])
    first, second = np.array(case.params["pairs"]).reshape(-1, 2).T - 1
    value = np.array([r.value for r in results])
    difference = value[second] - value[first]
    error = np.sqrt(np.sum((influence[:, second] - influence[:, first]) ** 2, axis=0))
    return {
        "C": value,
        "vcov": influence.T @ influence,
        "diff": difference,
        "se_diff": error,
        "z": np.divide(difference, error, out=np.full(len(error), np.nan), where=error > 0),
    }


def _censoring_columns(case: Case) -> list[str | None]:
    return [v for term in case.params["censoring"]["terms"] for v in term_variables(term)]


def _scores(case: Case, table: pd.DataFrame, risk: FloatArray, horizon: float) -> tuple[Estimate, Estimate]:
    """Brier score and IPA of one column of risks."""
    outcome = _outcome(case, table)
    weights = column(table, case.data.get("weights"))
    model = case.params["censoring"]
    censoring = None
    if model["model"] == "cox":
        x = build({"terms": model["terms"], "strata": []}, table)
        if x.strata is not None or x.offset is not None:
            raise NotCovered("strata or offset in the Cox model of censoring")
        if weights is not None:
            raise NotCovered("case weights with a Cox model of censoring")
        censoring = CoxCensoring(x.x, outcome.time_days, outcome.event, influence="riskRegression")
    elif model["model"] != "km":
        raise NotCovered(f"censoring model {model['model']}")
    prediction = _risk(risk, horizon)
    options: dict[str, Any] = {"horizon_days": horizon, "weights": weights, "censoring": censoring}
    return tuple(METRICS[k].function(outcome, prediction, **options) for k in ("brier", "ipa"))  # type: ignore[return-value]


def _null_risk(case: Case, table: pd.DataFrame, horizon: float) -> FloatArray:
    curve = kaplan_meier(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        weights=column(table, case.data.get("weights")),
    )
    return np.full(len(table), 1.0 - float(curve.at([horizon])[0]))


def _no_delayed_entry(case: Case) -> None:
    if case.data.get("start"):
        raise NotCovered("delayed entry in a score weighted for censoring")


def ipcw_brier(case: Case) -> Values:
    _no_delayed_entry(case)
    columns = case.data["risk_by_time"] or []
    table = case.table([*case.survival_columns(), *columns, *_censoring_columns(case)])
    out: Values = {k: [] for k in ("brier", "se", "lower", "upper", "ipa")}
    for k, horizon in enumerate(np.atleast_1d(case.params["at"])):
        risk = table[columns[k]].to_numpy(dtype=float) if columns else _null_risk(case, table, horizon)
        brier, ipa = _scores(case, table, risk, float(horizon))
        low, high = np.clip(brier.interval(case.params["level"]), 0.0, 1.0)
        for name, value in zip(out, (brier.value, brier.std_error, low, high, ipa.value), strict=True):
            out[name].append(value)
    return out


def ipcw_brier_difference(case: Case) -> Values:
    _no_delayed_entry(case)
    columns, at = case.data["risk_columns"], list(np.atleast_1d(case.params["at"]))
    names = [name for group in columns.values() for name in np.atleast_1d(group)]
    table = case.table([*case.survival_columns(), *names, *_censoring_columns(case)])
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
        p = 2.0 * norm.sf(abs(difference.value) / difference.std_error)
        for name, value in zip(out, (difference.value, low, high, p), strict=True):
            out[name].append(value)
    return out


def observed_expected(case: Case) -> Values:
    table = case.table([*case.survival_columns(), case.data["risk"]])
    horizon, weights = case.params["horizon"], column(table, case.data.get("weights"))
    risk = table[case.data["risk"]].to_numpy(dtype=float)
    outcome = _outcome(case, table)
    estimate = METRICS["observed_expected"].function(
        outcome, _risk(risk, horizon), horizon_days=horizon, weights=weights
    )
    expected = float(np.average(risk, weights=weights))
    ratio, observed = estimate.value, estimate.value * expected
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    dead = outcome.event & (outcome.time_days <= horizon)
    events = float(dead.sum()) if weights is None else float(weights[dead].sum())
    low, high = estimate.interval(case.params["level"])
    return {
        "O": observed,
        "E": expected,
        "OE": ratio,
        "lower_poisson": ratio * np.exp(-z / sqrt(events)) if events else np.nan,
        "upper_poisson": ratio * np.exp(z / sqrt(events)) if events else np.nan,
        "se_log_OE_greenwood": estimate.std_error / ratio,
        "lower_greenwood": low,
        "upper_greenwood": high,
        "events_to_t": events,
        "EO": 1.0 / ratio,
        "diff_E_minus_O": expected - observed,
    }


def flexible_calibration_cox(case: Case) -> Values:
    model = check_cox(case.model)
    risk_name, p = case.data["risk"], case.params
    term = model["terms"][0]
    if len(model["terms"]) != 1 or term["transform"] != "cloglog" or term_variables(term) != [risk_name]:
        raise NotCovered("calibration model other than one term in the complementary log-log of the risk")
    if model["strata"] or model["ties"] != "efron" or term["kind"] not in ("rcs", "linear"):
        raise NotCovered("calibration model with strata, other ties than Efron's, or a factor")
    table = case.table([*case.survival_columns(), risk_name, *model_columns(model)])
    weights = column(table, model["weights"] or case.data.get("weights"))
    risk = table[risk_name].to_numpy(dtype=float)
    knots: Any = [] if term["kind"] == "linear" else (term["knots"] or term["nknots"])
    fit = fit_calibration(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        inside(risk),
        p["horizon"],
        knots=knots,
        start=column(table, case.data.get("start")),
        weights=weights,
    )
    observed = fit.observed(inside(risk))
    error = np.abs(observed - risk)
    index = float(np.average(error, weights=weights))
    if risk.min() > 0.0 and risk.max() < 1.0:  # what the public measure computes
        estimate = METRICS["ici"].function(
            _outcome(case, table),
            _risk(risk, p["horizon"]),
            horizon_days=p["horizon"],
            weights=weights,
            knots=knots,
        )
        index = estimate.value
    at = np.atleast_1d(np.array(p["curve_p"], dtype=float))
    low, high = fit.interval(inside(at), level=p["level"])
    return {
        "knots": fit.knots,
        "coef": fit.fit.coef,
        "se": np.sqrt(np.diag(fit.fit.covariance)),
        "ICI": index,
        "E50": np.quantile(error, 0.5),
        "E90": np.quantile(error, 0.9),
        "Emax": error.max(),
        "observed_first10": observed[: p["n_first"]],
        "curve": {"observed": fit.observed(inside(at)), "lower": low, "upper": high},
    }


MEASURES = {
    "kaplan_meier": km,
    "km_quantiles": km_quantiles,
    "reverse_km": reverse_km,
    "concordance": concordance_case,
    "concordance_difference": concordance_difference,
    "ipcw_brier": ipcw_brier,
    "ipcw_brier_difference": ipcw_brier_difference,
    "observed_expected": observed_expected,
    "flexible_calibration_cox": flexible_calibration_cox,
}
