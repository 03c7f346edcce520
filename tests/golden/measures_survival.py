"""Golden measures of survival curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.stats.kaplan_meier import KaplanMeier, kaplan_meier, reverse_kaplan_meier
from spinesurv.stats.nelson_aalen import nelson_aalen
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import FloatArray

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


def as_survfit(
    kind: str, at: Any, first: float, alive: FloatArray, limits: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Limits as survfit gives them: none on the log-log scale from the first end of follow-up to the first event.

    Before the first end of follow-up, and on other scales, they are 1 and 1. Rows of `alive` are the times `at`.
    """
    begun = np.asarray(at, dtype=float).reshape(-1, *[1] * (np.ndim(alive) - 1)) >= first
    none = (alive == 1.0) & begun & (kind == "log-log")
    return np.where(none, np.nan, limits[0]), np.where(none, np.nan, limits[1])


def km(case: Case) -> Values:
    _, arguments = _curve_arguments(case)
    curve = kaplan_meier(**arguments)
    p = case.params
    limits = curve.interval(p["at"], level=p["level"], kind=p["conf_type"])
    low, high = as_survfit(p["conf_type"], p["at"], float(curve.time[0]), curve.at(p["at"]), limits)
    error, weights = curve.std_error(p["at"]), arguments["weights"]
    if weights is not None and (weights != np.floor(weights)).any():  # by influence values, which are 0 there
        error = np.where(curve.at(p["at"]) == 0.0, 0.0, error)
        if p["conf_type"] == "plain":
            low, high = (np.where(curve.at(p["at"]) == 0.0, 0.0, limit) for limit in (low, high))
    return {
        "n_risk": curve.at_risk(p["at"]),
        "surv": curve.at(p["at"]),
        "se_surv": error,
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


def nelson_aalen_case(case: Case) -> Values:
    _, arguments = _curve_arguments(case)
    curve = nelson_aalen(**arguments)
    hazard = curve.at(case.params["at"])
    return {
        "cumhaz": hazard,
        "se_cumhaz": curve.std_error(case.params["at"]),
        "surv_exp": np.exp(-hazard),
    }


MEASURES = {
    "kaplan_meier": km,
    "km_quantiles": km_quantiles,
    "reverse_km": reverse_km,
    "nelson_aalen": nelson_aalen_case,
}
