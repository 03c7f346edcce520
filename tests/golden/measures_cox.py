"""Golden measures of Cox models: fit, penalty, residuals, proportional hazards, tests and effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from spinesurv.stats.arrays import FloatArray
from spinesurv.stats.concordance import concordance
from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_residuals import (
    deviance_residuals,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from spinesurv.stats.cox_survival import by_cluster, coefficient_influence, robust_covariance
from spinesurv.stats.cox_tests import contrast, likelihood_ratio_test, score_test, wald_test
from spinesurv.stats.natural_spline import natural_knots, natural_spline
from spinesurv.stats.proportional_hazards import CLOCKS, proportional_hazards_test
from spinesurv.stats.validation_indexes import explained_variation, mean_difference
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import build, check_cox, fit, model_table, spline_knots, term_columns, term_variables

Values = dict[str, Any]


def r_means(model: dict[str, Any], fitted: CoxFit) -> FloatArray:
    """Centring values of coxph: 0 for columns that hold only -1, 0 and 1; with delayed entry the plain mean."""
    plain = np.isin(fitted.design, (-1.0, 0.0, 1.0)).all(axis=0)
    weights = None if model["start"] else fitted.weights
    return np.where(plain, 0.0, np.average(fitted.design, axis=0, weights=weights))


def r_covariance(
    model: dict[str, Any], table: pd.DataFrame, fitted: CoxFit
) -> tuple[FloatArray, np.ndarray[Any, np.dtype[Any]] | None]:
    """By coxph's own rule the sandwich where there are clusters or case weights that are no whole numbers."""
    cluster = None if model["cluster"] is None else table[model["cluster"]].to_numpy()
    if cluster is None and (fitted.weights == np.floor(fitted.weights)).all():
        return fitted.covariance, None
    return robust_covariance(fitted, cluster=cluster), cluster


def cox_fit(case: Case) -> Values:
    model = check_cox(case.model)
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    marker = columns.x @ fitted.coef + (0.0 if columns.offset is None else columns.offset)
    time, event = table[model["time"]], table[model["event"]] == 1
    c = concordance(
        time,
        event,
        marker,
        start=column(table, model["start"]),
        weights=column(table, model["weights"]),
        strata=columns.strata,
    )
    covariance, cluster = r_covariance(model, table, fitted)
    ratio, score = likelihood_ratio_test(fitted), score_test(fitted)
    n_events, last = int(event.sum()), fitted.log_likelihood[1]
    spread = mean_difference(marker)
    return {
        "coef": fitted.coef,
        "se": np.sqrt(np.diag(covariance)),
        "vcov": covariance,
        "loglik": fitted.log_likelihood,
        "lr_chi2": ratio.value,
        "wald_chi2": wald_test(fitted, covariance=covariance).value,
        "score_chi2": score.value,
        "df": ratio.df,
        "concordance": c.value,
        "se_concordance": np.sqrt(np.sum(by_cluster(c.influence[:, None], cluster) ** 2)),
        "n": len(table),
        "nevent": n_events,
        "aic": 2.0 * ratio.df - 2.0 * last,
        "bic": np.log(n_events) * ratio.df - 2.0 * last,
        "means": r_means(model, fitted),
        "knots": spline_knots(model, columns),
        "center": float(columns.x.mean(axis=0) @ fitted.coef),
        "stats": {
            "Obs": len(table),
            "Events": n_events,
            "Model L.R.": ratio.value,
            "d.f.": ratio.df,
            "P": ratio.p,
            "Score": score.value,
            "Score P": score.p,
            "R2": explained_variation(*fitted.log_likelihood, len(table)),
            "Dxy": 2.0 * c.value - 1.0,
            "g": spread,
            "gr": np.exp(spread),
        },
    }


def penalised(case: Case) -> Values:
    """coxph adds up the degrees of freedom of its terms, each on its own; ridge() is one term."""
    model = check_cox(case.model)
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    ridge = (model["penalty"] or {"vars": []})["vars"]
    terms = [term for term in model["terms"] if term["kind"] not in ("strata", "offset")]
    groups: dict[Any, list[int]] = {}
    for k, (term, part) in enumerate(zip(terms, term_columns(model, columns), strict=True)):
        name = "ridge" if set(term_variables(term)) & set(ridge) else k
        groups.setdefault(name, []).extend(range(part.start, part.stop))
    v = fitted.covariance
    held = v @ fitted.information() @ v
    df = [np.trace(np.linalg.solve(v[np.ix_(g, g)], held[np.ix_(g, g)])) for g in groups.values()]
    return {"coef": fitted.coef, "df": sum(df), "loglik": fitted.log_likelihood}


def residuals(case: Case) -> Values:
    model, p = check_cox(case.model), case.params
    fitted = fit(model, model_table(case))
    martingale = martingale_residuals(fitted)
    sets = fitted.risk_sets
    order = np.argsort(sets.step_time, kind="stable")  # by stratum and time, then as in the file
    rows = p["n_first_rows"]
    return {
        "martingale": martingale[: p["n_first"]],
        "deviance": deviance_residuals(fitted)[: p["n_first"]],
        "schoenfeld_first": schoenfeld_residuals(fitted)[order][:rows],
        "score_first": score_residuals(fitted)[:rows],
        "dfbeta_first": coefficient_influence(fitted)[:rows],
        "sum_sq_martingale": np.sum(martingale**2),
    }


def zph(case: Case) -> Values:
    model, p = check_cox(case.model), case.params
    if p["transform"] not in CLOCKS:
        raise NotCovered(f"clock {p['transform']} of the test of proportional hazards")
    table = model_table(case)
    groups = [range(*part.indices(part.stop)) for part in term_columns(model, build(model, table))]
    tests = proportional_hazards_test(
        fit(model, table),
        table[model["time"]],
        start=column(table, model["start"]),
        clock=p["transform"],
        groups=groups if p["by_term"] else None,
    )
    return {
        name: [getattr(t, a) for t in tests] for name, a in (("chisq", "value"), ("df", "df"), ("p", "p"))
    }


def wald_anova(case: Case) -> Values:
    model = check_cox(case.model)
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    parts = term_columns(model, columns)
    terms = [term for term in model["terms"] if term["kind"] not in ("strata", "offset")]

    def positions(var: str | None, part: str) -> list[int]:
        out: list[int] = []
        for term, place in zip(terms, parts, strict=True):
            if var is None or var in term_variables(term):
                everything = list(range(place.start, place.stop))
                if part == "all":
                    out += everything
                elif part == "nonlinear":
                    out += everything[1:] if term["kind"] == "rcs" else []
                else:
                    raise NotCovered(f"part {part} of a predictor")
        return out

    tests = [wald_test(fitted, positions(t["var"], t["part"])) for t in case.params["tests"]]
    return {"chisq": [t.value for t in tests], "df": [t.df for t in tests], "p": [t.p for t in tests]}


def effects(case: Case) -> Values:
    model, p = check_cox(case.model), case.params
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    base = table.iloc[[0]]
    out: Values = {"effect": [], "se": [], "lower": [], "upper": []}
    z = float(ndtri(0.5 + p["level"] / 2.0))
    for wanted in p["contrasts"]:
        ends = pd.concat([base, base], ignore_index=True)
        ends[wanted["var"]] = [wanted["low"], wanted["high"]]
        x = build(model, ends, knots_used=columns.knots).x
        (effect,), (error,) = contrast(fitted, x[1] - x[0])
        limits = effect - z * error, effect + z * error
        out["effect"] += [effect, np.exp(effect)]
        out["se"] += [error, None]
        out["lower"] += [limits[0], np.exp(limits[0])]
        out["upper"] += [limits[1], np.exp(limits[1])]
    return out


def ns(case: Case) -> Values:
    name, p = case.data["column"], case.params
    if p["knot_rule"] != "quantile":
        raise NotCovered(f"knot rule {p['knot_rule']}")
    x = case.table([name])[name].to_numpy(dtype=float)
    inner, boundary = natural_knots(x, p["df"], intercept=p["intercept"])
    points = np.atleast_1d(np.array(p["at"], dtype=float))
    basis = natural_spline(points, inner, boundary, intercept=p["intercept"])
    return {"interior_knots": inner, "boundary": boundary, "basis": basis}


MEASURES = {
    "cox_fit": cox_fit,
    "cox_penalised": penalised,
    "cox_residuals": residuals,
    "cox_zph": zph,
    "wald_anova": wald_anova,
    "effects": effects,
    "natural_spline": ns,
}
