"""Golden measures of nomograms: points of each axis, linear predictor and survival axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_survival import baseline_hazard
from spinesurv.stats.nomogram import linear_predictor_of, point_scale, survival_of
from tests.golden.case_files import Case, NotCovered
from tests.golden.design import (
    Columns,
    FloatArray,
    build,
    check_cox,
    fit,
    model_table,
    spline_knots,
    term_variables,
)

Values = dict[str, Any]


def nomogram_points(case: Case) -> Values:
    model, p = _plain(case), case.params
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    parts: dict[str, Any] = {}
    first, knots_left = 0, list(columns.knots)
    for term in model["terms"]:
        name = term_variables(term)[0]
        used = [knots_left.pop(0)] if term["kind"] == "rcs" else []
        ticks = pd.DataFrame({name: p["axis_values"][name]})
        x = build({**model, "terms": [term], "strata": []}, ticks, knots_used=used).x
        parts[name] = x @ fitted.coef[first : first + x.shape[1]]
        first += x.shape[1]
    scale = point_scale(list(parts.values()), max_points=p["maxscale"])
    centre = float(columns.x.mean(axis=0) @ fitted.coef)
    values: Values = {"coef": fitted.coef, "sc": scale.per_unit, "knots": spline_knots(model, columns)}
    ends = [[part.min() for part in parts.values()], [part.max() for part in parts.values()]]
    values["scale"] = {
        "R": ends,
        "sc": scale.per_unit,
        "intercept": scale.linear_predictor(0.0, centre=centre),
        "maxscale": p["maxscale"],
    }
    values["axes"] = {
        name: {"Xbeta": part, "points": (part - lowest) * scale.per_unit}
        for (name, part), lowest in zip(parts.items(), scale.lowest, strict=True)
    }
    values["lp_axis"] = {"points": scale.total_points(p["lp_axis"], centre=centre)}
    for name, time in p["times"].items():
        lp = linear_predictor_of(p["surv_axis"][name], _baseline(fitted, columns, time))
        values[f"{name}_axis"] = {"points": scale.total_points(lp, centre=centre)}
    return values


def nomogram_survival(case: Case) -> Values:
    model, p = _plain(case), case.params
    table = model_table(case)
    columns = build(model, table)
    fitted = fit(model, table, columns)
    centre = float(columns.x.mean(axis=0) @ fitted.coef)
    lp = columns.x[: p["n_first"]] @ fitted.coef - centre
    values: Values = {"lp": lp, "center": centre}
    for name, time in p["times"].items():
        hazard = _baseline(fitted, columns, time)
        values[name] = survival_of(lp, hazard)
        values[f"{name}_grid"] = survival_of(np.array(p.get("lp_grid", [])), hazard)
    return values


def _baseline(fitted: CoxFit, columns: Columns, time: float) -> FloatArray:
    """Cumulative hazard at the means of the columns over all rows, also those never at risk of an event."""
    shift = float((columns.x.mean(axis=0) - fitted.centre) @ fitted.coef)
    return baseline_hazard(fitted, [time]) * np.exp(shift)


def _plain(case: Case) -> dict[str, Any]:
    model = check_cox(case.model)
    single = all(
        t["kind"] in ("linear", "factor", "rcs") and len(term_variables(t)) == 1 for t in model["terms"]
    )
    if model["strata"] or not single:
        raise NotCovered("nomogram of a Cox model with strata, offset or combined variables")
    return model


MEASURES = {"nomogram_points": nomogram_points, "nomogram_survival": nomogram_survival}
