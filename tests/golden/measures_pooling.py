"""Golden measures of pooling over sites and over imputed tables."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm, t

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics import METRICS
from spinesurv.stats.concordance import concordance
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.pooling import METHODS, TESTS, Meta, random_effects, tau2_interval
from spinesurv.stats.rubin import RULES, pool_rubin
from spinesurv.stats.small_study import small_study_test
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import Columns, build, check_cox, fit, model_columns

Values = dict[str, Any]
BACK = {None: lambda x: x, "expit": expit, "exp": np.exp}


def _pooled(case: Case, yi: Any, sei: Any) -> Meta:
    p = case.params
    method, test = p.get("method", "REML"), p.get("test", "z")
    if method not in METHODS or test not in TESTS:
        raise NotCovered(f"pooling by {method} with test {test}")
    return random_effects(yi, sei, method=method, test=test, level=p["level"])


def meta_analysis(case: Case) -> Values:
    p = case.params
    if p["back_transform"] not in BACK:
        raise NotCovered(f"back-transformation {p['back_transform']}")
    m = _pooled(case, p["yi"], p["sei"])
    common = p["method"] == "FE"  # no spread between sites, so nothing to predict
    prediction = None if common else np.array([m.pi_low, m.pi_high])
    back = BACK[p["back_transform"]]
    stat = m.mean / m.std_error
    return {
        "k": m.k,
        "mu": m.mean,
        "se": m.std_error,
        "ci": [m.low, m.high],
        "stat": stat,
        "p": 2.0 * (norm.sf(abs(stat)) if m.df == inf else t.sf(abs(stat), m.df)),
        "tau2": m.tau2,
        "se_tau2": np.nan if common else m.tau2_error,
        "I2": m.i2,
        "H2": m.h2,
        "Q": m.q,
        "Q_p": m.q_p,
        "pi": prediction,
        "pi_t_k_minus_1": m.prediction_interval(df=m.k - 1, level=p["level"]),
        "pi_t_k_minus_2": m.prediction_interval(df=m.k - 2, level=p["level"]),
        "mu_back": back(m.mean),
        "ci_back": back(np.array([m.low, m.high])),
        "pi_back": None if prediction is None else back(prediction),
    }


def tau2(case: Case) -> Values:
    p = case.params
    if p["interval"] != "q_profile":
        raise NotCovered(f"interval {p['interval']} of the variance between sites")
    m = _pooled(case, p["yi"], p["sei"])
    low, high = tau2_interval(p["yi"], p["sei"], level=p["level"], largest=p["tau2_max"])
    typical = m.tau2 / (m.h2 - 1.0) if m.h2 > 1.0 else inf
    share = [100.0 * x / (x + typical) for x in (m.tau2, low, high)]
    return {"tau2": m.tau2, "lower": low, "upper": high, "I2": share}


def leave_one_out(case: Case) -> Values:
    y, s = np.array(case.params["yi"]), np.array(case.params["sei"])
    keep = ~np.eye(len(y), dtype=bool)
    pooled = [_pooled(case, y[rows], s[rows]) for rows in keep]
    return {
        "mu": [m.mean for m in pooled],
        "se": [m.std_error for m in pooled],
        "tau2": [m.tau2 for m in pooled],
    }


def egger(case: Case) -> Values:
    p = case.params
    if p["predictor"] != "sei" or p["dispersion"] != "multiplicative":
        raise NotCovered(f"regression on {p['predictor']} with {p['dispersion']} dispersion")
    test = small_study_test(p["yi"], p["sei"])
    return {"t": test.t, "p": test.p}


def meta_inputs(case: Case) -> Values:
    """C, O/E and slope of each site, through the public measures."""
    d, horizon = case.data, case.params["horizon"]
    if case.params["timewt"] != "n" or d.get("start"):
        raise NotCovered("per-site inputs with other weights than n or with delayed entry")
    table = case.table([*case.survival_columns(), d["marker"], d["risk"], d["group"]])
    out: Values = {}
    for _, rows in table.groupby(d["group"], sort=True):
        outcome = Outcome(rows[d["time"]], rows[d["event"]] == 1)
        prediction = Prediction(
            pd.RangeIndex(len(rows)),
            marker=rows[d["marker"]].to_numpy(dtype=float),
            times_days=[horizon],
            survival=1.0 - rows[[d["risk"]]].to_numpy(dtype=float),
        )
        c = METRICS["harrell_c"].function(outcome, prediction)
        oe = METRICS["observed_expected"].function(
            outcome, prediction, horizon_days=horizon, risks_given=True
        )
        slope = fit_cox(rows[[d["marker"]]], outcome.time_days, outcome.event)
        site = {
            "n": len(rows),
            "events": outcome.n_events,
            "C": c.value,
            "se_C": c.std_error,
            f"log_OE{horizon:g}": oe.transformed[0],
            f"se_log_OE{horizon:g}": oe.transformed[1],
            "slope": slope.coef[0],
            "se_slope": np.sqrt(slope.covariance[0, 0]),
        }
        for name, value in site.items():
            out.setdefault(name, []).append(value)
    return out


def rubin_scalar(case: Case) -> Values:
    p = case.params
    if p["rule"] not in RULES:
        raise NotCovered(f"rule {p['rule']} for imputed tables")
    m = pool_rubin(p["q"], p["u"], n=inf if p["n"] is None else p["n"], k=p["k"], rule=p["rule"])
    low, high = m.interval(p["level"])
    return {
        "m": m.n_tables,
        "qbar": m.value,
        "ubar": m.within,
        "b": m.between,
        "t": m.total,
        "df": m.df,
        "r": m.relative_increase,
        "fmi": m.fraction_missing,
        "lambda": m.proportion,
        "lower": low,
        "upper": high,
        "p": 2.0 * t.sf(abs(m.value / m.std_error), m.df),
    }


def _imputed(case: Case) -> list[pd.DataFrame]:
    model, name = check_cox(case.model), case.data["imputation"]
    table = case.table([*model_columns(model), name])
    return [table[table[name] == k].reset_index(drop=True) for k in case.params["imputations"]]


def rubin_cox(case: Case) -> Values:
    fits = [fit(check_cox(case.model), table) for table in _imputed(case)]
    coef = np.array([f.coef for f in fits])
    variance = np.array([np.diag(f.covariance) for f in fits])
    n, k = case.params["dfcom"] + 1.0, 1
    pooled = [pool_rubin(coef[:, j], variance[:, j], n=n, k=k) for j in range(coef.shape[1])]
    limits = np.array([m.interval(case.params["level"]) for m in pooled])
    stat = np.array([m.value / m.std_error for m in pooled])
    df = np.array([m.df for m in pooled])
    return {
        "estimate": [m.value for m in pooled],
        "se": [m.std_error for m in pooled],
        "statistic": stat,
        "df": df,
        "p": 2.0 * t.sf(np.abs(stat), df),
        "lower": limits[:, 0],
        "upper": limits[:, 1],
        "ubar": [m.within for m in pooled],
        "b": [m.between for m in pooled],
        "t": [m.total for m in pooled],
        "riv": [m.relative_increase for m in pooled],
        "lambda": [m.proportion for m in pooled],
        "fmi": [m.fraction_missing for m in pooled],
    }


def _c_of_model(model: dict[str, Any], table: pd.DataFrame, columns: Columns, marker: Any) -> Estimate:
    """Concordance of a fitted model; the public measure where pairs are not formed within strata."""
    start, weights = column(table, model["start"]), column(table, model["weights"])
    outcome = Outcome(table[model["time"]], table[model["event"]] == 1, entry_days=start)
    if columns.strata is None:
        ranked = Prediction(pd.RangeIndex(len(marker)), marker=marker)
        found: Estimate = METRICS["harrell_c"].function(outcome, ranked, weights=weights)
        return found
    c = concordance(
        outcome.time_days, outcome.event, marker, start=start, weights=weights, strata=columns.strata
    )
    return Estimate(
        c.value, len(table), outcome.n_events, c.std_error, scale="logit", method="influence values"
    )


def rubin_cindex(case: Case) -> Values:
    if case.params["scale"] != "logit":
        raise NotCovered(f"pooling C on scale {case.params['scale']}")
    model = check_cox(case.model)
    estimates = []
    for table in _imputed(case):
        columns = build(model, table)
        lp = columns.x @ fit(model, table, columns).coef
        estimates.append(_c_of_model(model, table, columns, lp))
    logit = np.array([e.transformed for e in estimates])
    m = pool_rubin(logit[:, 0], logit[:, 1] ** 2)
    low, high = m.interval(case.params["level"])
    return {
        "C": [e.value for e in estimates],
        "se": [e.std_error for e in estimates],
        "logit_pooled": m.value,
        "t": m.total,
        "df": m.df,
        "C_pooled": expit(m.value),
        "lower": expit(low),
        "upper": expit(high),
    }


MEASURES = {
    "meta_analysis": meta_analysis,
    "meta_tau2_ci": tau2,
    "meta_leave_one_out": leave_one_out,
    "meta_egger": egger,
    "meta_inputs": meta_inputs,
    "rubin_scalar": rubin_scalar,
    "rubin_cox": rubin_cox,
    "rubin_cindex": rubin_cindex,
}
