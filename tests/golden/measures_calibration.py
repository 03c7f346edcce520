"""Golden measures of calibration, through the public metrics where they offer the option."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import norm

from spinesurv.metrics import METRICS
from spinesurv.stats.calibration_cox import fit_calibration
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.weighted_quantile import weighted_quantile
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import check_cox, fit, inside, model_columns, model_table, term_variables
from tests.golden.inputs import outcome_of, risk_of

Values = dict[str, Any]


def observed_expected(case: Case) -> Values:
    table = case.table([*case.survival_columns(), case.data["risk"]])
    horizon, weights = case.params["horizon"], column(table, case.data.get("weights"))
    risk = table[case.data["risk"]].to_numpy(dtype=float)
    outcome = outcome_of(case, table)
    estimate = METRICS["observed_expected"].function(
        outcome, risk_of(risk, horizon), horizon_days=horizon, weights=weights, risks_given=True
    )
    expected = float(np.average(risk, weights=weights))
    ratio, error = estimate.value, estimate.std_error
    low, high = estimate.interval(case.params["level"])
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    if estimate.status == "gap":  # R carries the curve on beyond follow-up
        curve = kaplan_meier(
            outcome.time_days, outcome.event, start=column(table, case.data.get("start")), weights=weights
        )
        ratio = (1.0 - float(curve.at([horizon])[0])) / expected
        error = float(curve.std_error([horizon])[0]) / expected
        low, high = (ratio * np.exp(side * z * error / ratio) if ratio else np.nan for side in (-1.0, 1.0))
    dead = outcome.event & (outcome.time_days <= horizon)
    events = float(dead.sum()) if weights is None else float(weights[dead].sum())
    return {
        "O": ratio * expected,
        "E": expected,
        "OE": ratio,
        "lower_poisson": ratio * np.exp(-z / sqrt(events)) if events else 0.0,
        "upper_poisson": ratio * np.exp(z / sqrt(events)) if events else np.nan,
        "se_log_OE_greenwood": error / ratio if ratio else np.nan,
        "lower_greenwood": low,
        "upper_greenwood": high,
        "events_to_t": events,
        "EO": 1.0 / ratio if ratio else np.nan,
        "diff_E_minus_O": expected - ratio * expected,
    }


def calibration_slope(case: Case) -> Values:
    table = model_table(case, case.data.get("marker"), case.data.get("risk"))
    fitted = fit(check_cox(case.model), table)
    slope, error = float(fitted.coef[0]), float(np.sqrt(fitted.covariance[0, 0]))
    z = float(norm.ppf(0.5 + case.params["level"] / 2))
    out = {"slope": slope, "se": error, "lower": slope - z * error, "upper": slope + z * error}
    test = (slope - 1.0) / error
    term = check_cox(case.model)["terms"][0]
    fixed = fit({**check_cox(case.model), "terms": [{**term, "kind": "offset"}]}, table)
    lr = 2.0 * (fitted.log_likelihood[1] - fixed.log_likelihood[1])
    return out | {"z_H0_slope1": test, "p_H0_slope1": 2.0 * norm.sf(abs(test)), "lr_chi2_slope1": lr}


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
    curve = fit_calibration(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        inside(risk),
        p["horizon"],
        knots=knots,
        start=column(table, case.data.get("start")),
        weights=weights,
    )
    observed = curve.observed(inside(risk))
    error = np.abs(observed - risk)
    summary = {
        "ICI": float(np.average(error, weights=weights)),
        "E50": float(weighted_quantile(error, 0.5, weights)),
        "E90": float(weighted_quantile(error, 0.9, weights)),
        "Emax": float(error.max()),
    }
    if risk.min() > 0.0 and risk.max() < 1.0:  # what the public measures compute
        for name in summary:
            estimate = METRICS[name.lower()].function(
                outcome_of(case, table),
                risk_of(risk, p["horizon"]),
                horizon_days=p["horizon"],
                weights=weights,
                knots=knots,
            )
            summary[name] = summary[name] if estimate.status == "gap" else estimate.value
    at = np.atleast_1d(np.array(p["curve_p"], dtype=float))
    low, high = curve.interval(inside(at), level=p["level"])
    return {
        "knots": curve.knots,
        "coef": curve.fit.coef,
        "se": np.sqrt(np.diag(curve.fit.covariance)),
        **summary,
        "observed_first10": observed[: p["n_first"]],
        "curve": {"observed": curve.observed(inside(at)), "lower": low, "upper": high},
    }


def hare(case: Case) -> Values:
    raise NotCovered(
        "adaptive hazard splines of polspline; the smooth curve here is a Cox model on fixed knots"
    )


MEASURES = {
    "observed_expected": observed_expected,
    "calibration_slope": calibration_slope,
    "flexible_calibration_cox": flexible_calibration_cox,
    "flexible_calibration_hare": hare,
}
