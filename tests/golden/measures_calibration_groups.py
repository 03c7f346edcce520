"""Golden measures of calibration without a smooth Cox model: groups, pseudo-values, recalibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesurv.stats.calibration_cox import cloglog
from spinesurv.stats.cox_survival import baseline_hazard
from spinesurv.stats.gronnesby_borgan import gronnesby_borgan
from spinesurv.stats.grouped_calibration import grouped_calibration
from spinesurv.stats.loess import loess, loess_surface
from spinesurv.stats.pseudo_values import pseudo_risks
from spinesurv.stats.risk_groups import risk_groups
from spinesurv.stats.weighted_quantile import weighted_quantile
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import FloatArray, build, check_cox, fit, inside, model_table

Values = dict[str, Any]
GROUPINGS = {"cut2": "values", "rank_type7": "ranks"}


def _groups(case: Case, values: Any) -> Any:
    rule = case.params["grouping"]
    if rule not in GROUPINGS:
        raise NotCovered(f"groups by rule {rule}")
    return risk_groups(values, case.params["groups"], rule=GROUPINGS[rule])


def grouped(case: Case) -> Values:
    table = case.table([*case.survival_columns(), case.data["risk"]])
    risk = table[case.data["risk"]].to_numpy(dtype=float)
    found = grouped_calibration(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        risk,
        case.params["horizon"],
        _groups(case, risk),
        start=column(table, case.data.get("start")),
        weights=column(table, case.data.get("weights")),
        level=case.params["level"],
        kind=case.params["conf_type"],
    )
    return {
        "n": found.n,
        "events_to_t": found.events,
        "mean_pred": found.predicted,
        "km_risk": found.observed,
        "se": found.std_error,
        "lower": found.low,
        "upper": found.high,
        "GND_chi2": found.chi_square,
        "GND_df": found.degrees_of_freedom,
        # R divides by the error of a group without events, which is 0: an infinite chi-square
        "GND_p": 0.0 if np.isfinite(found.std_error).all() and (found.std_error == 0.0).any() else found.p,
    }


def pseudo_observations(case: Case) -> Values:
    table = case.table([*case.survival_columns(), case.data["risk"]])
    risk, horizon = table[case.data["risk"]].to_numpy(dtype=float), case.params["horizon"]
    weights = column(table, case.data.get("weights"))
    pseudo = pseudo_risks(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        horizon,
        start=column(table, case.data.get("start")),
        weights=weights,
    )
    asked = case.params["loess"]
    options: dict[str, Any] = {"span": asked["span"], "degree": asked["degree"], "weights": weights}
    if asked["surface"] == "direct":
        smooth = loess(risk, pseudo, risk, **options)
    elif asked["surface"] == "interpolate":
        smooth = loess_surface(risk, pseudo, **options).at(risk)
    else:
        raise NotCovered(f"loess with surface {asked['surface']}")
    error = np.abs(smooth - risk)
    x = np.column_stack([np.ones(len(risk)), cloglog(inside(risk))])
    root = np.ones(len(risk)) if weights is None else np.sqrt(weights)
    line = np.linalg.lstsq(x * root[:, None], pseudo * root, rcond=None)[0]
    return {
        "pseudo_first20": pseudo[: case.params["n_first"]],
        "mean": float(np.average(pseudo, weights=weights)),
        "sd": float(pseudo.std(ddof=1)),
        "ICI_loess": float(np.average(error, weights=weights)),
        "E50_loess": float(weighted_quantile(error, 0.5, weights)),
        "E90_loess": float(weighted_quantile(error, 0.9, weights)),
        "lin_coef_on_cll": line,
    }


def gronnesby_borgan_case(case: Case) -> Values:
    model = check_cox(case.model)
    table = model_table(case, case.data["marker"])
    found = gronnesby_borgan(
        fit(model, table),
        table[model["time"]],
        table[model["event"]] == 1,
        _groups(case, table[case.data["marker"]]),
        start=column(table, model["start"]),
        ties=model["ties"],
    )
    return {
        "n": found.n,
        "observed": found.observed,
        "expected": found.expected,
        "score_chi2": found.score_chi_square,
        "df": found.degrees_of_freedom,
        "p_score": found.p,
        "lr_chi2": found.likelihood_ratio,
    }


def recalibration(case: Case) -> Values:
    """New baseline with the index as it is, and with the slope estimated as well; baselines at an index of 0."""
    model = check_cox(case.model)
    if len(model["terms"]) != 1 or model["strata"]:
        raise NotCovered("recalibration of more than one index, or by strata")
    table = model_table(case, case.data["marker"])
    offset = {**model, "terms": [{**model["terms"][0], "kind": "offset"}]}
    at, first = np.atleast_1d(np.array(case.params["at"], dtype=float)), case.params["n_first"]
    level, both = fit(offset, table), fit(model, table)
    index: FloatArray = build(model, table).x[:first, 0]
    slope = float(both.coef[0])
    level_hazard = baseline_hazard(level, at)
    hazard = baseline_hazard(both, at) * np.exp(-both.centre[0] * slope)
    return {
        "H0_baseline_only": level_hazard,
        "slope": slope,
        "H0_slope": hazard,
        "risk_baseline_only": -np.expm1(-np.outer(np.exp(index), level_hazard)),
        "risk_slope": -np.expm1(-np.outer(np.exp(slope * index), hazard)),
        "loglik_offset": level.log_likelihood[1],
        "loglik_slope": both.log_likelihood[1],
    }


MEASURES = {
    "grouped_calibration": grouped,
    "pseudo_observations": pseudo_observations,
    "gronnesby_borgan": gronnesby_borgan_case,
    "recalibration": recalibration,
}
