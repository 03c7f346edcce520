"""Golden measures of net benefit."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesurv.metrics import METRICS
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.net_benefit import LEAST_POSITIVE
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.net_benefit import net_benefit
from tests.golden.case_files import Case, column
from tests.golden.inputs import no_delayed_entry, outcome_of, risk_of

Values = dict[str, Any]


def net_benefit_case(case: Case) -> Values:
    no_delayed_entry(case)
    p, treat_all = case.params, case.params["treat_all"]
    reaches = np.greater if p["positive"] == "greater" else np.greater_equal
    table = case.table([*case.survival_columns(), None if treat_all else case.data["risk"]])
    time, event = table[case.data["time"]], table[case.data["event"]] == 1
    weights = column(table, case.data.get("weights"))
    risk = np.ones(len(table)) if treat_all else table[case.data["risk"]].to_numpy(dtype=float)
    curve = kaplan_meier(time, event, weights=weights, robust=False)
    prevalence = 1.0 - float(curve.at([p["horizon"]], carry=False)[0])
    at = np.atleast_1d(np.array(p["thresholds"], dtype=float))
    found = [
        net_benefit(time, event, reaches(risk, t), p["horizon"], float(t), weights=weights, died_out=False)
        for t in at
    ]
    value = np.array([f.value for f in found])
    for k, t in enumerate(at):  # what the public measure computes, which reads risks as 1 - survival
        same = np.array_equal(reaches(risk, t), acted_on(1.0 - (1.0 - risk), float(t)))
        if same and np.isfinite(value[k]) and found[k].n_positive >= LEAST_POSITIVE:
            value[k] = (
                METRICS["net_benefit"]
                .function(
                    outcome_of(case, table),
                    risk_of(risk, p["horizon"]),
                    horizon_days=p["horizon"],
                    weights=weights,
                    threshold=float(t),
                )
                .value
            )
    odds = at / (1.0 - at)
    everybody = prevalence - (1.0 - prevalence) * odds
    return {
        "net_benefit": value,
        "tp_rate": [f.true_positive for f in found],
        "fp_rate": [f.false_positive for f in found],
        "prevalence": prevalence,
        "net_intervention_avoided_per100": p["per"] * (value - everybody) / odds,
        "standardized_net_benefit": value / prevalence,
    }


MEASURES = {"net_benefit": net_benefit_case}
