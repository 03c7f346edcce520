"""Golden measures of ranking over all follow-up, through the public metrics where they offer the option."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from spinesurv.metrics import METRICS
from spinesurv.stats.concordance import concordance
from tests.golden.case_files import Case, column
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


MEASURES = {"concordance": concordance_case, "concordance_difference": concordance_difference}
