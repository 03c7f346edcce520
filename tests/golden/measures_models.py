"""Golden measures of Cox models and splines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from spinesurv.stats.cox_survival import (
    baseline_hazard,
    baseline_terms,
    robust_covariance,
    survival,
)
from spinesurv.stats.intervals import survival_interval
from spinesurv.stats.splines import knots, restricted_cubic
from tests.golden.case_files import Case, NotCovered
from tests.golden.design import build, check_cox, fit, model_columns, model_table
from tests.golden.measures_cox import r_covariance, r_means
from tests.golden.measures_survival import as_survfit

Values = dict[str, Any]


def _unstratified(case: Case) -> None:
    model = check_cox(case.model)
    if model["strata"] or any(term["kind"] in ("strata", "offset") for term in model["terms"]):
        raise NotCovered("prediction from a Cox model with strata or offset")


def baseline(case: Case) -> Values:
    _unstratified(case)
    model = check_cox(case.model)
    fitted = fit(model, model_table(case))
    at = r_means(model, fitted) if case.params["centered"] else np.zeros(len(fitted.coef))
    hazard = baseline_hazard(fitted, case.params["at"]) * np.exp((at - fitted.centre) @ fitted.coef)
    return {"time": case.params["at"], "cumhaz": hazard}


def robust_se(case: Case) -> Values:
    model = check_cox(case.model)
    table = model_table(case)
    grouped = model["cluster"] and case.params["variance"] == "cluster"
    cluster = table[model["cluster"]].to_numpy() if grouped else None
    return {"robust_se": np.sqrt(np.diag(robust_covariance(fit(model, table), cluster=cluster)))}


def predict(case: Case) -> Values:
    _unstratified(case)
    model, p = check_cox(case.model), case.params
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    new = build(model, pd.DataFrame(p["newdata"]), knots_used=columns.knots).x
    alive = survival(fitted, new, p["at"]).T
    covariance, _ = r_covariance(model, table, fitted)
    spread, lp = new - fitted.centre, fitted.linear_predictor(new)
    error = baseline_terms(fitted, p["at"]).error_log(spread, lp, covariance).T
    limits = survival_interval(alive, error, level=p["level"], kind=p["conf_type"])
    low, high = as_survfit(p["conf_type"], p["at"], float(table[model["time"]].min()), alive, limits)
    spread = new - r_means(model, fitted)
    return {
        "surv": alive,
        "se_surv": alive * error,
        "lower": low,
        "upper": high,
        "lp_centered": spread @ fitted.coef,
        "lp_zero": new @ fitted.coef,
        "se_lp_centered": np.sqrt(np.einsum("ij,jk,ik->i", spread, covariance, spread)),
    }


def lr_test(case: Case) -> Values:
    model, small = check_cox(case.model), check_cox(case.params["model0"])
    table = case.table([*model_columns(model), *model_columns(small)])
    large_fit, small_fit = fit(model, table), fit(small, table)
    chisq = 2.0 * (large_fit.log_likelihood[1] - small_fit.log_likelihood[1])
    df = len(large_fit.coef) - len(small_fit.coef)
    return {
        "loglik": [small_fit.log_likelihood[1], large_fit.log_likelihood[1]],
        "chisq": chisq,
        "df": df,
        "p": chi2.sf(chisq, df),
    }


def rcs(case: Case) -> Values:
    name, p = case.data["column"], case.params
    if p["knot_rule"] != "hmisc":
        raise NotCovered(f"knot rule {p['knot_rule']}")
    x = case.table([name])[name].to_numpy(dtype=float)
    at = knots(x, p["nknots"])
    points = np.atleast_1d(np.array(p["at"], dtype=float))
    return {"knots": at} | {f"basis_norm{k}": restricted_cubic(points, at, norm=k) for k in p["norms"]}


MEASURES = {
    "baseline_hazard": baseline,
    "cox_robust_se": robust_se,
    "cox_predict": predict,
    "cox_lr_test": lr_test,
    "rcs": rcs,
}
