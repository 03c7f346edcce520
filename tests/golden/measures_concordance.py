"""Golden measures of ranking over all follow-up, through the public metrics where they offer the option."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from spinesurv.core import Outcome
from spinesurv.metrics import METRICS
from spinesurv.stats.concordance import concordance
from spinesurv.stats.gonen_heller import gonen_heller
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import check_cox, model_columns, term_variables
from tests.golden.inputs import outcome_of, ranked

Values = dict[str, Any]


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
            outcome_of(case, table), ranked(table, marker), horizon_days=p["ymax"], weights=weights
        )
        if estimate.status != "gap":
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


def concordance_hmisc(case: Case) -> Values:
    """Counts of ordered pairs; the error of Hmisc is that of 2C - 1 by the same influence values."""
    marker = case.data["marker"]
    table = case.table([*case.survival_columns(), marker])
    if any(case.data.get(k) for k in ("start", "strata", "weights")):
        raise NotCovered("rcorr.cens with delayed entry, strata or weights")
    result = concordance(table[case.data["time"]], table[case.data["event"]] == 1, table[marker])
    relevant = 2.0 * (result.concordant + result.discordant + result.tied_risk)
    tied_events = 2.0 * (result.tied_time + result.tied_both)
    return {
        "C": result.value,
        "Dxy": 2.0 * result.value - 1.0,
        "sd_Dxy": 2.0 * result.std_error,
        "relevant_pairs": relevant,
        "concordant": 2.0 * result.concordant + result.tied_risk,
        "uncertain": len(table) * (len(table) - 1.0) - relevant - tied_events,
    }


def royston(case: Case) -> Values:
    model = check_cox(case.model)
    term = model["terms"][0]
    if len(model["terms"]) != 1 or term["transform"] != "rankit" or model["ties"] != "efron":
        raise NotCovered("Royston's D by another model than Efron's on one rankit")
    marker = term_variables(term)[0]
    table = case.table([*case.survival_columns(), *model_columns(model), marker])
    weights = column(table, case.data.get("weights"))
    d, r2 = (
        METRICS[key].function(
            outcome_of(case, table), ranked(table, marker), weights=weights, ranks_given=True
        )
        for key in ("royston_d", "royston_r2")
    )
    return {"D": d.value, "se_D": d.std_error, "R2_D": r2.value}


def gonen_heller_case(case: Case) -> Values:
    marker = case.data["marker"]
    table = case.table([marker, case.data.get("weights")])
    x, weights = table[marker].to_numpy(dtype=float), column(table, case.data.get("weights"))
    if len(np.unique(x)) < len(x):  # the public measure counts ties one half
        return {"K": gonen_heller(x, weights=weights, ties="zero").value}
    nobody = Outcome(np.ones(len(x)), np.zeros(len(x)))
    estimate = METRICS["gonen_heller"].function(nobody, ranked(table, marker), weights=weights)
    return {"K": estimate.value}


def uno_external(case: Case) -> Values:
    raise NotCovered("weights from training patients: here they come from the patients judged")


MEASURES = {
    "concordance": concordance_case,
    "concordance_difference": concordance_difference,
    "concordance_hmisc": concordance_hmisc,
    "uno_c_external_G": uno_external,
    "gonen_heller": gonen_heller_case,
    "royston_D": royston,
}
